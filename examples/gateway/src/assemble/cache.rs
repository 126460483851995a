use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    Parts, Stack,
    backend::{self, Asked},
    clients::Transport,
};
use crate::config::{resource::Reference, snapshot::Backend};

/// The stacks of the last plan, by their backends.
///
/// A backend that did not change keeps its stack over a reload, and with it what its balancer knows;
/// one that several rules have has one stack.
#[derive(Clone, Default)]
pub(super) struct StackCache(Arc<Mutex<Built>>);

/// Stacks by the backend's name; several where its settings or its rules' timeouts differ.
type Built = HashMap<(Reference, Option<u16>), Vec<(Arc<Backend>, Asked, Stack)>>;

impl StackCache {
    /// The stacks of a new plan.
    pub(super) fn begin<'a>(&'a self, parts: &'a Parts) -> Stacks<'a> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Stacks {
            parts,
            cache: self,
            last: last.clone(),
            built: Built::new(),
        }
    }
}

#[cfg(test)]
impl StackCache {
    /// How many stacks are kept.
    pub(super) fn len(&self) -> usize {
        self.addresses().len()
    }

    /// Which stacks are kept.
    pub(super) fn addresses(&self) -> std::collections::BTreeSet<usize> {
        let last = self.0.lock().unwrap();
        last.values()
            .flatten()
            .map(|(_, _, stack)| stack.address())
            .collect()
    }
}

impl fmt::Debug for StackCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StackCache").finish_non_exhaustive()
    }
}

/// The stacks of a plan in the making.
pub(super) struct Stacks<'a> {
    parts: &'a Parts,
    cache: &'a StackCache,
    last: Built,
    built: Built,
}

impl Stacks<'_> {
    /// The stack of a backend, built where there is none yet.
    ///
    /// # Errors
    /// Why it cannot be spoken to, for the operator.
    pub(super) fn of(&mut self, backend: &Arc<Backend>, asked: &Asked) -> Result<Stack, String> {
        let key = (backend.reference.clone(), backend.port);
        let found = [&self.built, &self.last].into_iter().find_map(|stacks| {
            let stacks = stacks.get(&key)?.iter();
            let mut alike = stacks.filter(|(own, how, _)| {
                how == asked && (Arc::ptr_eq(own, backend) || own == backend)
            });
            alike.next().map(|(_, _, stack)| stack.clone())
        });
        let stack = match found {
            Some(stack) => stack,
            None => backend::stack(self.parts, backend, asked)?,
        };
        let stacks = self.built.entry(key).or_default();
        if !stacks
            .iter()
            .any(|(own, how, _)| how == asked && own == backend)
        {
            stacks.push((Arc::clone(backend), asked.clone(), stack.clone()));
        }
        Ok(stack)
    }

    /// Keeps the stacks of this plan, and drops those that are not in it. Gives the transports of those
    /// that are kept.
    pub(super) fn finish(self) -> HashSet<Transport> {
        let built = self.built.values().flatten();
        let used = built.flat_map(|(backend, asked, _)| backend::transports(backend, asked));
        let used = used.collect();
        let mut last = self.cache.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = self.built;
        used
    }
}
