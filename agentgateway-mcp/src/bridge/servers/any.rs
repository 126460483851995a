use std::sync::Arc;

use super::{LegacyServer, found::Found, speaks::Speaks};
use crate::{Era, McpServer};

/// A server of any revision that looks like one of 2026-07-28.
///
/// What it speaks is found out and remembered until it answers otherwise. A request of the client's is the
/// first that it is sent, as it is; only where the answer leaves a doubt it is asked `server/discover`. One
/// that speaks 2026-07-28 is sent every request as it is.
#[derive(Clone, Debug)]
pub struct AnyServer {
    legacy: LegacyServer,
    speaks: Option<Speaks>,
    name: Option<Arc<str>>,
}

impl AnyServer {
    /// Speaks to a server as this bridge does where it is of an earlier revision.
    #[must_use]
    pub const fn new(legacy: LegacyServer) -> Self {
        Self {
            legacy,
            speaks: None,
            name: None,
        }
    }

    /// The name that its calls bear as their [`target`](crate::McpCall::target). Default: they bear what they
    /// came with.
    #[must_use]
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The era of the server, which is then not asked for. Default: it is found out.
    #[must_use]
    pub fn era(mut self, era: impl Into<Option<Era>>) -> Self {
        self.speaks = era.into().map(Speaks::only);
        self
    }

    /// The server as one of 2026-07-28.
    #[must_use]
    pub fn into_server(self) -> McpServer {
        McpServer::of(self.found())
    }

    /// The server, whatever it speaks.
    pub(crate) fn found(self) -> Found {
        Found::new(self.legacy, self.speaks, self.name)
    }
}
