//! Many agents in the place of one.

use std::sync::Arc;

use super::Backend;

/// Many agents in the place of one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Catalogue {
    /// The agents, never empty; each is a backend of kind `A2a`.
    pub agents: Vec<CatalogueAgent>,
    /// The agent of calls that name none.
    pub default: Option<String>,
    /// Where clients reach it. Default: what each request says.
    pub public_url: Option<String>,
    /// The path under which each agent has its own. Default: as usual.
    pub prefix: Option<String>,
    /// What the card of all of them says of itself: name and description. Default: as usual.
    pub title: (Option<String>, Option<String>),
}

/// One agent of a catalogue.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a name and what it names")]
pub struct CatalogueAgent {
    /// Its name.
    pub name: String,
    /// What it is.
    pub backend: Arc<Backend>,
    /// Its host names.
    pub hosts: Vec<String>,
}
