use agentgateway_core::json::Raw;

use crate::LlmDialect;

/// A member that only its own dialect knows: its name and its value as it was written.
///
/// The encoder of the same dialect writes it again; every other one reports it as lost.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sidecar {
    /// The dialect that it was read from.
    pub dialect: LlmDialect,
    /// The member's name; for a block or an item that is not known at all, its type.
    pub name: Box<str>,
    /// The value: JSON as it was written.
    pub raw: Box<str>,
}

/// What stands beside one node. Most nodes have nothing, which takes one word of memory.
pub type Sidecars = Vec<Sidecar>;

impl Sidecar {
    /// A member of a dialect.
    #[must_use]
    pub fn new(dialect: LlmDialect, name: &str, raw: &str) -> Self {
        Self {
            dialect,
            name: name.into(),
            raw: raw.into(),
        }
    }

    pub(crate) fn of(dialect: LlmDialect, name: &str, raw: Raw<'_>) -> Self {
        Self::new(dialect, name, raw.get())
    }
}
