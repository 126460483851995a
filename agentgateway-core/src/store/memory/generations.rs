use std::{collections::HashMap, mem};

/// A map that forgets what was not used for longest, roughly, when it is over its bound.
///
/// Two halves: what is used is in the young one, or goes there. When it is full, the old half is
/// forgotten, and the young one is the old one from then on. So an entry is kept at least as long as
/// half of the bound was used since.
#[derive(Debug)]
pub(super) struct Generations<V> {
    young: HashMap<Box<str>, V>,
    old: HashMap<Box<str>, V>,
    /// The weight of the young half.
    weight: usize,
    half: usize,
    weigh: fn(&str, &V) -> usize,
}

impl<V> Generations<V> {
    /// Holds entries of such a weight together, at most, and of one that is over half of it alone.
    pub(super) fn new(bound: usize, weigh: fn(&str, &V) -> usize) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            weight: 0,
            half: (bound / 2).max(1),
            weigh,
        }
    }

    /// Shows the entry of this key, which is made where there is none.
    pub(super) fn with<R>(
        &mut self,
        key: &str,
        new: impl FnOnce() -> V,
        look: impl FnOnce(&mut V) -> R,
    ) -> R {
        if let Some(value) = self.young.get_mut(key) {
            return look(value);
        }
        let (key, mut value) = match self.old.remove_entry(key) {
            Some(entry) => entry,
            None => (key.into(), new()),
        };
        let seen = look(&mut value);
        self.keep(key, value);
        seen
    }

    /// The entry of this key, which counts as used.
    pub(super) fn get(&mut self, key: &str) -> Option<&V> {
        if let Some((key, value)) = self.old.remove_entry(key) {
            self.keep(key, value);
        }
        self.young.get(key)
    }

    pub(super) fn insert(&mut self, key: &str, value: V) {
        self.remove(key);
        self.keep(key.into(), value);
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.old.remove(key);
        if let Some((key, value)) = self.young.remove_entry(key) {
            self.weight = self.weight.saturating_sub((self.weigh)(&key, &value));
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    fn keep(&mut self, key: Box<str>, value: V) {
        let weight = (self.weigh)(&key, &value);
        if !self.young.is_empty() && self.weight.saturating_add(weight) > self.half {
            self.old = mem::take(&mut self.young);
            self.weight = 0;
        }
        self.weight = self.weight.saturating_add(weight);
        self.young.insert(key, value);
    }
}
