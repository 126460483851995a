use std::sync::Arc;

use agentgateway_core::{Error, upstream::retain_headers};
use http::{HeaderMap, HeaderName, HeaderValue, header, request};
use tower_layer::Layer;

use super::{McpEndpoint, McpUpstream};
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
    endpoint: McpEndpoint,
    allowed: Arc<[HeaderName]>,
    credential: Option<(HeaderName, HeaderValue)>,
    pub(super) carries_trace: bool,
}

impl McpUpstreamLayer {
    /// Sends requests to this endpoint.
    #[must_use]
    pub fn new(endpoint: McpEndpoint) -> Self {
        Self {
            target: Target {
                endpoint,
                allowed: Arc::from(ALLOWED),
                credential: None,
                carries_trace: true,
            },
        }
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

    /// Lets one more header of the client go on to the server. Default: none but those of the
    /// [list](super). `authorization` has an option of
    /// [its own](Self::dangerous_forward_authorization), and stays behind here.
    #[must_use]
    pub fn forward_header(self, name: HeaderName) -> Self {
        if name == header::AUTHORIZATION {
            return self;
        }
        self.allow(name)
    }

    /// Lets the client's `authorization` go on to the server. Default: false.
    ///
    /// MCP forbids it where the gateway is what the token was issued for: the server could use it in the
    /// client's name, and would trust a token that was never meant for it. It is right only where the
    /// gateway is transparent: it takes no tokens itself, and the client got its own from the server.
    #[must_use]
    pub fn dangerous_forward_authorization(self, forward: bool) -> Self {
        if forward {
            return self.allow(header::AUTHORIZATION);
        }
        let mut stays = self;
        let allowed = stays.target.allowed.iter();
        stays.target.allowed = allowed
            .filter(|name| **name != header::AUTHORIZATION)
            .cloned()
            .collect();
        stays
    }

    fn allow(mut self, name: HeaderName) -> Self {
        let more = self.target.allowed.iter().cloned().chain([name]);
        self.target.allowed = more.collect();
        self
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
        head.uri = self.endpoint.to_uri()?;
        self.filter(&mut head.headers);
        Ok(())
    }

    fn filter(&self, headers: &mut HeaderMap) {
        retain_headers(headers, |name| {
            name.as_str().starts_with(MCP_PREFIX) || self.allowed.contains(name)
        });
        if let Some((name, value)) = &self.credential {
            headers.insert(name.clone(), value.clone());
        }
    }
}
