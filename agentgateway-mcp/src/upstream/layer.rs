use std::sync::Arc;

use agentgateway_core::{Error, ErrorKind};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header, request, uri};
use tower_layer::Layer;

use super::McpUpstream;
use crate::wire::headers;

/// The headers that go on, beside all that begin with [`MCP_PREFIX`].
const ALLOWED: [HeaderName; 7] = [
    header::ACCEPT,
    header::CONTENT_TYPE,
    header::USER_AGENT,
    headers::LAST_EVENT_ID,
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("baggage"),
];

const MCP_PREFIX: &str = "mcp-";

/// Speaks to one MCP server over an HTTP client.
///
/// See the [module](super) for what goes on and what stays behind.
#[derive(Clone, Debug)]
pub struct McpUpstreamLayer {
    target: Target,
}

/// What is the same for every request; a clone costs two reference counts.
#[derive(Clone, Debug)]
pub(super) struct Target {
    endpoint: Uri,
    allowed: Arc<[HeaderName]>,
    credential: Option<(HeaderName, HeaderValue)>,
    pub(super) carries_trace: bool,
}

impl McpUpstreamLayer {
    /// Sends requests to this endpoint, such as `https://mcp.example.org/mcp`.
    ///
    /// # Errors
    /// [`Internal`](ErrorKind::Internal) when the URI has no scheme or no authority, or when it
    /// holds a user name or password, which [`credential`](Self::credential) is for.
    pub fn new(endpoint: Uri) -> Result<Self, Error> {
        let authority = endpoint
            .authority()
            .filter(|_| endpoint.scheme().is_some())
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Internal,
                    "the endpoint must be a URL such as http://host:port/mcp",
                )
            })?;
        if authority.as_str().contains('@') {
            return Err(Error::new(
                ErrorKind::Internal,
                "the endpoint must not hold a user name or password; set a credential",
            ));
        }
        Ok(Self {
            target: Target {
                endpoint,
                allowed: Arc::from(ALLOWED),
                credential: None,
                carries_trace: true,
            },
        })
    }

    /// Sets this header on every request, in place of the client's. Default: none.
    ///
    /// It is marked as sensitive, so that it is not shown in logs.
    #[must_use]
    pub fn credential(mut self, name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.target.credential = Some((name, value));
        self
    }

    /// Lets a header of the client's go on to the server. Default: the list of the
    /// [module](super).
    #[must_use]
    pub fn allow_header(mut self, name: HeaderName) -> Self {
        let more = self.target.allowed.iter().cloned().chain([name]);
        self.target.allowed = more.collect();
        self
    }

    /// Lets the client's `authorization` go on to the server. Default: false.
    ///
    /// MCP forbids it where the gateway is what the token was issued for. It is right where the
    /// gateway is transparent: the token is the server's, and the client got it as such.
    #[must_use]
    pub fn forward_authorization(self, forward: bool) -> Self {
        if forward {
            return self.allow_header(header::AUTHORIZATION);
        }
        let mut stays = self;
        let allowed = stays.target.allowed.iter();
        stays.target.allowed = allowed
            .filter(|name| **name != header::AUTHORIZATION)
            .cloned()
            .collect();
        stays
    }

    /// Whether `params._meta` carries the attempt's trace context. Default: true.
    ///
    /// When false, not one byte of a body changes.
    #[must_use]
    pub const fn carry_trace(mut self, carry: bool) -> Self {
        self.target.carries_trace = carry;
        self
    }
}

impl<S> Layer<S> for McpUpstreamLayer {
    type Service = McpUpstream<S>;

    fn layer(&self, inner: S) -> McpUpstream<S> {
        McpUpstream::new(inner, self.target.clone())
    }
}

// === impl Target ===

impl Target {
    /// Directs a request to the endpoint and leaves behind what is not for the server.
    pub(super) fn apply(&self, head: &mut request::Parts) -> Result<(), Error> {
        let mut parts = uri::Parts::default();
        parts.scheme = self.endpoint.scheme().cloned();
        parts.authority = self.endpoint.authority().cloned();
        parts.path_and_query = Some(
            self.endpoint
                .path_and_query()
                .cloned()
                .unwrap_or_else(|| uri::PathAndQuery::from_static("/")),
        );
        head.uri = Uri::from_parts(parts).map_err(|error| {
            Error::new(ErrorKind::Internal, "the endpoint is no valid URL").with_source(error)
        })?;
        self.filter(&mut head.headers);
        Ok(())
    }

    fn filter(&self, headers: &mut HeaderMap) {
        let mut kept = HeaderMap::with_capacity(headers.len());
        let mut allowed = None;
        for (name, value) in headers.drain() {
            // A name is given with its first value; the others of that name follow without it.
            if let Some(name) = name {
                let goes = name.as_str().starts_with(MCP_PREFIX) || self.allowed.contains(&name);
                allowed = goes.then_some(name);
            }
            if let Some(name) = &allowed {
                kept.append(name.clone(), value);
            }
        }
        if let Some((name, value)) = &self.credential {
            kept.insert(name.clone(), value.clone());
        }
        *headers = kept;
    }
}
