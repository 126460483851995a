//! Policies on the way of requests.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    ApiKeyAuthentication, Authorization, BasicAuthentication, Budget, Buffer, Concurrency, Csrf,
    Delay, DirectResponse, ExtAuth, ExtProc, JwtAuthentication, RateLimit, Retry, TrafficPhase,
    Transformation,
};
use crate::config::resource::rule::{any_given, at_least_one, is, not, rule_at, when};
use crate::config::resource::{CorsSpec, HeaderFilter, text};

/// Policies on the way of requests.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [rule_at(
    "phase",
    "phase PreRouting only supports extAuth, authorization, transformation, extProc, jwtAuthentication, basicAuthentication, apiKeyAuthentication and cors",
    when(
        is("phase", &["PreRouting"]),
        not(any_given(&[
            "budgets", "buffer", "concurrency", "csrf", "delay", "directResponse",
            "headerModifiers", "hostRewrite", "rateLimit", "retry", "timeouts",
        ])),
    ),
)]))]
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
    pub phase: Option<TrafficPhase>,
    /// Changes by expressions.
    pub transformation: Option<Transformation>,
    /// Another process that looks at requests.
    #[schemars(extend("x-not-implemented" = true, "x-guards-access" = true))]
    pub ext_proc: Option<ExtProc>,
    /// Authorization by another service.
    pub ext_auth: Option<ExtAuth>,
    /// How many at once.
    #[schemars(length(min = 1, max = 16), extend("x-extension" = true))]
    pub concurrency: Option<Vec<Concurrency>>,
    /// Limits of rates.
    pub rate_limit: Option<RateLimit>,
    /// How much may be spent.
    #[schemars(length(min = 1, max = 16), extend("x-extension" = true))]
    pub budgets: Option<Vec<Budget>>,
    /// Forgery across sites.
    pub csrf: Option<Csrf>,
    /// When a request is sent again.
    pub retry: Option<Retry>,
    /// Who may do what.
    pub authorization: Option<Authorization>,
    /// Who calls, by JWT.
    pub jwt_authentication: Option<JwtAuthentication>,
    /// Who calls, by password.
    pub basic_authentication: Option<BasicAuthentication>,
    /// Who calls, by key.
    pub api_key_authentication: Option<ApiKeyAuthentication>,
    /// An answer without a backend.
    pub direct_response: Option<DirectResponse>,
    /// Bodies that are read whole before they go on. Event streams and gRPC pass as they come.
    pub buffer: Option<Buffer>,
    /// Slower answers.
    pub delay: Option<Delay>,
}

impl TrafficPolicies {
    /// Whether they decide before a route is chosen.
    #[must_use]
    pub fn is_before_routing(&self) -> bool {
        self.phase == Some(TrafficPhase::PreRouting)
    }
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
