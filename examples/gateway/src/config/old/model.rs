//! What a manifest says, decoded and with its defaults filled in, before anything is looked up.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::snapshot::{HostPort, Hostname, PathMatch, ProviderKind, Secret};
use super::{Backend, Problem};

/// One decoded manifest.
///
/// It remembers where it stood, and that it was there even when it could not be decoded, so that
/// what refers to it is not told that it is missing.
#[derive(Clone, Debug)]
pub struct Object {
    pub(super) origin: Arc<Origin>,
    pub(super) kind: Kind,
    pub(super) key: Key,
    /// `metadata.creationTimestamp`, RFC 3339 in UTC, which sorts as text.
    pub(super) created: Option<String>,
    /// `None` when the manifest has problems.
    pub(super) spec: Option<Spec>,
}

/// Where a manifest stood.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    pub(super) file: String,
    pub(super) document: usize,
    pub(super) object: String,
}

impl Origin {
    pub(super) fn problem(&self, path: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem {
            file: self.file.clone(),
            at: None,
            document: self.document,
            object: self.object.clone(),
            path: path.into(),
            message: message.into(),
            hint: None,
        }
    }
}

/// The kinds that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    GatewayClass,
    Gateway,
    HttpRoute,
    Backend,
    Secret,
    Service,
    Namespace,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::GatewayClass => "GatewayClass",
            Self::Gateway => "Gateway",
            Self::HttpRoute => "HTTPRoute",
            Self::Backend => "AgentgatewayBackend",
            Self::Secret => "Secret",
            Self::Service => "Service",
            Self::Namespace => "Namespace",
        }
    }

    /// Whether objects of this kind have no namespace.
    pub(super) fn is_cluster_wide(self) -> bool {
        matches!(self, Self::GatewayClass | Self::Namespace)
    }
}

/// Namespace and name; the namespace is empty for kinds that have none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Key {
    pub(super) fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            f.write_str(&self.name)
        } else {
            write!(f, "{}/{}", self.namespace, self.name)
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Spec {
    GatewayClass,
    Gateway(GatewaySpec),
    HttpRoute(RouteSpec),
    Backend(BackendSpec),
    Secret(BTreeMap<String, Secret>),
    Service(ServiceSpec),
    Namespace,
}

#[derive(Clone, Debug)]
pub(super) struct GatewaySpec {
    pub(super) class: String,
    /// The kind that `infrastructure.parametersRef` names.
    pub(super) parameters: Option<String>,
    pub(super) listeners: Vec<ListenerSpec>,
}

#[derive(Clone, Debug)]
pub(super) struct ListenerSpec {
    pub(super) name: String,
    pub(super) port: u16,
    pub(super) hostname: Option<Hostname>,
    pub(super) routes_from: RoutesFrom,
}

/// `allowedRoutes.namespaces.from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RoutesFrom {
    Same,
    All,
}

#[derive(Clone, Debug)]
pub(super) struct RouteSpec {
    pub(super) parents: Vec<ParentRef>,
    pub(super) hostnames: Vec<Hostname>,
    pub(super) rules: Vec<RuleSpec>,
}

/// A reference to listeners of a Gateway; its namespace is already filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ParentRef {
    pub(super) gateway: Key,
    pub(super) section: Option<String>,
    pub(super) port: Option<u16>,
}

#[derive(Clone, Debug)]
pub(super) struct RuleSpec {
    pub(super) name: Option<String>,
    pub(super) matches: Vec<PathMatch>,
    pub(super) rewrite_prefix: Option<String>,
    pub(super) no_timeout: bool,
    pub(super) backend: BackendRef,
}

/// A reference to a backend; its namespace is already filled in.
#[derive(Clone, Debug)]
pub(super) enum BackendRef {
    Service(Key, u16),
    Backend(Key),
}

/// An AgentgatewayBackend: complete, or a provider whose key is still to be looked up.
#[derive(Clone, Debug)]
pub(super) enum BackendSpec {
    Ready(Backend),
    Ai(ProviderSpec),
}

#[derive(Clone, Debug)]
pub(super) struct ProviderSpec {
    pub(super) name: String,
    pub(super) kind: ProviderKind,
    pub(super) endpoint: HostPort,
    pub(super) tls: bool,
    pub(super) model: Option<String>,
    pub(super) auth: Option<Auth>,
}

#[derive(Clone, Debug)]
pub(super) enum Auth {
    Inline(Secret),
    /// `path` is the field to blame when the Secret or the key in it is missing.
    Reference {
        path: String,
        secret: String,
        key: String,
    },
}

#[derive(Clone, Debug)]
pub(super) struct ServiceSpec {
    pub(super) ports: Vec<ServicePort>,
    pub(super) external: bool,
    pub(super) headless: bool,
    pub(super) mcp_path: Option<String>,
    pub(super) mcp_name: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct ServicePort {
    pub(super) name: Option<String>,
    pub(super) port: u16,
    pub(super) app_protocol: Option<String>,
    /// Whether pods listen on another port than the Service's.
    pub(super) remapped: bool,
}
