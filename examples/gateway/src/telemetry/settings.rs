//! What the compiler of manifests says about tracing and logs: plain values.

use std::{collections::BTreeMap, fmt};

use super::{Environment, Scope};
use crate::expression::Expression;

/// What rules the tracing of a listener.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "there is no fourth origin of tracing"
)]
pub enum TracingState {
    /// No policy: the variables `OTEL_*` alone say what is sent, and where to.
    #[default]
    FromEnvironment,
    /// A policy that holds.
    Policy(Box<TracingPolicy>),
    /// A policy stands, but its backendRef lacks a grant or does not resolve. Nothing is sent, not
    /// to the endpoint of the environment either; traffic goes on.
    Denied {
        /// The policy, as `namespace/name`.
        origin: String,
        /// Why.
        reason: String,
    },
}

/// `spec.frontend.tracing` of an AgentgatewayPolicy.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the compiler of manifests fills it"
)]
pub struct TracingPolicy {
    /// The policy, as `namespace/name`.
    pub origin: String,
    /// Where spans go.
    pub target: Collector,
    /// How they are sent. Default: [`OtlpProtocol::Grpc`].
    pub protocol: OtlpProtocol,
    /// Which requests without a trace of their own are traced: a truth, or a share of all.
    /// Default: as the environment's sampler says where it names one, else none.
    pub random_sampling: Option<Expression>,
    /// Which requests that come with a trace are traced. Default: those that the client recorded.
    pub client_sampling: Option<Expression>,
    /// Which of the sampled requests are kept. Default: all.
    pub filter: Option<Expression>,
    /// Attributes of the server's span, by name, in order.
    pub add: Vec<(String, Expression)>,
    /// Attributes that are taken off the server's span.
    pub remove: Vec<String>,
    /// Attributes of the resource, worked out once.
    pub resources: Vec<(String, Expression)>,
}

impl TracingPolicy {
    /// A policy that says no more than where to.
    #[must_use]
    pub fn new(origin: impl Into<String>, target: Collector, protocol: OtlpProtocol) -> Self {
        Self {
            origin: origin.into(),
            target,
            protocol,
            random_sampling: None,
            client_sampling: None,
            filter: None,
            add: Vec::new(),
            remove: Vec::new(),
            resources: Vec::new(),
        }
    }
}

/// A collector's address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "an address has no third part")]
pub struct Collector {
    /// `host:port`.
    pub authority: String,
    /// Whether TLS is spoken.
    pub tls: bool,
}

impl Collector {
    /// The collector of this `host:port`.
    #[must_use]
    pub fn new(authority: impl Into<String>, tls: bool) -> Self {
        Self {
            authority: authority.into(),
            tls,
        }
    }
}

impl fmt::Display for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority)
    }
}

/// How spans are sent.
///
/// # Source
/// OTLP 1.x, sections OTLP/gRPC and OTLP/HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the protocols of the manifests")]
pub enum OtlpProtocol {
    /// gRPC; usually port 4317.
    #[default]
    Grpc,
    /// Protobuf in HTTP; usually port 4318.
    Http {
        /// The path of traces. Usually `/v1/traces`.
        path: String,
    },
}

impl OtlpProtocol {
    /// HTTP to the usual path.
    #[must_use]
    pub fn http() -> Self {
        Self::Http {
            path: "/v1/traces".to_owned(),
        }
    }
}

/// `spec.frontend.accessLog` of an AgentgatewayPolicy.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the compiler of manifests fills it"
)]
pub struct AccessLogPolicy {
    /// The policy, as `namespace/name`.
    pub origin: String,
    /// Which exchanges are logged. Default: all.
    pub filter: Option<Expression>,
    /// Fields of the record, by name, in order.
    pub add: Vec<(String, Expression)>,
    /// Fields that are left out.
    pub remove: Vec<String>,
}

impl AccessLogPolicy {
    /// A policy that logs every exchange.
    #[must_use]
    pub fn new(origin: impl Into<String>) -> Self {
        Self {
            origin: origin.into(),
            ..Self::default()
        }
    }
}

/// `spec.logging` of an AgentgatewayParameters. `RUST_LOG` of the process beats its level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the compiler of manifests fills it"
)]
pub struct Logging {
    /// In the form of `RUST_LOG`. Default: `info`.
    pub level: Option<String>,
    /// Default: text on a terminal, else JSON.
    pub format: Option<LogFormat>,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the formats of the manifests")]
pub enum LogFormat {
    /// One object of JSON a line.
    Json,
    /// For people.
    Text,
}

/// All that telemetry needs to know of a configuration.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the compiler of manifests fills it"
)]
pub struct TelemetrySettings {
    /// The variables, with where each is from.
    pub environment: Environment,
    /// Tracing by listener. One that is not named follows the environment.
    pub tracing: BTreeMap<Scope, TracingState>,
    /// Access logs by listener. One that is not named has none.
    pub access_log: BTreeMap<Scope, AccessLogPolicy>,
    /// The process's own logs.
    pub logging: Logging,
}
