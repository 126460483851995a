use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{member::Member, node::Node, random::below};

/// The endpoints of one moment.
#[derive(Debug)]
pub(super) struct List<T> {
    /// All of them, in the order of the set.
    nodes: Box<[Arc<Node<T>>]>,
    /// By priority; none of them is empty.
    groups: Box<[Group<T>]>,
}

/// Endpoints of one priority, and a table that draws one of them by weight.
#[derive(Debug)]
pub(super) struct Group<T> {
    nodes: Box<[Arc<Node<T>>]>,
    /// Vose's alias table: one cell per node. Empty when all weights are alike.
    cells: Box<[Cell]>,
    /// Not after the earliest time, in nanoseconds, at which a request may probe an endpoint. It
    /// belongs to this list: the next one looks at all anew.
    next_probe: AtomicU64,
}

/// Of `u32::MAX` draws of a cell so many give its own node, and the others its alias.
#[derive(Clone, Copy, Debug)]
struct Cell {
    own: u32,
    alias: usize,
}

impl<T> List<T> {
    /// A new list; endpoints that were in `before` keep what is known of them. Of several members
    /// with one key the last counts.
    pub(super) fn new(
        members: impl IntoIterator<Item = Member<T>>,
        before: &[Arc<Node<T>>],
    ) -> Self {
        let members = distinct(members);
        let mut priorities: Vec<u32> = members.iter().map(|member| member.priority).collect();
        priorities.sort_unstable();
        priorities.dedup();
        let means: Vec<f64> = priorities
            .iter()
            .map(|priority| mean_weight(&members, *priority))
            .collect();
        let known: HashMap<&str, &Arc<Node<T>>> = before
            .iter()
            .map(|node| (&*node.member.key, node))
            .collect();
        let nodes: Box<[_]> = members
            .into_iter()
            .map(|member| {
                let group = priorities.partition_point(|priority| *priority < member.priority);
                let mean = means.get(group).copied().unwrap_or(1.0);
                let state = known.get(&*member.key).map(|node| Arc::clone(&node.state));
                Arc::new(Node::new(member, mean, group, state.unwrap_or_default()))
            })
            .collect();
        let groups = (0..priorities.len())
            .map(|group| Group::new(nodes.iter().filter(|node| node.group == group)))
            .collect();
        Self { nodes, groups }
    }

    pub(super) const fn nodes(&self) -> &[Arc<Node<T>>] {
        &self.nodes
    }

    /// By priority.
    pub(super) const fn groups(&self) -> &[Group<T>] {
        &self.groups
    }
}

fn mean_weight<T>(members: &[Member<T>], priority: u32) -> f64 {
    let own = members.iter().filter(|member| member.priority == priority);
    let (count, total) = own.fold((0.0, 0.0), |(count, total), member| {
        (count + 1.0, total + f64::from(member.weight))
    });
    total / f64::max(count, 1.0)
}

// === impl Group ===

impl<T> Group<T> {
    fn new<'a>(nodes: impl Iterator<Item = &'a Arc<Node<T>>>) -> Self
    where
        T: 'a,
    {
        let nodes: Box<[_]> = nodes.map(Arc::clone).collect();
        let shares: Vec<f64> = nodes.iter().map(|node| node.share).collect();
        Self {
            nodes,
            cells: cells(shares),
            next_probe: AtomicU64::new(0),
        }
    }

    pub(super) const fn nodes(&self) -> &[Arc<Node<T>>] {
        &self.nodes
    }

    pub(super) fn is_probe_due(&self, now: Duration) -> bool {
        u128::from(self.next_probe.load(Ordering::Acquire)) <= now.as_nanos()
    }

    pub(super) fn probe_at(&self, due: Duration) {
        let due = u64::try_from(due.as_nanos()).unwrap_or(u64::MAX);
        self.next_probe.fetch_min(due, Ordering::AcqRel);
    }

    /// The first that `claim` gives, and the time of the next look.
    ///
    /// The time is taken before the endpoints are looked at and put back after: an ejection between
    /// is either seen here or writes its own time afterwards.
    pub(super) fn look_for_probes<'a, R>(
        &'a self,
        claim: impl Fn(&'a Arc<Node<T>>) -> Option<R>,
    ) -> Option<R> {
        self.next_probe.swap(u64::MAX, Ordering::AcqRel);
        let found = self.nodes.iter().find_map(claim);
        for node in self.nodes.iter().filter(|node| !node.state.is_out()) {
            if let Some(due) = node.state.breaker.see().state().due() {
                self.probe_at(due);
            }
        }
        found
    }

    /// Draws a place by weight, out of 64 random bits.
    pub(super) fn draw(&self, bits: u64) -> usize {
        let place = below((bits >> 32) as u32, self.nodes.len());
        match self.cells.get(place) {
            Some(cell) if bits as u32 > cell.own => cell.alias,
            _ => place,
        }
    }

    /// Draws a place other than `first`, each alike. There must be two.
    pub(super) fn draw_other(&self, first: usize, bits: u64) -> usize {
        let others = self.nodes.len().saturating_sub(1);
        let place = below((bits >> 32) as u32, others);
        place + usize::from(place >= first)
    }
}

fn distinct<T>(members: impl IntoIterator<Item = Member<T>>) -> Vec<Member<T>> {
    let mut places: HashMap<Arc<str>, usize> = HashMap::new();
    let mut distinct: Vec<Member<T>> = Vec::new();
    for member in members {
        let place = *places
            .entry(Arc::clone(&member.key))
            .or_insert(distinct.len());
        match distinct.get_mut(place) {
            Some(earlier) => *earlier = member,
            None => distinct.push(member),
        }
    }
    distinct
}

/// Each cell holds a whole share: its own node's, filled up with a part of one other's.
fn cells(mut shares: Vec<f64>) -> Box<[Cell]> {
    if shares.iter().all(|share| (share - 1.0).abs() < 1e-12) {
        return Box::default();
    }
    let mut cells: Vec<Cell> = (0..shares.len())
        .map(|alias| Cell {
            own: u32::MAX,
            alias,
        })
        .collect();
    let (mut small, mut large): (Vec<usize>, Vec<usize>) =
        (0..shares.len()).partition(|place| shares.get(*place).is_some_and(|share| *share < 1.0));
    while let (Some(poor), Some(rich)) = (small.pop(), large.last().copied()) {
        let own = shares.get(poor).copied().unwrap_or(1.0);
        if let Some(cell) = cells.get_mut(poor) {
            cell.own = (own * f64::from(u32::MAX)) as u32;
            cell.alias = rich;
        }
        if let Some(left) = shares.get_mut(rich) {
            *left -= 1.0 - own;
            if *left < 1.0 {
                large.pop();
                small.push(rich);
            }
        }
    }
    cells.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::balance::random::mix;

    fn shares_of(weights: &[u32]) -> Vec<f64> {
        let members = weights
            .iter()
            .enumerate()
            .map(|(place, weight)| Member::new(place.to_string(), ()).weight(*weight));
        let list = List::new(members, &[]);
        let [group] = list.groups() else {
            panic!("one group")
        };
        let mut counts = vec![0_u32; weights.len()];
        for draw in 0..100_000_u64 {
            counts[group.draw(mix(draw.wrapping_mul(0x9e37_79b9_7f4a_7c15)))] += 1;
        }
        counts.iter().map(|count| f64::from(*count) / 1e5).collect()
    }

    #[test]
    fn draws_by_weight() {
        for weights in [&[1][..], &[1, 1, 1], &[3, 1], &[1, 0, 98], &[5, 1, 1, 2, 1]] {
            let total: u32 = weights.iter().map(|weight| (*weight).max(1)).sum();
            for (found, weight) in shares_of(weights).iter().zip(weights) {
                let wanted = f64::from((*weight).max(1)) / f64::from(total);
                assert!((found - wanted).abs() < 0.006, "{weights:?}: {found}");
            }
        }
    }

    #[test]
    fn draws_another() {
        let list = List::new(["a", "b", "c"].map(|key| Member::new(key, ())), &[]);
        for first in 0..3 {
            let mut seen: Vec<usize> = [0, u64::MAX]
                .map(|bits| list.groups()[0].draw_other(first, bits))
                .into();
            seen.push(first);
            seen.sort_unstable();
            assert_eq!(seen, [0, 1, 2]);
        }
    }

    #[test]
    fn groups_stand_by_priority_and_weigh_among_themselves() {
        let members = [("a", 7, 3), ("b", 2, 1), ("c", 7, 1), ("d", 0, 5)]
            .map(|(key, priority, weight)| Member::new(key, ()).priority(priority).weight(weight));
        let list = List::new(members, &[]);
        let keys = |nodes: &[Arc<Node<()>>]| -> String {
            nodes.iter().map(|node| &*node.member.key).collect()
        };
        assert_eq!(keys(list.nodes()), "abcd");
        let groups: Vec<_> = list
            .groups()
            .iter()
            .map(|group| keys(&group.nodes))
            .collect();
        assert_eq!(groups, ["d", "b", "ac"]);
        let shares: Vec<_> = list.nodes().iter().map(|node| node.share).collect();
        assert_eq!(shares, [1.5, 1.0, 0.5, 1.0]);
    }

    #[test]
    fn the_last_of_one_key_counts() {
        let list = List::new(
            [("a", 1), ("b", 2), ("a", 3)].map(|(key, value)| Member::new(key, value)),
            &[],
        );
        let values: Vec<i32> = list.nodes().iter().map(|node| node.member.value).collect();
        assert_eq!(values, [3, 2]);
    }
}
