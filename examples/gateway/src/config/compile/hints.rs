//! What was probably meant, looked for as often as it helps.

use std::cell::RefCell;
use std::collections::BTreeMap;

/// For how many faults of one kind it is looked what was meant: each time, all objects of a kind are
/// asked, and nobody gets thousands wrong by hand.
const MAX_HINTS: usize = 256;

/// What was found for each fault of one kind.
#[derive(Debug)]
pub(super) struct Hints<K>(RefCell<BTreeMap<K, Option<String>>>);

impl<K: Clone + Ord> Hints<K> {
    /// What was meant; looked for once, and not at all behind the first 256 faults.
    pub(super) fn of(&self, fault: &K, look: impl FnOnce() -> Option<String>) -> Option<String> {
        let mut known = self.0.borrow_mut();
        if let Some(known) = known.get(fault) {
            return known.clone();
        }
        if known.len() >= MAX_HINTS {
            return None;
        }
        let found = look();
        known.insert(fault.clone(), found.clone());
        found
    }
}

impl<K> Default for Hints<K> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}
