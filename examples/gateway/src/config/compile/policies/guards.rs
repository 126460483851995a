//! Fields that guard access and are not implemented: what they are for is not served.
//!
//! Which fields these are, their schema says (`x-guards-access` beside `x-not-implemented`). A guard that
//! is served loses both marks, and nothing here changes.

use std::collections::BTreeSet;

use crate::config::compile::Fault;
use crate::config::object::Object;
use crate::config::snapshot::BackendKind;

/// What a guard is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Guarded {
    /// Requests, whatever answers them.
    Requests,
    /// What is sent to any backend,
    Backends,
    /// to servers of MCP,
    Mcp,
    /// or to models.
    Models,
}

impl Guarded {
    /// What a field is for.
    fn by(path: &str) -> Self {
        match path.strip_prefix("spec.backend.") {
            None => Self::Requests,
            Some(within) if within.starts_with("mcp.") => Self::Mcp,
            Some(within) if within.starts_with("ai.") => Self::Models,
            Some(_) => Self::Backends,
        }
    }
}

/// What is closed, since guards of it are not implemented or have a fault. It is closed at every level: no other policy
/// opens it again.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::config::compile) struct Closed(BTreeSet<(Guarded, String)>);

impl Closed {
    /// What a policy closes.
    pub(super) fn of(policy: &Object) -> Self {
        let guards = policy.unimplemented.iter().filter(|field| field.guards);
        let closed = guards.map(|field| {
            let path = field.path.trim_start_matches("spec.");
            let reason = format!("{} has {path}, which is not served", policy.reference);
            (Guarded::by(&field.path), reason)
        });
        Self(closed.collect())
    }

    /// What a policy closes whose guards cannot be understood.
    pub(super) fn by<'a>(policy: &Object, faults: impl Iterator<Item = &'a Fault>) -> Self {
        let closed = faults.map(|fault| {
            let path = fault.path.trim_start_matches("spec.");
            let reason = format!("{} has {path}, which cannot be used", policy.reference);
            (Guarded::by(&fault.path), reason)
        });
        Self(closed.collect())
    }

    /// All backends that a policy is for, whatever they speak.
    pub(super) fn backends_by(policy: &Object, fault: &Fault) -> Self {
        let path = fault.path.trim_start_matches("spec.");
        let reason = format!("{} has {path}, which cannot be used", policy.reference);
        Self(BTreeSet::from([(Guarded::Backends, reason)]))
    }

    pub(in crate::config::compile) fn add(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    pub(in crate::config::compile) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Why no request is answered, where that is so.
    pub(in crate::config::compile) fn requests(&self) -> Option<String> {
        self.reason(|guarded| guarded == Guarded::Requests)
    }

    /// Why nothing is sent to a backend of this kind, where that is so.
    pub(in crate::config::compile) fn backend(&self, kind: &BackendKind) -> Option<String> {
        self.reason(|guarded| match guarded {
            Guarded::Requests | Guarded::Backends => true,
            Guarded::Mcp => matches!(kind, BackendKind::Mcp(_)),
            Guarded::Models => matches!(kind, BackendKind::Ai(_)),
        })
    }

    fn reason(&self, is: impl Fn(Guarded) -> bool) -> Option<String> {
        let reasons = self.0.iter().filter(|(guarded, _)| is(*guarded));
        let reasons: Vec<&str> = reasons.map(|(_, reason)| reason.as_str()).collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}
