use std::{
    collections::HashMap,
    error::Error as StdError,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use agentgateway_core::jsonrpc::RpcId;

use super::known::Known;
use crate::upstream::McpServer;

/// The longest name of a target.
const MAX_NAME_BYTES: usize = 253;

/// One server of a [`Federation`](super::Federation), and under which name.
#[derive(Debug)]
pub struct FederationTarget {
    pub(super) name: Arc<str>,
    pub(super) server: McpServer,
    /// By the name that the server gives the tool.
    overrides: HashMap<String, ToolOverride>,
    /// From the name that is told to the name that the server knows.
    renamed: HashMap<String, String>,
    ids: AtomicU64,
    pub(super) known: Known,
}

/// What is told of a tool in the place of what its server says.
#[derive(Clone, Debug, Default)]
pub struct ToolOverride {
    name: Option<String>,
    description: Option<String>,
}

/// A text that is no name of a target.
#[derive(Clone, Debug)]
pub struct InvalidTargetName(());

// === impl FederationTarget ===

impl FederationTarget {
    /// A server that speaks MCP 2026-07-28, under this name.
    ///
    /// # Errors
    /// A name is of `a-z`, `0-9`, `-` and `.`, as a DNS name is: no part of it between dots is empty, or
    /// begins or ends with `-`; at most 253 characters. So it holds no `_` and no `+`, which separate it from
    /// what follows.
    pub fn new(name: &str, server: McpServer) -> Result<Self, InvalidTargetName> {
        let is_label = |label: &str| {
            let fits =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            !label.is_empty()
                && label.bytes().all(fits)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if name.len() > MAX_NAME_BYTES || !name.split('.').all(is_label) {
            return Err(InvalidTargetName(()));
        }
        Ok(Self {
            name: name.into(),
            server,
            overrides: HashMap::new(),
            renamed: HashMap::new(),
            ids: AtomicU64::new(1),
            known: Known::default(),
        })
    }

    /// Tells of a tool in other words. `tool` is the name that the server gives it.
    ///
    /// Its new name is still put behind the target's, where names are prefixed. Under its former name it is
    /// not there; neither is another tool of the server that has the new name by itself.
    #[must_use]
    pub fn tool(mut self, tool: impl Into<String>, with: ToolOverride) -> Self {
        let tool = tool.into();
        if let Some(name) = &with.name {
            self.renamed.insert(name.clone(), tool.clone());
        }
        self.overrides.insert(tool, with);
        self
    }

    /// The name that is told of the server's tool; `None` where another one has taken it.
    pub(super) fn outer_tool<'a>(&'a self, inner: &'a str) -> Option<&'a str> {
        let outer = self
            .overrides
            .get(inner)
            .and_then(|with| with.name.as_deref())
            .unwrap_or(inner);
        let taken = self.renamed.get(outer).is_some_and(|owner| owner != inner);
        (!taken).then_some(outer)
    }

    /// The server's name of a tool that is told under this one.
    pub(super) fn inner_tool<'a>(&'a self, outer: &'a str) -> Option<&'a str> {
        if let Some(inner) = self.renamed.get(outer) {
            return Some(inner);
        }
        let moved = self
            .overrides
            .get(outer)
            .is_some_and(|with| with.name.is_some());
        (!moved).then_some(outer)
    }

    pub(super) fn description(&self, inner: &str) -> Option<&str> {
        self.overrides.get(inner)?.description.as_deref()
    }

    /// An id that no other request to this server has.
    pub(super) fn mint(&self) -> RpcId {
        RpcId::from(self.ids.fetch_add(1, Ordering::Relaxed))
    }
}

// === impl ToolOverride ===

impl ToolOverride {
    /// Changes nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Under which name it is told. Default: its own.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// How it is described. Default: as the server does.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

// === impl InvalidTargetName ===

impl fmt::Display for InvalidTargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a target is of a-z, 0-9, `-` and `.`, as a DNS name is")
    }
}

impl StdError for InvalidTargetName {}
