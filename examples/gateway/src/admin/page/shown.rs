use std::collections::HashSet;

use crate::overview::{Health, Item, Overview};

/// How many objects the page shows.
const MAX_SHOWN: usize = 500;

/// Which objects are shown: those that fail, then those that wait, then the others, each with all that
/// it stands below.
#[derive(Debug)]
pub(super) struct Shown {
    /// By where they lie in memory: names need not be unique.
    items: HashSet<*const Item>,
    /// How many there are beyond.
    pub(super) left_out: usize,
}

impl Shown {
    pub(super) fn of(overview: &Overview) -> Self {
        let mut all = Vec::new();
        let mut waiting: Vec<&Item> = overview.items.iter().rev().collect();
        while let Some(item) = waiting.pop() {
            all.push((item, item.worst()));
            waiting.extend(item.children.iter().rev());
        }
        // What stands above something is as bad at least, and comes before it.
        let levels = [Health::Failing, Health::Waiting, Health::Fine];
        let sorted = levels.iter().flat_map(|level| {
            let of_level = all.iter().filter(move |(_, worst)| worst == level);
            of_level.map(|(item, _)| std::ptr::from_ref(*item))
        });
        Self {
            items: sorted.take(MAX_SHOWN).collect(),
            left_out: all.len().saturating_sub(MAX_SHOWN),
        }
    }

    pub(super) fn has(&self, item: &Item) -> bool {
        self.items.contains(&std::ptr::from_ref(item))
    }
}
