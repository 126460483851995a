use std::{collections::HashMap, sync::Arc};

use super::{member::Member, node::Node, random::below};

/// The endpoints of one moment, and a table that draws one of them by weight.
#[derive(Debug)]
pub(super) struct List<T> {
    nodes: Box<[Arc<Node<T>>]>,
    /// Vose's alias table: one cell per node. Empty when all weights are alike.
    cells: Box<[Cell]>,
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
        let total: f64 = members.iter().map(|member| f64::from(member.weight)).sum();
        let mean = total / members.len().max(1) as f64;
        let known: HashMap<&str, &Arc<Node<T>>> = before
            .iter()
            .map(|node| (&*node.member.key, node))
            .collect();
        let nodes: Box<[_]> = members
            .into_iter()
            .map(|member| {
                let state = known.get(&*member.key).map(|node| Arc::clone(&node.state));
                Arc::new(Node::new(member, mean, state.unwrap_or_default()))
            })
            .collect();
        let shares: Vec<f64> = nodes.iter().map(|node| node.share).collect();
        Self {
            nodes,
            cells: cells(shares),
        }
    }

    pub(super) const fn nodes(&self) -> &[Arc<Node<T>>] {
        &self.nodes
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
        let mut counts = vec![0_u32; weights.len()];
        for draw in 0..100_000_u64 {
            counts[list.draw(mix(draw.wrapping_mul(0x9e37_79b9_7f4a_7c15)))] += 1;
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
                .map(|bits| list.draw_other(first, bits))
                .into();
            seen.push(first);
            seen.sort_unstable();
            assert_eq!(seen, [0, 1, 2]);
        }
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
