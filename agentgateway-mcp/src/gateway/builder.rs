use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use super::service::{McpGateway, Way};
use crate::{
    Era, McpServer,
    bridge::{AnyServer, LegacyClients, LegacyClientsBuilder, LegacyServer},
    policy::Allows,
    route::{FailMode, Federation, FederationTarget, PrefixMode, ToolOverride},
};
use agentgateway_core::{
    seal::Sealer,
    store::{MemorySessions, SessionStore},
};

/// Makes a [`McpGateway`].
pub struct McpGatewayBuilder {
    servers: Vec<(String, McpServer, Option<Era>)>,
    sealer: Option<Sealer>,
    scope: String,
    store: Option<Arc<dyn SessionStore>>,
    clients: LegacyClientsBuilder,
    stateless: bool,
    prefix: PrefixMode,
    fail: FailMode,
    deadline: Option<Duration>,
    filter: Option<Arc<dyn Allows>>,
    server_info: Option<(String, String)>,
    /// Of which server, which tool, and its words.
    tools: Vec<(String, String, ToolOverride)>,
}

/// What is asked for is no gateway.
#[derive(Clone, Debug)]
pub struct InvalidGateway(String);

impl McpGatewayBuilder {
    pub(super) fn new() -> Self {
        Self {
            servers: Vec::new(),
            sealer: None,
            scope: String::new(),
            store: None,
            clients: LegacyClients::builder(),
            stateless: false,
            prefix: PrefixMode::default(),
            fail: FailMode::default(),
            deadline: None,
            filter: None,
            server_info: None,
            tools: Vec::new(),
        }
    }

    /// Adds a server under a name. Which revisions it speaks is found out.
    #[must_use]
    pub fn server(self, name: impl Into<String>, server: McpServer) -> Self {
        self.server_of(name, server, None)
    }

    /// Adds a server of which it is known what it speaks.
    #[must_use]
    pub fn server_of(
        mut self,
        name: impl Into<String>,
        server: McpServer,
        era: impl Into<Option<Era>>,
    ) -> Self {
        self.servers.push((name.into(), server, era.into()));
        self
    }

    /// Seals sessions, cursors and states, which clients carry. Default: with a key of this process
    /// alone, so that they die with it.
    #[must_use]
    pub fn sealer(mut self, sealer: Sealer) -> Self {
        self.sealer = Some(sealer);
        self
    }

    /// Which gateway this is, of several that share a key: cursors and states of another one are refused. Default: none,
    /// so that the names of its servers alone tell it from others. Replicas say the same.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = scope.into();
        self
    }

    /// Keeps what changes in a session of an earlier revision. Default: the memory of this process.
    #[must_use]
    pub fn session_store(mut self, store: Arc<dyn SessionStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// The bounds for clients of earlier revisions. Default: as
    /// [`LegacyClients::builder`](crate::bridge::LegacyClients::builder) says.
    #[must_use]
    pub fn clients(mut self, clients: LegacyClientsBuilder) -> Self {
        self.clients = clients;
        self
    }

    /// Whether every request stands alone, so that any replica serves it without a key or a store in common.
    /// Default: false.
    ///
    /// Clients of earlier revisions get no session
    /// ([`LegacyClientsBuilder::stateless`](crate::bridge::LegacyClientsBuilder::stateless)), not even the only
    /// server's own; and a server of an earlier revision is opened one for each call
    /// ([`LegacyServer::stateless`](crate::bridge::LegacyServer::stateless)). A process starts anew for each such
    /// session, unless it is shared. What clients of 2026-07-28 carry themselves, cursors
    /// and the states of rounds, is sealed as ever.
    #[must_use]
    pub const fn stateless(mut self, stateless: bool) -> Self {
        self.stateless = stateless;
        self
    }

    /// When names are prefixed with their server's. Default: where there are several servers.
    #[must_use]
    pub const fn prefix_mode(mut self, mode: PrefixMode) -> Self {
        self.prefix = mode;
        self
    }

    /// What is done when some of several servers fail. Default: [`FailMode::Closed`].
    #[must_use]
    pub const fn fail_mode(mut self, mode: FailMode) -> Self {
        self.fail = mode;
        self
    }

    /// How long a server has where all of them are asked. Default: 10 seconds.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Who may see and use what. With it one server too is served by the federation, which filters.
    /// Default: all.
    #[must_use]
    pub fn filter(mut self, filter: impl Allows) -> Self {
        self.filter = Some(Arc::new(filter));
        self
    }

    /// Tells of a server's tool in other words: `tool` is the name that the server of this name gives it. With it one
    /// server too is served by the federation, which renames. Default: as the server does.
    ///
    /// See [`FederationTarget::tool`] for what becomes of the former name.
    #[must_use]
    pub fn tool(
        mut self,
        server: impl Into<String>,
        tool: impl Into<String>,
        with: ToolOverride,
    ) -> Self {
        self.tools.push((server.into(), tool.into(), with));
        self
    }

    /// How several servers call themselves, as one: name and version.
    #[must_use]
    pub fn server_info(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.server_info = Some((name.into(), version.into()));
        self
    }

    /// The gateway.
    ///
    /// # Errors
    /// There is no server, or a name that no server can have here, or a tool of a server that is not here.
    pub fn build(mut self) -> Result<McpGateway, InvalidGateway> {
        let sealer = self.sealer.take().unwrap_or_else(Sealer::random);
        let store = self
            .store
            .take()
            .unwrap_or_else(|| Arc::new(MemorySessions::new()));
        let (clients, stateless) = (self.clients.clone(), self.stateless);
        let clients = if stateless {
            clients.stateless(true)
        } else {
            clients
        };
        let bridged = |name: &str, server: McpServer, era: Option<Era>| {
            let legacy = LegacyServer::new(server)
                .sealer(sealer.clone())
                .stateless(stateless);
            AnyServer::new(legacy).era(era).named(name)
        };
        if let Some((server, tool, _)) = self.tools.iter().find(|(of, ..)| !self.has(of)) {
            let message =
                format!("the tool {tool:?} is to be of the server {server:?}, which is not here");
            return Err(InvalidGateway(message));
        }
        let is_plain = self.servers.len() == 1
            && self.prefix != PrefixMode::Always
            && self.filter.is_none()
            && self.tools.is_empty();
        if let (true, Some((name, server, era))) = (is_plain, self.servers.first().cloned()) {
            let found = bridged(&name, server, era).found();
            let modern = McpServer::of(found.clone());
            let servers = Arc::from([(name.into_boxed_str(), found.clone())]);
            let clients = clients.build(modern.clone(), sealer.clone(), store);
            return Ok(McpGateway::new(
                (Way::One(found, modern), servers),
                clients,
                sealer,
            ));
        }
        let mut federation = Federation::new(sealer.clone())
            .scope(std::mem::take(&mut self.scope))
            .prefix_mode(self.prefix)
            .fail_mode(self.fail);
        if let Some(deadline) = self.deadline {
            federation = federation.deadline(deadline);
        }
        if let Some(filter) = self.filter.take() {
            federation = federation.filter(filter);
        }
        if let Some((name, version)) = &self.server_info {
            federation = federation.server_info(name, version);
        }
        if self.servers.is_empty() {
            return Err(InvalidGateway("it has no server".to_owned()));
        }
        let mut servers = Vec::new();
        for (name, server, era) in std::mem::take(&mut self.servers) {
            let found = bridged(&name, server, era).found();
            let mut target = FederationTarget::new(&name, McpServer::of(found.clone()))
                .map_err(|error| InvalidGateway(format!("server {name:?}: {error}")))?;
            for (_, tool, with) in self.tools.iter().filter(|(of, ..)| *of == name) {
                target = target.tool(tool, with.clone());
            }
            federation = federation.target(target);
            servers.push((name.into_boxed_str(), found));
        }
        let many = federation.into_server();
        let clients = clients.build(many.clone(), sealer.clone(), store);
        Ok(McpGateway::new(
            (Way::Many(many), servers.into()),
            clients,
            sealer,
        ))
    }
}

impl McpGatewayBuilder {
    fn has(&self, server: &str) -> bool {
        self.servers.iter().any(|(name, ..)| name == server)
    }
}

impl fmt::Debug for McpGatewayBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers: Vec<_> = self.servers.iter().map(|(name, ..)| name).collect();
        f.debug_struct("McpGatewayBuilder")
            .field("servers", &servers)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for InvalidGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for InvalidGateway {}
