//! What answers.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::{
    AgentTerms, AiBackend, Catalogue, Health, Keepalive, Policies, Secret, TlsTerms, TokenExchange,
};
use crate::config::resource::{
    FailureMode, HttpVersion, McpEra, McpTransport, PrefixMode, Reference, SessionRouting,
};

/// What answers, with all that is needed to speak to it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Backend {
    /// The Service or AgentgatewayBackend.
    pub reference: Reference,
    /// The port of the Service.
    pub port: Option<u16>,
    /// What is spoken, and where.
    pub kind: BackendKind,
    /// How it is spoken to.
    pub settings: BackendSettings,
}

impl Backend {
    /// A backend with the usual settings.
    #[must_use]
    pub fn new(reference: Reference, port: Option<u16>, kind: BackendKind) -> Self {
        Self {
            reference,
            port,
            kind,
            settings: BackendSettings::default(),
        }
    }

    /// What is decided about requests before they are sent to it: a line for each, in order. Of one of several
    /// servers of MCP it names the target.
    #[must_use]
    pub fn decisions(&self) -> Vec<String> {
        let mut lines = self.served().policies.lines();
        if let BackendKind::Agents(catalogue) = &self.kind {
            for agent in &catalogue.agents {
                let own = agent.backend.settings.policies.lines();
                lines.extend(
                    own.iter()
                        .map(|line| format!("agent {}: {line}", agent.name)),
                );
            }
        }
        if let BackendKind::Mcp(servers) = &self.kind {
            for target in servers.targets.iter().filter(|_| servers.only().is_none()) {
                let own = target.settings.policies.lines();
                lines.extend(
                    own.iter()
                        .map(|line| format!("target {}: {line}", target.name)),
                );
            }
        }
        if let BackendKind::Ai(AiBackend {
            span_content: Some(part),
            ..
        }) = &self.kind
        {
            lines.push(format!("{}: puts prompts and answers on spans", part.name));
        }
        lines
    }

    /// How what answers its requests is spoken to: the one provider that is served, or all of it.
    #[must_use]
    pub fn served(&self) -> &BackendSettings {
        match &self.kind {
            BackendKind::Ai(providers) => providers
                .first()
                .map_or(&self.settings, |own| &own.settings),
            BackendKind::Http(_)
            | BackendKind::A2a(_)
            | BackendKind::Agents(_)
            | BackendKind::Mcp(_) => &self.settings,
        }
    }
}

/// What is spoken, and where.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BackendKind {
    /// Any HTTP service, forwarded without looking at the protocol inside.
    Http(Endpoints),
    /// An agent that speaks A2A.
    A2a(Endpoints),
    /// Many agents, in the place of one.
    Agents(Box<Catalogue>),
    /// Servers of MCP.
    Mcp(McpBackend),
    /// Providers of models.
    Ai(AiBackend),
}

/// How a backend is spoken to: its own policies over those that are attached to it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct BackendSettings {
    /// Whether TLS is spoken.
    pub tls: bool,
    /// How it is spoken. Default: as usual.
    pub tls_terms: Option<Arc<TlsTerms>>,
    /// The version of HTTP; `None` is HTTP/1.1 in clear text and what TLS agrees on within it.
    pub version: Option<HttpVersion>,
    /// How long one attempt may take, when the route does not say.
    pub request_timeout: Option<Duration>,
    /// How long a connection may take to stand.
    pub connect_timeout: Option<Duration>,
    /// Keep-alive of its connections. Default: as usual.
    pub keepalive: Option<Keepalive>,
    /// Which of its endpoints are unhealthy. Default: as usual.
    pub health: Option<Health>,
    /// The credential that goes upstream, without a `Bearer ` before it.
    pub credential: Option<Secret>,
    /// The key of AWS that requests are signed with. Beside it there is no other credential.
    pub aws: Option<Arc<AwsKeys>>,
    /// Names of models, and what the provider calls them.
    pub model_aliases: BTreeMap<String, String>,
    /// How a caller's token becomes the one that goes upstream. Beside it there is no other credential.
    pub exchange: Option<Arc<TokenExchange>>,
    /// What an agent has beyond that. Default: as usual.
    pub agent: Option<Arc<AgentTerms>>,
    /// What is decided about requests before they are sent to it, behind what the rule's policies decide.
    pub policies: Arc<Policies>,
}

/// A key of AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AwsKeys {
    /// Its id.
    pub id: Secret,
    /// The key itself.
    pub secret: Secret,
    /// The token of the session that it belongs to.
    pub token: Option<Secret>,
    /// The region that is signed for, where it is not the provider's.
    pub region: Option<String>,
    /// The service that is signed for, where it is not Bedrock.
    pub service: Option<String>,
}

impl AwsKeys {
    /// A key.
    #[must_use]
    pub const fn new(id: Secret, secret: Secret) -> Self {
        Self {
            id,
            secret,
            token: None,
            region: None,
            service: None,
        }
    }
}

/// Where something listens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a name to look up, or addresses")]
pub enum Endpoints {
    /// A name that is looked up, or one address.
    Name(HostPort),
    /// The ready endpoints of EndpointSlices, never empty, sorted; and the name of the Service,
    /// which goes upstream where a host is needed.
    Addresses(HostPort, Vec<SocketAddr>),
}

impl Endpoints {
    /// The host and port that a request upstream names.
    #[must_use]
    pub const fn name(&self) -> &HostPort {
        match self {
            Self::Name(name) | Self::Addresses(name, _) => name,
        }
    }
}

/// A host and a port to connect to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a host and a port")]
pub struct HostPort {
    /// A host name or an address; an IPv6 address is without brackets.
    pub host: String,
    /// The port, never 0.
    pub port: u16,
}

impl HostPort {
    /// This host and port.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
        }
    }
}

/// As the authority of a URI: an IPv6 address stands in brackets.
impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Servers of MCP behind one endpoint.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct McpBackend {
    /// The servers, never empty: those that were named, in the order of the manifest, then those
    /// that labels chose, by namespace and name.
    pub targets: Vec<McpTarget>,
    /// Whether sessions are kept.
    pub session_routing: SessionRouting,
    /// What becomes of a request when some servers fail.
    pub failure_mode: FailureMode,
    /// Whether names are prefixed with the target's.
    pub prefix_mode: PrefixMode,
}

impl McpBackend {
    /// These servers, with the usual modes.
    #[must_use]
    pub fn new(targets: Vec<McpTarget>) -> Self {
        Self {
            targets,
            session_routing: SessionRouting::default(),
            failure_mode: FailureMode::default(),
            prefix_mode: PrefixMode::default(),
        }
    }

    /// The name of the server, where it is the only one.
    #[must_use]
    pub fn only(&self) -> Option<&str> {
        match &*self.targets {
            [only] => Some(&only.name),
            _ => None,
        }
    }
}

/// One server of MCP.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct McpTarget {
    /// Its name, unique in the backend.
    pub name: String,
    /// Where it is.
    pub server: McpServer,
    /// Which revisions it speaks. Default: it is found out.
    pub era: Option<McpEra>,
    /// How it is spoken to, where it is one of several. What is decided about its requests stands behind
    /// what is decided for all of them.
    pub settings: BackendSettings,
    /// Its tools that are told in other words. It is of the Gateway that clients come by.
    pub tools: Vec<ToolWords>,
}

/// In which words a tool is told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct ToolWords {
    /// The name that the server gives it.
    pub tool: String,
    /// The name that clients are told; its own when it is absent.
    pub name: Option<String>,
    /// How it is described; as the server does when it is absent.
    pub description: Option<String>,
}

impl McpTarget {
    /// This server under this name.
    #[must_use]
    pub fn new(name: impl Into<String>, server: McpServer) -> Self {
        Self {
            name: name.into(),
            server,
            era: None,
            settings: BackendSettings::default(),
            tools: Vec::new(),
        }
    }
}

/// Where a server of MCP is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum McpServer {
    /// Behind HTTP.
    #[non_exhaustive]
    Http {
        /// Where.
        endpoints: Endpoints,
        /// The path of its endpoint.
        path: String,
        /// How it is spoken to.
        transport: McpTransport,
        /// Whether TLS is spoken.
        tls: bool,
    },
    /// A process of this machine.
    Process(LocalProcess),
}

impl McpServer {
    /// A server over streamable HTTP in clear text.
    #[must_use]
    pub fn http(endpoints: Endpoints, path: impl Into<String>) -> Self {
        Self::Http {
            endpoints,
            path: path.into(),
            transport: McpTransport::default(),
            tls: false,
        }
    }

    /// With this transport.
    #[must_use]
    pub fn with(self, with: McpTransport) -> Self {
        match self {
            Self::Http {
                endpoints,
                path,
                tls,
                ..
            } => Self::Http {
                endpoints,
                path,
                transport: with,
                tls,
            },
            Self::Process(process) => Self::Process(process),
        }
    }
}

/// A process of this machine, spoken to by its standard input and output.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LocalProcess {
    /// The LocalProcess.
    pub reference: Reference,
    /// Its command.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its variables.
    pub env: BTreeMap<String, Secret>,
    /// Its working directory.
    pub working_directory: Option<String>,
}

impl LocalProcess {
    /// This command without arguments.
    #[must_use]
    pub fn new(reference: Reference, command: impl Into<String>) -> Self {
        Self {
            reference,
            command: command.into(),
            args: Vec::new(),
            env: BTreeMap::new(),
            working_directory: None,
        }
    }
}
