//! What a rule changes in a request or its answer.

use http::{HeaderName, HeaderValue, Method, StatusCode};

/// Changes of header fields, made in this order: set, add, remove.
///
/// # Source
/// Gateway API v1, `HTTPHeaderFilter`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeaderEdit {
    /// Fields that replace all of their name.
    pub set: Vec<(HeaderName, HeaderValue)>,
    /// Fields that are appended.
    pub add: Vec<(HeaderName, HeaderValue)>,
    /// Fields that are taken away.
    pub remove: Vec<HeaderName>,
}

/// What becomes of a path.
///
/// # Source
/// Gateway API v1, `HTTPPathModifier`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two types")]
pub enum PathEdit {
    /// This path instead.
    Full(String),
    /// This in the place of the matched prefix.
    Prefix(String),
}

/// The client is sent elsewhere.
///
/// # Source
/// Gateway API v1, `HTTPRequestRedirectFilter`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redirect {
    /// `http` or `https`; `None` keeps the request's.
    pub scheme: Option<RedirectScheme>,
    /// The host; `None` keeps the request's.
    pub hostname: Option<String>,
    /// The path; `None` keeps the request's.
    pub path: Option<PathEdit>,
    /// The port; `None` means the scheme's own where a scheme is given, else the listener's.
    pub port: Option<u16>,
    /// The status. Default: 302.
    pub status: StatusCode,
}

impl Default for Redirect {
    fn default() -> Self {
        Self {
            scheme: None,
            hostname: None,
            path: None,
            port: None,
            status: StatusCode::FOUND,
        }
    }
}

/// The scheme that a redirect leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two schemes")]
pub enum RedirectScheme {
    /// In clear text.
    Http,
    /// Within TLS.
    Https,
}

/// Another host or path upstream.
///
/// # Source
/// Gateway API v1, `HTTPURLRewriteFilter`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rewrite {
    /// The `Host` upstream; `None` keeps the request's.
    pub hostname: Option<String>,
    /// The path upstream; `None` keeps the request's.
    pub path: Option<PathEdit>,
}

/// Which pages of other origins may call.
///
/// # Source
/// Gateway API v1, `HTTPCORSFilter`; WHATWG Fetch, "CORS protocol".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cors {
    /// Origins: `*`, `https://example.com`, or with `*` as the leftmost label of the host.
    pub allow_origins: Vec<String>,
    /// Whether credentials may be sent.
    pub allow_credentials: bool,
    /// Methods; empty allows the simple ones alone. `None` in it stands for `*`.
    pub allow_methods: Vec<Option<Method>>,
    /// Header names; `None` in it stands for `*`.
    pub allow_headers: Vec<Option<HeaderName>>,
    /// Headers of the answer that a page may read; `None` in it stands for `*`.
    pub expose_headers: Vec<Option<HeaderName>>,
    /// How long a preflight may be kept, in seconds. Default: 5.
    pub max_age_seconds: u32,
}

impl Default for Cors {
    fn default() -> Self {
        Self {
            allow_origins: Vec::new(),
            allow_credentials: false,
            allow_methods: Vec::new(),
            allow_headers: Vec::new(),
            expose_headers: Vec::new(),
            max_age_seconds: 5,
        }
    }
}

/// A share of all requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a fraction")]
pub struct Fraction {
    /// So many
    pub numerator: u32,
    /// of so many; never 0.
    pub denominator: u32,
}
