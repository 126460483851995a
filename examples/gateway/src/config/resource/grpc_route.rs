//! GRPCRoute, `gateway.networking.k8s.io/v1`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::rule::{any_given, filter_members, rule, service_port};
use super::{
    BackendRef, ExtensionRef, HeaderFilter, MatchType, ParentRef, RequestMirror,
    SessionPersistence, ValueMatchSpec, text,
};

/// `GRPCRoute.spec`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct GrpcRouteSpec {
    /// The listeners that it wants to be served by.
    #[serde(default)]
    #[schemars(length(max = 32))]
    pub parent_refs: Vec<ParentRef>,
    /// The hostnames that it serves; those of the listener when it is empty.
    #[serde(default)]
    #[schemars(length(max = 16), with = "Vec<text::HostnamePattern>")]
    pub hostnames: Vec<String>,
    /// The rules.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub rules: Vec<GrpcRule>,
    /// Whether it attaches to default Gateways.
    #[schemars(extend("x-not-implemented" = true, "enum" = ["All", "None", null]))]
    pub use_default_gateways: Option<String>,
}

/// One rule of a route.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct GrpcRule {
    /// Its name, unique in the route.
    #[schemars(with = "Option<text::SectionName>")]
    pub name: Option<String>,
    /// The calls that it takes: one of these must match; every call when it is empty.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub matches: Vec<GrpcMatch>,
    /// What it changes.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub filters: Vec<GrpcFilter>,
    /// What answers, by weight.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub backend_refs: Vec<GrpcBackendRef>,
    /// Keeping a client with its backend.
    #[schemars(extend("x-not-implemented" = true))]
    pub session_persistence: Option<SessionPersistence>,
}

/// What one match asks.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct GrpcMatch {
    /// Service and method.
    pub method: Option<GrpcMethod>,
    /// Metadata.
    #[serde(default)]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub headers: Vec<ValueMatchSpec>,
}

/// Service and method of a call; one of them must be given.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [rule(
    "One or both of 'service' or 'method' must be specified",
    any_given(&["service", "method"]),
)]))]
#[non_exhaustive]
pub struct GrpcMethod {
    /// How they are compared.
    #[serde(rename = "type", default)]
    pub kind: GrpcMethodType,
    /// The full name of the service.
    #[schemars(with = "Option<text::GrpcName>")]
    pub service: Option<String>,
    /// The name of the method.
    #[schemars(with = "Option<text::GrpcName>")]
    pub method: Option<String>,
}

/// How service and method are compared.
pub type GrpcMethodType = MatchType;

/// One filter: `type` names the member that is set.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = filter_members(&[
    ("ExtensionRef", "extensionRef"),
    ("RequestHeaderModifier", "requestHeaderModifier"),
    ("RequestMirror", "requestMirror"),
    ("ResponseHeaderModifier", "responseHeaderModifier"),
])))]
#[non_exhaustive]
pub struct GrpcFilter {
    /// Which filter it is.
    #[serde(rename = "type")]
    pub kind: GrpcFilterType,
    /// Changes of the request's metadata.
    pub request_header_modifier: Option<HeaderFilter>,
    /// Changes of the answer's metadata.
    pub response_header_modifier: Option<HeaderFilter>,
    /// Another service gets a copy of requests.
    pub request_mirror: Option<RequestMirror>,
    /// A filter of an implementation; none is known here, and the rule is refused.
    pub extension_ref: Option<ExtensionRef>,
}

/// The kinds of filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's types")]
#[expect(missing_docs, reason = "each is the member of its name")]
pub enum GrpcFilterType {
    RequestHeaderModifier,
    ResponseHeaderModifier,
    RequestMirror,
    ExtensionRef,
}

/// What answers, with its weight.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [service_port()]))]
#[non_exhaustive]
pub struct GrpcBackendRef {
    /// Its group; empty for the core.
    #[serde(default)]
    #[schemars(with = "text::Group")]
    pub group: String,
    /// Its kind.
    #[serde(default = "super::common::service_kind")]
    #[schemars(with = "text::Kind")]
    pub kind: String,
    /// Its name.
    #[schemars(with = "text::ObjectName")]
    pub name: String,
    /// Its namespace; the route's own when it is absent.
    #[schemars(with = "Option<text::NamespaceName>")]
    pub namespace: Option<String>,
    /// Its port; a Service needs one.
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
    /// Its share of the sum of all weights.
    #[serde(default = "super::http_route::one")]
    #[schemars(range(max = 1_000_000))]
    pub weight: u32,
    /// What is changed for this backend alone.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub filters: Vec<GrpcFilter>,
}

impl GrpcBackendRef {
    /// The reference without weight and filters.
    #[must_use]
    pub fn reference(&self) -> BackendRef {
        BackendRef {
            group: self.group.clone(),
            kind: self.kind.clone(),
            name: self.name.clone(),
            namespace: self.namespace.clone(),
            port: self.port,
        }
    }
}
