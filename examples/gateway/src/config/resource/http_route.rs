//! HTTPRoute, `gateway.networking.k8s.io/v1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rule::{filter_members, given, is, not, rule, rule_at, service_port, unset_or, when};
use super::{BackendRef, ExtensionRef, ParentRef, RouteRetry, SessionPersistence, Tree, text};

/// `HTTPRoute.spec`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct HttpRouteSpec {
    /// The listeners that it wants to be served by.
    #[serde(default)]
    #[schemars(length(max = 32))]
    pub parent_refs: Vec<ParentRef>,
    /// The hostnames that it serves; those of the listener when it is empty.
    #[serde(default)]
    #[schemars(length(max = 16), with = "Vec<text::HostnamePattern>")]
    pub hostnames: Vec<String>,
    /// The rules.
    #[serde(default = "one_rule")]
    #[schemars(
        length(min = 1, max = 16),
        extend("default" = [{"matches": [{"path": {"type": "PathPrefix", "value": "/"}}]}])
    )]
    pub rules: Vec<HttpRule>,
    /// Whether it attaches to default Gateways.
    #[schemars(extend("x-not-implemented" = true, "enum" = ["All", "None", null]))]
    pub use_default_gateways: Option<String>,
}

fn one_rule() -> Vec<HttpRule> {
    vec![HttpRule::default()]
}

/// One rule of a route.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct HttpRule {
    /// Its name, unique in the route.
    #[schemars(with = "Option<text::SectionName>")]
    pub name: Option<String>,
    /// The requests that it takes: one of these must match; every path when it is empty.
    #[serde(default)]
    #[schemars(
        length(max = 64),
        extend("default" = [{"path": {"type": "PathPrefix", "value": "/"}}])
    )]
    pub matches: Vec<HttpMatch>,
    /// What it changes.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub filters: Vec<HttpFilter>,
    /// What answers, by weight.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub backend_refs: Vec<HttpBackendRef>,
    /// How long an answer may take.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// When a request is sent again.
    pub retry: Option<RouteRetry>,
    /// Keeping a client with its backend.
    #[schemars(extend("x-not-implemented" = true))]
    pub session_persistence: Option<SessionPersistence>,
}

/// What one match asks.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct HttpMatch {
    /// The path.
    #[serde(default)]
    pub path: PathMatchSpec,
    /// Headers.
    #[serde(default)]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub headers: Vec<ValueMatchSpec>,
    /// Query parameters.
    #[serde(default)]
    #[schemars(
        length(max = 16),
        with = "Vec<QueryMatch>",
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub query_params: Vec<ValueMatchSpec>,
    /// The method.
    pub method: Option<HttpMethod>,
}

/// Which paths match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [rule(
    "value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']",
    when(
        unset_or("type", &["Exact", "PathPrefix"]),
        serde_json::json!({ "properties": { "value": { "pattern": "^/" } } }),
    ),
)]))]
#[non_exhaustive]
pub struct PathMatchSpec {
    /// How the value is compared.
    #[serde(rename = "type", default)]
    pub kind: PathMatchType,
    /// The value.
    #[serde(default = "root")]
    #[schemars(with = "text::Path")]
    pub value: String,
}

impl Default for PathMatchSpec {
    fn default() -> Self {
        Self {
            kind: PathMatchType::default(),
            value: root(),
        }
    }
}

fn root() -> String {
    "/".to_owned()
}

/// How paths are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's three types")]
pub enum PathMatchType {
    /// The whole path.
    Exact,
    /// Whole segments from its beginning.
    #[default]
    PathPrefix,
    /// A regular expression for the whole path.
    RegularExpression,
}

/// A header or a query parameter with its value.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ValueMatchSpec {
    /// How the value is compared.
    #[serde(rename = "type", default)]
    pub kind: MatchType,
    /// The name.
    #[schemars(with = "text::HeaderName")]
    pub name: String,
    /// The value.
    #[schemars(with = "text::HeaderValue")]
    pub value: String,
}

/// A query parameter with its value, which may be shorter than that of a header.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "it stands for the schema of what is read as ValueMatchSpec"
)]
struct QueryMatch {
    /// How the value is compared.
    #[serde(rename = "type", default)]
    kind: MatchType,
    /// The name.
    #[schemars(with = "text::HeaderName")]
    name: String,
    /// The value.
    #[schemars(with = "text::QueryValue")]
    value: String,
}

/// How values are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two types")]
pub enum MatchType {
    /// The whole value.
    #[default]
    Exact,
    /// A regular expression for the whole value.
    RegularExpression,
}

/// A method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[expect(clippy::exhaustive_enums, reason = "the specification's nine methods")]
#[expect(missing_docs, reason = "a method's name says what it is")]
pub enum HttpMethod {
    Get,
    Head,
    Post,
    Put,
    Delete,
    Connect,
    Options,
    Trace,
    Patch,
}

/// One filter: `type` names the member that is set.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = filter_members(&[
    ("CORS", "cors"),
    ("ExtensionRef", "extensionRef"),
    ("ExternalAuth", "externalAuth"),
    ("RequestHeaderModifier", "requestHeaderModifier"),
    ("RequestMirror", "requestMirror"),
    ("RequestRedirect", "requestRedirect"),
    ("ResponseHeaderModifier", "responseHeaderModifier"),
    ("URLRewrite", "urlRewrite"),
])))]
#[non_exhaustive]
pub struct HttpFilter {
    /// Which filter it is.
    #[serde(rename = "type")]
    pub kind: FilterType,
    /// Changes of the request's headers.
    pub request_header_modifier: Option<HeaderFilter>,
    /// Changes of the answer's headers.
    pub response_header_modifier: Option<HeaderFilter>,
    /// Another service gets a copy of requests.
    pub request_mirror: Option<RequestMirror>,
    /// The client is sent elsewhere.
    pub request_redirect: Option<RequestRedirect>,
    /// Another host or path upstream.
    pub url_rewrite: Option<UrlRewrite>,
    /// Which pages of other origins may call.
    pub cors: Option<CorsSpec>,
    /// A filter of an implementation; none is known here, and the rule is refused.
    pub extension_ref: Option<ExtensionRef>,
    /// Authorization by another service; not known here, and the rule is refused.
    pub external_auth: Option<Tree>,
}

/// The kinds of filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's types")]
#[expect(missing_docs, reason = "each is the member of its name")]
pub enum FilterType {
    RequestHeaderModifier,
    ResponseHeaderModifier,
    RequestMirror,
    RequestRedirect,
    #[serde(rename = "URLRewrite")]
    UrlRewrite,
    #[serde(rename = "CORS")]
    Cors,
    ExtensionRef,
    ExternalAuth,
}

/// Changes of headers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct HeaderFilter {
    /// Replace all of their name.
    #[serde(default)]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub set: Vec<NameValue>,
    /// Are appended.
    #[serde(default)]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub add: Vec<NameValue>,
    /// Are taken away.
    #[serde(default)]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "set"))]
    pub remove: Vec<String>,
}

/// A header.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct NameValue {
    /// Its name.
    #[schemars(with = "text::HeaderName")]
    pub name: String,
    /// Its value.
    #[schemars(with = "text::HeaderValue", extend("x-secret" = true))]
    pub value: String,
}

/// A copy of requests.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [rule(
    "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter",
    not(given(&["percent", "fraction"])),
)]))]
#[non_exhaustive]
pub struct RequestMirror {
    /// Who gets it.
    pub backend_ref: BackendRef,
    /// Of how many requests in a hundred.
    #[schemars(range(max = 100))]
    pub percent: Option<u32>,
    /// Of which share of requests.
    pub fraction: Option<MirrorFraction>,
}

/// A share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct MirrorFraction {
    /// So many
    pub numerator: u32,
    /// of so many.
    #[serde(default = "hundred")]
    #[schemars(range(min = 1))]
    pub denominator: u32,
}

const fn hundred() -> u32 {
    100
}

/// The client is sent elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RequestRedirect {
    /// `http` or `https`.
    #[schemars(extend("enum" = ["http", "https", null]))]
    pub scheme: Option<String>,
    /// The host.
    #[schemars(with = "Option<text::PreciseHostname>")]
    pub hostname: Option<String>,
    /// The path.
    pub path: Option<PathModifier>,
    /// The port.
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
    /// 301, 302, 303, 307 or 308.
    #[schemars(extend("enum" = [301, 302, 303, 307, 308, null], "default" = 302))]
    pub status_code: Option<u16>,
}

/// What becomes of a path.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [
    rule(
        "replaceFullPath must be specified when type is set to 'ReplaceFullPath'",
        when(is("type", &["ReplaceFullPath"]), given(&["replaceFullPath"])),
    ),
    rule(
        "replacePrefixMatch must be specified when type is set to 'ReplacePrefixMatch'",
        when(is("type", &["ReplacePrefixMatch"]), given(&["replacePrefixMatch"])),
    ),
    rule_at(
        "replaceFullPath",
        "type must be 'ReplaceFullPath' when replaceFullPath is set",
        when(given(&["replaceFullPath"]), is("type", &["ReplaceFullPath"])),
    ),
    rule_at(
        "replacePrefixMatch",
        "type must be 'ReplacePrefixMatch' when replacePrefixMatch is set",
        when(given(&["replacePrefixMatch"]), is("type", &["ReplacePrefixMatch"])),
    ),
]))]
#[non_exhaustive]
pub struct PathModifier {
    /// Which member is set.
    #[serde(rename = "type")]
    pub kind: PathModifierType,
    /// This path instead.
    #[schemars(with = "Option<text::Path>")]
    pub replace_full_path: Option<String>,
    /// This in the place of the matched prefix.
    #[schemars(with = "Option<text::Path>")]
    pub replace_prefix_match: Option<String>,
}

/// The kinds of changes of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two types")]
#[expect(missing_docs, reason = "each is the member of its name")]
pub enum PathModifierType {
    ReplaceFullPath,
    ReplacePrefixMatch,
}

/// Another host or path upstream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct UrlRewrite {
    /// The host.
    #[schemars(with = "Option<text::PreciseHostname>")]
    pub hostname: Option<String>,
    /// The path.
    pub path: Option<PathModifier>,
}

/// Which pages of other origins may call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct CorsSpec {
    /// Origins; `*` for all, `https://*.example.com` for those below.
    #[serde(default)]
    #[schemars(length(max = 64), with = "Vec<text::Origin>", extend("x-kubernetes-list-type" = "set"))]
    pub allow_origins: Vec<String>,
    /// Whether credentials may be sent.
    #[serde(default)]
    pub allow_credentials: bool,
    /// Methods; `*` for all.
    #[serde(default)]
    #[schemars(length(max = 9), with = "Vec<text::CorsMethod>", extend("x-kubernetes-list-type" = "set"))]
    pub allow_methods: Vec<String>,
    /// Headers of requests; `*` for all.
    #[serde(default)]
    #[schemars(length(max = 64), with = "Vec<text::HeaderName>", extend("x-kubernetes-list-type" = "set"))]
    pub allow_headers: Vec<String>,
    /// Headers of answers; `*` for all.
    #[serde(default)]
    #[schemars(length(max = 64), with = "Vec<text::HeaderName>", extend("x-kubernetes-list-type" = "set"))]
    pub expose_headers: Vec<String>,
    /// How long a preflight may be kept, in seconds.
    #[serde(default = "five")]
    #[schemars(range(min = 1))]
    pub max_age: u32,
}

const fn five() -> u32 {
    5
}

/// What answers, with its weight.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [service_port()]))]
#[non_exhaustive]
pub struct HttpBackendRef {
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
    #[serde(default = "one")]
    #[schemars(range(max = 1_000_000))]
    pub weight: u32,
    /// What is changed for this backend alone.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub filters: Vec<HttpFilter>,
}

impl HttpBackendRef {
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

pub(super) const fn one() -> u32 {
    1
}

/// How long an answer may take; `0s` for as long as it likes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Timeouts {
    /// From the request to the end of its answer.
    #[schemars(with = "Option<text::Duration>")]
    pub request: Option<String>,
    /// One attempt at a backend.
    #[schemars(with = "Option<text::Duration>")]
    pub backend_request: Option<String>,
}
