//! GatewayClass and Gateway, `gateway.networking.k8s.io/v1`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::gateway_group;
use super::rule::{given, is, not, rule, rule_at, unset_or, when};
use super::{GatewayTls, LabelSelector, text};

/// `GatewayClass.spec`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct GatewayClassSpec {
    /// Who serves the Gateways of this class.
    #[schemars(with = "text::Controller")]
    pub controller_name: String,
    /// Parameters of the whole class: they count where those of a Gateway say nothing. A reference that leads nowhere
    /// refuses the class.
    pub parameters_ref: Option<ClassParametersRef>,
    /// For readers.
    #[schemars(length(max = 64))]
    pub description: Option<String>,
}

/// A reference of a class to parameters.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ClassParametersRef {
    /// Its group.
    #[schemars(with = "text::Group")]
    pub group: String,
    /// Its kind.
    #[schemars(with = "text::Kind")]
    pub kind: String,
    /// Its name.
    #[schemars(with = "text::ObjectName")]
    pub name: String,
    /// Its namespace.
    #[schemars(with = "Option<text::NamespaceName>")]
    pub namespace: Option<String>,
}

/// `Gateway.spec`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct GatewaySpec {
    /// The class, which says who serves it.
    #[schemars(with = "text::ObjectName")]
    pub gateway_class_name: String,
    /// Where it listens.
    #[schemars(length(min = 1, max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub listeners: Vec<ListenerSpec>,
    /// The addresses to listen on; all of the machine's when it is absent.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub addresses: Vec<Address>,
    /// Labels, annotations and parameters of what runs it.
    pub infrastructure: Option<Infrastructure>,
    /// Which ListenerSets may add listeners.
    #[schemars(extend("x-not-implemented" = true))]
    pub allowed_listeners: Option<AllowedListeners>,
    /// TLS of all listeners and towards backends.
    pub tls: Option<GatewayTls>,
    /// Whether it is a default Gateway.
    #[schemars(extend("x-not-implemented" = true, "enum" = ["All", "None", null]))]
    pub default_scope: Option<String>,
}

/// One listener.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [
    rule_at(
        "tls",
        "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
        when(is("protocol", &["HTTP", "TCP", "UDP"]), not(given(&["tls"]))),
    ),
    rule(
        "tls mode must be Terminate for protocol HTTPS",
        when(
            is("protocol", &["HTTPS"]),
            serde_json::json!({ "properties": { "tls": unset_or("mode", &["Terminate"]) } }),
        ),
    ),
    rule_at(
        "tls",
        "tls mode must be set for protocol TLS",
        when(is("protocol", &["TLS"]), given(&["tls"])),
    ),
    rule_at(
        "hostname",
        "hostname must not be specified for protocols ['TCP', 'UDP']",
        when(is("protocol", &["TCP", "UDP"]), not(given(&["hostname"]))),
    ),
]))]
#[non_exhaustive]
pub struct ListenerSpec {
    /// Its name, unique in the Gateway.
    #[schemars(with = "text::SectionName")]
    pub name: String,
    /// The hostname that it serves; every one when it is absent.
    #[schemars(with = "Option<text::HostnamePattern>")]
    pub hostname: Option<String>,
    /// Its port.
    #[schemars(range(min = 1))]
    pub port: u16,
    /// `HTTP` or `HTTPS`; others are refused in a condition.
    #[schemars(with = "text::ListenerProtocol")]
    pub protocol: String,
    /// Certificates, for `HTTPS`.
    pub tls: Option<ListenerTls>,
    /// Which routes may attach.
    #[serde(default)]
    pub allowed_routes: AllowedRoutes,
}

/// TLS of a listener.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ListenerTls {
    /// Whether TLS ends here.
    #[serde(default)]
    pub mode: TlsMode,
    /// Secrets with certificate and key.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub certificate_refs: Vec<SecretRef>,
    /// Options of the implementation.
    #[serde(default)]
    #[schemars(
        with = "BTreeMap<String, text::LongValue>",
        extend("x-not-implemented" = true, "maxProperties" = 16)
    )]
    pub options: BTreeMap<String, String>,
}

/// Where TLS ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two modes")]
pub enum TlsMode {
    /// At the listener.
    #[default]
    Terminate,
    /// At the backend.
    Passthrough,
}

fn secret_kind() -> String {
    "Secret".to_owned()
}

/// A reference to a Secret.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct SecretRef {
    /// Its group; empty for the core.
    #[serde(default)]
    #[schemars(with = "text::Group")]
    pub group: String,
    /// Its kind.
    #[serde(default = "secret_kind")]
    #[schemars(with = "text::Kind")]
    pub kind: String,
    /// Its name.
    #[schemars(with = "text::ObjectName")]
    pub name: String,
    /// Its namespace; that of the Gateway when it is absent.
    #[schemars(with = "Option<text::NamespaceName>")]
    pub namespace: Option<String>,
}

/// Which routes may attach to a listener.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct AllowedRoutes {
    /// From which namespaces.
    #[serde(default)]
    pub namespaces: RouteNamespaces,
    /// Of which kinds; all that the protocol knows when it is empty.
    #[serde(default)]
    #[schemars(length(max = 8))]
    pub kinds: Vec<RouteGroupKind>,
}

/// Which ListenerSets may add listeners.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct AllowedListeners {
    /// From which namespaces.
    pub namespaces: Option<ListenerNamespaces>,
}

/// From which namespaces ListenerSets may add listeners.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ListenerNamespaces {
    /// The rule.
    #[schemars(extend("enum" = ["All", "Selector", "Same", "None", null], "default" = "None"))]
    pub from: Option<String>,
    /// The labels of the namespaces, for `Selector`.
    pub selector: Option<LabelSelector>,
}

/// From which namespaces routes may attach.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RouteNamespaces {
    /// The rule.
    #[serde(default)]
    pub from: FromNamespaces,
    /// The labels of the namespaces, for `Selector`.
    pub selector: Option<LabelSelector>,
}

/// The rule of namespaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's three rules")]
pub enum FromNamespaces {
    /// All namespaces.
    All,
    /// Those that the selector chooses.
    Selector,
    /// That of the Gateway.
    #[default]
    Same,
}

/// A kind of routes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RouteGroupKind {
    /// Its group.
    #[serde(default = "gateway_group")]
    #[schemars(with = "text::Group")]
    pub group: String,
    /// Its kind.
    #[schemars(with = "text::Kind")]
    pub kind: String,
}

/// An address to listen on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Address {
    /// `IPAddress`, `Hostname` or another type, which is refused in a condition.
    #[serde(rename = "type", default = "ip_address")]
    #[schemars(with = "text::AddressType")]
    pub kind: String,
    /// The address; empty lets the gateway choose.
    #[serde(default)]
    #[schemars(length(max = 253))]
    pub value: String,
}

fn ip_address() -> String {
    "IPAddress".to_owned()
}

/// What runs a Gateway.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Infrastructure {
    /// Labels of rendered objects.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, text::LabelValue>", extend("maxProperties" = 8))]
    pub labels: BTreeMap<String, String>,
    /// Annotations of rendered objects.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, text::LongValue>", extend("maxProperties" = 16))]
    pub annotations: BTreeMap<String, String>,
    /// Its AgentgatewayParameters, in the same namespace.
    pub parameters_ref: Option<ParametersRef>,
}

/// A reference to parameters, in the Gateway's own namespace.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-absent" = {
    "namespace": "parametersRef is local: it names an object of the Gateway's own namespace",
}))]
#[non_exhaustive]
pub struct ParametersRef {
    /// Its group.
    #[schemars(with = "text::Group")]
    pub group: String,
    /// Its kind.
    #[schemars(with = "text::Kind")]
    pub kind: String,
    /// Its name.
    #[schemars(with = "text::ObjectName")]
    pub name: String,
}
