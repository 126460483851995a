//! Policies on the way of requests.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::resource::rule::at_least_one;
use crate::config::resource::{CorsSpec, HeaderFilter, Unread, text};

/// Policies on the way of requests.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct TrafficPolicies {
    /// How long an answer may take.
    pub timeouts: Option<TrafficTimeouts>,
    /// Changes of headers.
    pub header_modifiers: Option<HeaderModifiers>,
    /// Which pages of other origins may call.
    pub cors: Option<CorsSpec>,
    /// The `Host` upstream.
    pub host_rewrite: Option<HostRewrite>,
    /// Before or after the choice of the route.
    #[schemars(extend("x-not-implemented" = true))]
    pub phase: Option<Unread>,
    /// Changes by expressions.
    #[schemars(extend("x-not-implemented" = true))]
    pub transformation: Option<Unread>,
    /// Another process that looks at requests.
    #[schemars(extend("x-not-implemented" = true))]
    pub ext_proc: Option<Unread>,
    /// Authorization by another service.
    #[schemars(extend("x-not-implemented" = true))]
    pub ext_auth: Option<Unread>,
    /// Limits of rates.
    #[schemars(extend("x-not-implemented" = true))]
    pub rate_limit: Option<Unread>,
    /// Forgery across sites.
    #[schemars(extend("x-not-implemented" = true))]
    pub csrf: Option<Unread>,
    /// When a request is sent again.
    #[schemars(extend("x-not-implemented" = true))]
    pub retry: Option<Unread>,
    /// Who may do what.
    #[schemars(extend("x-not-implemented" = true))]
    pub authorization: Option<Unread>,
    /// Who calls, by JWT.
    #[schemars(extend("x-not-implemented" = true))]
    pub jwt_authentication: Option<Unread>,
    /// Who calls, by password.
    #[schemars(extend("x-not-implemented" = true))]
    pub basic_authentication: Option<Unread>,
    /// Who calls, by key.
    #[schemars(extend("x-not-implemented" = true))]
    pub api_key_authentication: Option<Unread>,
    /// An answer without a backend.
    #[schemars(extend("x-not-implemented" = true))]
    pub direct_response: Option<Unread>,
    /// Bodies read whole.
    #[schemars(extend("x-not-implemented" = true))]
    pub buffer: Option<Unread>,
    /// Slower answers.
    #[schemars(extend("x-not-implemented" = true))]
    pub delay: Option<Unread>,
}

/// How long an answer may take.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_least_one(&["request"])]))]
#[non_exhaustive]
pub struct TrafficTimeouts {
    /// From the request to the end of its answer.
    #[schemars(with = "Option<text::Duration>")]
    pub request: Option<String>,
}

/// Changes of headers of requests and answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_least_one(&["request", "response"])]))]
#[non_exhaustive]
pub struct HeaderModifiers {
    /// Of requests.
    pub request: Option<HeaderFilter>,
    /// Of answers.
    pub response: Option<HeaderFilter>,
}

/// The `Host` upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct HostRewrite {
    /// `Auto` takes the backend's host, `None` keeps the request's.
    pub mode: HostRewriteMode,
}

/// Whose host goes upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two modes")]
#[expect(missing_docs, reason = "the specification's words")]
pub enum HostRewriteMode {
    Auto,
    None,
}
