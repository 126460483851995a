use std::{sync::Arc, time::Duration};

use super::{
    Affinity,
    latency::{Expected, Scale},
    list::{Group, List},
    node::Node,
    random::mix,
};

/// How often a draw that gave nothing usable is repeated before all endpoints are looked at.
const REDRAWS: usize = 3;

/// The second of two must be cheaper by this factor: less is noise, and following it would undo the
/// weights and send everybody after the luckiest.
const MARGIN: f64 = 1.25;

/// One choice: by whom, among whom.
pub(super) struct Selection<'a, T> {
    pub(super) list: &'a List<T>,
    /// Keys that come last.
    pub(super) tried: &'a [Arc<str>],
    pub(super) now: Duration,
    pub(super) scale: Scale,
    pub(super) bound: Bound,
    pub(super) fails_fast: bool,
    pub(super) random: &'a dyn Fn() -> u64,
}

/// From when on an affinity is not followed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    /// So many times the endpoint's fair share of all that is in flight.
    pub(super) factor: f64,
    /// Fewer in flight are never too many.
    pub(super) floor: usize,
}

impl<'a, T> Selection<'a, T> {
    /// One of the group that takes requests and was not tried.
    pub(super) fn fresh(
        &self,
        group: &'a Group<T>,
        affinity: Option<Affinity>,
    ) -> Option<&'a Arc<Node<T>>> {
        self.among(group, affinity, &|node| {
            node.is_up() && !self.is_tried(node)
        })
    }

    /// Where an affinity leads when those that wait for a probe are taken for healthy.
    pub(super) fn fresh_or_due(
        &self,
        group: &'a Group<T>,
        affinity: Affinity,
    ) -> Option<&'a Arc<Node<T>>> {
        self.by_affinity(group, affinity, &|node| {
            let due = node.state.breaker.see().state().due();
            let is_due = due.is_none_or(|due| due <= self.now);
            is_due && !node.state.is_out() && !self.is_tried(node)
        })
    }

    /// Where nothing is [fresh](Self::fresh): those that take requests come before those that are out,
    /// among these those that were not tried, and of each the first group that has any. None when the
    /// list is empty, or when all are out and that is not borne.
    pub(super) fn rest(&self, affinity: Option<Affinity>) -> Option<&'a Arc<Node<T>>> {
        let up = self.by_group(affinity, &Node::is_up);
        if up.is_some() || self.fails_fast {
            return up;
        }
        self.by_group(affinity, &|node| !self.is_tried(node))
            .or_else(|| self.by_group(affinity, &|_| true))
    }

    pub(super) fn is_tried(&self, node: &Node<T>) -> bool {
        self.tried.contains(&node.member.key)
    }

    fn by_group(
        &self,
        affinity: Option<Affinity>,
        fits: &impl Fn(&Node<T>) -> bool,
    ) -> Option<&'a Arc<Node<T>>> {
        let mut groups = self.list.groups().iter();
        groups.find_map(|group| self.among(group, affinity, fits))
    }

    fn among(
        &self,
        group: &'a Group<T>,
        affinity: Option<Affinity>,
        fits: &impl Fn(&Node<T>) -> bool,
    ) -> Option<&'a Arc<Node<T>>> {
        match affinity {
            Some(affinity) => self.by_affinity(group, affinity, fits),
            None => self
                .of_two(group, fits)
                .or_else(|| self.cheapest(group, fits)),
        }
    }

    /// The first by weight, the second from the rest: equal costs leave the shares to the weights.
    fn of_two(
        &self,
        group: &'a Group<T>,
        fits: &impl Fn(&Node<T>) -> bool,
    ) -> Option<&'a Arc<Node<T>>> {
        let nodes = group.nodes();
        let at = |place: usize| nodes.get(place).filter(|node: &&Arc<Node<T>>| fits(node));
        let (place, first) = (0..=REDRAWS).find_map(|_| {
            let place = group.draw((self.random)());
            at(place).map(|node| (place, node))
        })?;
        if nodes.len() == 1 {
            return Some(first);
        }
        let second = (0..=REDRAWS).find_map(|_| at(group.draw_other(place, (self.random)())));
        match second {
            Some(second) if self.is_cheaper(second, first) => Some(second),
            _ => Some(first),
        }
    }

    /// Looks at all, when most do not fit. Begins anywhere, so that equal ones share.
    fn cheapest(
        &self,
        group: &'a Group<T>,
        fits: &impl Fn(&Node<T>) -> bool,
    ) -> Option<&'a Arc<Node<T>>> {
        let nodes = group.nodes();
        let (before, after) = nodes.split_at(group.draw((self.random)()).min(nodes.len()));
        after
            .iter()
            .chain(before)
            .filter(|node| fits(node))
            .reduce(|best, node| {
                if self.is_cheaper(node, best) {
                    node
                } else {
                    best
                }
            })
    }

    fn is_cheaper(&self, node: &Node<T>, other: &Node<T>) -> bool {
        self.expected(node).against(self.expected(other)) * MARGIN < 1.0
    }

    fn expected(&self, node: &Node<T>) -> Expected {
        let load = node.state.in_flight() as f64 / node.share;
        node.state.latency.expect(load, self.now, self.scale)
    }

    /// Rendezvous hashing by weight, with bounded loads: the highest score among those that have no
    /// more than their share, times the factor, of what all that fit have in flight.
    fn by_affinity(
        &self,
        group: &'a Group<T>,
        affinity: Affinity,
        fits: &impl Fn(&Node<T>) -> bool,
    ) -> Option<&'a Arc<Node<T>>> {
        let fitting = || group.nodes().iter().filter(|node| fits(node));
        let (load, shares) = fitting().fold((1.0, 0.0), |(load, shares), node| {
            (load + node.state.in_flight() as f64, shares + node.share)
        });
        let per_share = self.bound.factor * load / shares;
        let is_free = |node: &&Arc<Node<T>>| {
            let most = (per_share * node.share).ceil().max(self.bound.floor as f64);
            (node.state.in_flight() as f64) < most
        };
        highest(affinity, fitting().filter(is_free))
            // Others were picked between the two looks, and now none is below its bound.
            .or_else(|| highest(affinity, fitting()))
    }
}

fn highest<'a, T: 'a>(
    affinity: Affinity,
    nodes: impl Iterator<Item = &'a Arc<Node<T>>>,
) -> Option<&'a Arc<Node<T>>> {
    nodes
        .map(|node| (score(affinity, node), node))
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, node)| node)
}

fn score<T>(affinity: Affinity, node: &Node<T>) -> f64 {
    // 53 random bits between 0 and 1, and neither of them.
    let unit = ((mix(affinity.0 ^ node.hash) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    -node.share / unit.ln()
}
