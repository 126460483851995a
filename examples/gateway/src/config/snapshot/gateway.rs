//! Gateways and their listeners.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use agentgateway_core::route::Hostname;

use super::{BeforeRouting, ConnectionSettings, Rule, Secret};
use crate::config::resource::{LogFormat, Reference};
use crate::telemetry::{AccessLogPolicy, TracingState};

/// All that is to be served. It holds no socket and does not change.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// The Gateways of our class, by namespace and name.
    pub gateways: Vec<Gateway>,
}

/// One Gateway.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Gateway {
    /// Which.
    pub reference: Reference,
    /// The addresses to listen on; where the gateway was told to listen when it is empty.
    pub addresses: Vec<IpAddr>,
    /// What its AgentgatewayParameters say.
    pub parameters: Parameters,
    /// Its valid listeners, in the order of its manifest; invalid ones are in the facts alone.
    pub listeners: Vec<Listener>,
    /// What rules the requests that no listener of a port takes, by port; a port with a listener
    /// for every host has none.
    pub strays: BTreeMap<u16, Strays>,
}

/// How requests are traced and logged whose host no listener of their port serves.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Strays {
    /// What rules tracing. Default: the environment alone.
    pub tracing: TracingState,
    /// What rules the access log. Default: there is none.
    pub access_log: Option<AccessLogPolicy>,
}

impl Gateway {
    /// A Gateway without listeners.
    #[must_use]
    pub fn new(reference: Reference) -> Self {
        Self {
            reference,
            addresses: Vec::new(),
            parameters: Parameters::default(),
            listeners: Vec::new(),
            strays: BTreeMap::new(),
        }
    }
}

/// What AgentgatewayParameters say of the process.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Parameters {
    /// The object, when there is one.
    pub reference: Option<Reference>,
    /// Variables, by name; those of the process beat them.
    pub env: Vec<Variable>,
    /// What is logged, as in `RUST_LOG`.
    pub log_level: Option<String>,
    /// JSON or text.
    pub log_format: Option<LogFormat>,
    /// How long to serve on, unready, after the drain has begun.
    pub shutdown_min: Option<Duration>,
    /// How long until the last answer is cut, from the beginning of the drain on.
    pub shutdown_max: Option<Duration>,
}

impl Parameters {
    /// Fills in what these leave open from those of a class.
    pub(crate) fn over(&mut self, class: Self) {
        let mut env = class.env;
        env.retain(|one| !self.env.iter().any(|own| own.name == one.name));
        env.append(&mut self.env);
        self.env = env;
        self.log_level = self.log_level.take().or(class.log_level);
        self.log_format = self.log_format.or(class.log_format);
        self.shutdown_min = self.shutdown_min.or(class.shutdown_min);
        self.shutdown_max = self.shutdown_max.or(class.shutdown_max);
    }
}

/// A variable. Its value may be secret, so `Debug` does not show it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a name and a value")]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Secret,
}

/// One listener. Several of one Gateway may share a port: then the hostname decides.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Listener {
    /// Its name, unique in the Gateway.
    pub name: String,
    /// Its port, never 0.
    pub port: u16,
    /// The hostname that it serves; `None` for every one.
    pub hostname: Option<Hostname>,
    /// What is spoken on the wire.
    pub protocol: Protocol,
    /// What clients are asked for within TLS; the same for all listeners of a port. Default: nothing.
    pub clients: Option<ClientCertificates>,
    /// Limits and clocks of connections.
    pub http: HttpSettings,
    /// How connections begin; the same for all listeners of a port.
    pub connections: ConnectionSettings,
    /// What rules tracing. Default: the environment alone.
    pub tracing: TracingState,
    /// What rules the access log. Default: there is none.
    pub access_log: Option<AccessLogPolicy>,
    /// What is decided before a rule is chosen. Default: nothing.
    pub before: BeforeRouting,
    /// The rules, in the order that decides between equal matches: the older route, the route's
    /// namespace and name, the place in the route.
    pub rules: Vec<Rule>,
}

impl Listener {
    /// A listener without rules.
    #[must_use]
    pub fn new(name: impl Into<String>, port: u16, protocol: Protocol) -> Self {
        Self {
            name: name.into(),
            port,
            hostname: None,
            protocol,
            clients: None,
            http: HttpSettings::default(),
            connections: ConnectionSettings::default(),
            tracing: TracingState::default(),
            access_log: None,
            before: BeforeRouting::default(),
            rules: Vec::new(),
        }
    }
}

/// What a listener speaks on the wire.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Protocol {
    /// HTTP/1.1 and HTTP/2 in clear text.
    Http,
    /// The same within TLS; the first certificate is the one without a better name.
    Https(Vec<Certificate>),
}

/// A certificate and its key, in PEM. They belong together: that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Certificate {
    /// The Secret that holds them.
    pub reference: Reference,
    /// The chain, the leaf first.
    pub chain: Secret,
    /// The key.
    pub key: Secret,
}

impl Certificate {
    /// This pair.
    #[must_use]
    pub const fn new(reference: Reference, chain: Secret, key: Secret) -> Self {
        Self {
            reference,
            chain,
            key,
        }
    }
}

/// Whose certificates are good, of clients.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ClientCertificates {
    /// The certificates of the authorities that vouch for them, in PEM. They can be read: that was
    /// checked.
    pub roots: Box<str>,
    /// The objects that hold these.
    pub holders: Vec<Reference>,
    /// Whether a client without a good certificate is turned away.
    pub enforced: bool,
}

/// Limits and clocks of a listener's connections; `None` leaves the server's default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpSettings {
    /// How long an idle HTTP/1.1 connection stays open.
    pub http1_idle_timeout: Option<Duration>,
    /// How many headers a request may have.
    pub http1_max_headers: Option<u32>,
    /// The window of an HTTP/2 stream, in bytes.
    pub http2_window_size: Option<u32>,
    /// The window of an HTTP/2 connection, in bytes.
    pub http2_connection_window_size: Option<u32>,
    /// The size of HTTP/2 frames, in bytes.
    pub http2_frame_size: Option<u32>,
    /// The size of an HTTP/2 head, in bytes.
    pub http2_max_header_size: Option<u32>,
    /// How often an HTTP/2 connection is pinged.
    pub http2_keepalive_interval: Option<Duration>,
    /// How long the answer to a ping may take.
    pub http2_keepalive_timeout: Option<Duration>,
    /// The largest body of a request that is read whole, in bytes.
    pub max_buffer_size: Option<u64>,
    /// How long a connection may live.
    pub max_connection_duration: Option<Duration>,
}
