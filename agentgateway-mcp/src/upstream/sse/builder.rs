use std::time::Duration;

use agentgateway_core::{Body, BoxError, Peeked};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::server::SseServer;
use crate::upstream::{McpEndpoint, McpServer, pipe::PoolLimits};

/// How a server is spoken to; see [`SseServer::builder`].
#[derive(Clone, Debug)]
pub struct SseBuilder {
    pub(super) endpoint: McpEndpoint,
    pub(super) headers: HeaderMap,
    pub(super) limits: PoolLimits,
    pub(super) open_timeout: Duration,
    pub(super) post_timeout: Duration,
}

impl SseBuilder {
    pub(super) fn new(endpoint: McpEndpoint) -> Self {
        Self {
            endpoint,
            headers: HeaderMap::new(),
            limits: PoolLimits::default(),
            open_timeout: Duration::from_secs(10),
            post_timeout: Duration::from_secs(30),
        }
    }

    /// Sets a header of all requests to the server, such as its credential. Default: none.
    ///
    /// No header of a client's goes to the server. The value is not shown by `Debug`.
    #[must_use]
    pub fn header(mut self, name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.headers.insert(name, value);
        self
    }

    /// How many streams are open. Default: 32.
    ///
    /// At the limit the one that was idle longest makes room; where none is idle, a request that needs one
    /// more fails as `Overloaded`.
    #[must_use]
    pub const fn max_streams(mut self, count: usize) -> Self {
        self.limits.max_pipes = count;
        self
    }

    /// How many requests run on one stream, those included that were left by their clients. Default: 64.
    /// One more fails as `Overloaded`.
    #[must_use]
    pub const fn max_running(mut self, count: usize) -> Self {
        self.limits.pipe.max_running = count;
        self
    }

    /// The longest event, in bytes. Default: 16 MiB. A longer one ends the stream.
    #[must_use]
    pub const fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.limits.pipe.max_message_bytes = bytes;
        self
    }

    /// How long a stream is kept that nobody uses. Default: 5 min.
    #[must_use]
    pub const fn idle_timeout(mut self, time: Duration) -> Self {
        self.limits.pipe.idle_timeout = time;
        self
    }

    /// How long it may take until a stream has said its endpoint. Default: 10 s. Then what waits for it
    /// fails.
    #[must_use]
    pub const fn open_timeout(mut self, time: Duration) -> Self {
        self.open_timeout = time;
        self
    }

    /// How long the server may take to accept a message. Default: 30 s. Then its request fails.
    #[must_use]
    pub const fn post_timeout(mut self, time: Duration) -> Self {
        self.post_timeout = time;
        self
    }

    /// How long a caller waits whose stream has ended by itself, before another one is opened for it.
    /// Default: 250 ms, doubled with each such end in a row, up to 60 s.
    ///
    /// Until then its requests fail as `Unavailable`, with `Retry-After`. A stream that has lived for `most`
    /// was well, and its end is the first of a row.
    #[must_use]
    pub const fn backoff(mut self, first: Duration, most: Duration) -> Self {
        self.limits.backoff = first;
        self.limits.max_backoff = most;
        self
    }

    /// The server, called by this client: any HTTP client, with the layers that it is to have. Nothing is
    /// opened yet.
    ///
    /// The extensions of the request that begins a session are those of all its requests to the server.
    pub fn build<S, B>(self, client: S) -> SseServer
    where
        S: Service<Request<Peeked<Body>>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        SseServer::new(self, McpServer::new(client))
    }
}
