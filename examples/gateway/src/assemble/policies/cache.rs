use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use super::Group;
use crate::config::snapshot::{
    ApiKeyCallers, BasicCallers, Budget, Cases, Concurrency, ExtAuth, JwtCallers, Part, RateLimits,
};

/// What decides already, by what it was asked for: a policy that did not change keeps what it knows
/// over a reload, and one that several rules have is one.
#[derive(Clone, Debug, Default)]
pub(in crate::assemble) struct PolicyCache {
    pub(super) jwt: Made<JwtCallers>,
    pub(super) basic: Made<BasicCallers>,
    pub(super) api_key: Made<ApiKeyCallers>,
    pub(super) ext_auth: Made<Cases<ExtAuth>>,
    pub(super) concurrency: Made<Vec<Concurrency>>,
    pub(super) rate_limit: Made<Cases<RateLimits>>,
    pub(super) budgets: Made<Vec<Budget>>,
}

/// Of one kind. What no stack holds any more is forgotten.
pub(super) struct Made<T>(Arc<Mutex<Vec<Entry<T>>>>);

type Entry<T> = (Arc<Part<T>>, Weak<super::Policies>);

impl<T: PartialEq> Made<T> {
    pub(super) fn of(
        &self,
        part: &Arc<Part<T>>,
        make: impl FnOnce(&Part<T>) -> Result<Group, String>,
    ) -> Result<Group, String> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |own: &Arc<Part<T>>| Arc::ptr_eq(own, part) || own == part;
        let found = made.iter().filter(|(own, _)| same(own));
        if let Some(group) = found.filter_map(|(_, group)| group.upgrade()).next() {
            return Ok(Group(group));
        }
        let group = make(part)?;
        made.retain(|(_, group)| group.strong_count() > 0);
        made.push((Arc::clone(part), Arc::downgrade(&group.0)));
        Ok(group)
    }
}

impl<T> Clone for Made<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Made<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> fmt::Debug for Made<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Made").finish_non_exhaustive()
    }
}
