use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::upstream::{A2aAgent, WeakAgent};

/// The agents that are asked for whole tasks, by what they are known by in registrations.
#[derive(Debug, Default)]
pub(super) struct Agents {
    kept: HashMap<Box<str>, A2aAgent>,
    /// For as long as somebody else holds them. One that is mounted twice is there twice.
    mounted: Mutex<HashMap<Box<str>, Vec<WeakAgent>>>,
}

// === impl Agents ===

impl Agents {
    pub(super) fn keep(&mut self, name: &str, agent: A2aAgent) {
        self.kept.insert(name.into(), agent);
    }

    pub(super) fn mount(&self, name: &str, agent: &A2aAgent) {
        let mut mounted = self.lock();
        // Those that are gone must not pile up.
        mounted.retain(|_, all| {
            all.retain(WeakAgent::is_held);
            !all.is_empty()
        });
        mounted
            .entry(name.into())
            .or_default()
            .push(agent.downgrade());
    }

    /// The one that was mounted last.
    pub(super) fn named(&self, name: &str) -> Option<A2aAgent> {
        let mounted = self
            .lock()
            .get(name)
            .and_then(|all| all.iter().rev().find_map(WeakAgent::upgrade));
        mounted.or_else(|| self.kept.get(name).cloned())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Vec<WeakAgent>>> {
        self.mounted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
