use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use agentgateway_core::policy::Policy;

use super::Group;
use crate::config::snapshot::{
    ApiKeyCallers, BasicCallers, Budget, Cases, Concurrency, ExtAuth, JwtCallers, Loops,
    McpCallers, Part, RateLimits, Scopes, TaskOwners, ToolLimit, UnfinishedTasks,
};

/// What decides already, by what it was asked for: a policy that did not change keeps what it knows
/// over a reload, and one that several rules have is one.
#[derive(Clone, Debug, Default)]
pub(in crate::assemble) struct PolicyCache {
    pub(super) jwt: Made<JwtCallers>,
    pub(super) basic: Made<BasicCallers>,
    pub(super) api_key: Made<ApiKeyCallers>,
    pub(super) mcp: Made<McpCallers>,
    pub(super) scopes: Made<Scopes>,
    pub(super) ext_auth: Made<Cases<ExtAuth>>,
    pub(super) concurrency: Made<Vec<Concurrency>>,
    pub(super) rates_of_each: Made<Cases<RateLimits>>,
    pub(super) rates_of_all: Made<Cases<RateLimits>>,
    pub(super) budgets: Made<Vec<Budget>>,
    pub(super) owners: Made<TaskOwners>,
    pub(super) open_streams: Made<usize>,
    pub(super) unfinished: Made<UnfinishedTasks>,
    pub(super) loops: Made<Loops>,
    pub(super) tool_limits: Made<Vec<ToolLimit>>,
}

/// Of one kind. What no stack holds any more is forgotten.
pub(super) struct Made<T>(Arc<Mutex<Vec<Entry<T>>>>);

/// Stacks hold the policies, and not the group that they came in.
type Entry<T> = (Arc<Part<T>>, Vec<Weak<dyn Policy>>);

impl<T: PartialEq> Made<T> {
    pub(super) fn of(
        &self,
        part: &Arc<Part<T>>,
        make: impl FnOnce(&Part<T>) -> Result<Group, String>,
    ) -> Result<Group, String> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |own: &Arc<Part<T>>| Arc::ptr_eq(own, part) || own == part;
        let mut found = made.iter().filter(|(own, _)| same(own));
        let held = |policies: &[Weak<dyn Policy>]| {
            let policies = policies.iter().map(Weak::upgrade);
            policies.collect::<Option<Arc<_>>>()
        };
        if let Some(policies) = found.find_map(|(_, policies)| held(policies)) {
            return Ok(Group(policies));
        }
        let group = make(part)?;
        made.retain(|(_, policies)| held(policies).is_some());
        // Nobody would ever let go of an empty one.
        if !group.0.is_empty() {
            let policies = group.0.iter().map(Arc::downgrade).collect();
            made.push((Arc::clone(part), policies));
        }
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
