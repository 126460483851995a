//! What routes of the experimental channel say of retries and sessions, which is not served.

use schemars::JsonSchema;
use serde::Deserialize;

use super::text;

/// When a request is sent again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RouteRetry {
    /// After answers of which status.
    #[serde(default)]
    #[schemars(inner(range(min = 400, max = 599)))]
    pub codes: Vec<u16>,
    /// How often.
    pub attempts: Option<u32>,
    /// How long it waits before.
    #[schemars(with = "Option<text::Duration>")]
    pub backoff: Option<String>,
}

/// Keeping a client with its backend.
///
/// # Source
/// Gateway API, GEP-1619.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct SessionPersistence {
    /// The name of the cookie or header.
    #[schemars(length(max = 128))]
    pub session_name: Option<String>,
    /// How long it lasts.
    #[schemars(with = "Option<text::Duration>")]
    pub absolute_timeout: Option<String>,
    /// How long it lasts without a request.
    #[schemars(with = "Option<text::Duration>")]
    pub idle_timeout: Option<String>,
    /// A cookie or a header.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["Cookie", "Header", null], "default" = "Cookie"))]
    pub kind: Option<String>,
    /// The cookie.
    pub cookie_config: Option<CookieConfig>,
}

/// The cookie of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct CookieConfig {
    /// Whether it outlasts the client.
    #[schemars(extend("enum" = ["Permanent", "Session", null], "default" = "Session"))]
    pub lifetime_type: Option<String>,
}
