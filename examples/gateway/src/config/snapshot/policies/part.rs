use std::sync::Arc;

/// A part of a policy.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a name and what it names")]
pub struct Part<T> {
    /// What logs, spans and `explain` call it: `namespace/name` of the policy and the field.
    pub name: Arc<str>,
    /// What it asks for.
    pub spec: T,
}
