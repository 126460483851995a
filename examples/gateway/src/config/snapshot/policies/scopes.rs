use std::{collections::BTreeMap, fmt};

use agentgateway_mcp::policy::oauth::ProtectedResource;

/// Which scopes calls need.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct Scopes {
    /// What the tokens are for, and where clients get others.
    pub resource: ProtectedResource,
    /// What needs which; all that meet a call hold together.
    pub rules: Vec<(ScopesOf, Vec<String>)>,
    /// Which scopes stand for others too.
    pub implied: BTreeMap<String, Vec<String>>,
}

/// What needs scopes. In names `*` stands for any run of characters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the choices of the resource")]
pub enum ScopesOf {
    /// Every request.
    All,
    /// Calls of these tools.
    Tool(String),
    /// Calls of these methods.
    Method(String),
}

impl fmt::Display for ScopesOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("every request needs"),
            Self::Tool(pattern) => write!(f, "the tool {pattern} needs"),
            Self::Method(pattern) => write!(f, "the method {pattern} needs"),
        }
    }
}
