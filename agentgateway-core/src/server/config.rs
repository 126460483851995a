use std::time::Duration;

/// Limits and clocks of a listener.
#[derive(Clone, Debug)]
#[must_use = "a configuration does nothing until it is served with"]
pub struct Config {
    pub(super) header_timeout: Duration,
    pub(super) idle_timeout: Duration,
    pub(super) max_connections: usize,
    pub(super) max_streams: u32,
    pub(super) max_header_bytes: u32,
    pub(super) drain_delay: Duration,
    pub(super) drain_deadline: Duration,
}

impl Config {
    /// The defaults.
    pub const fn new() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            max_connections: 10_000,
            max_streams: 100,
            max_header_bytes: 64 * 1024,
            drain_delay: Duration::from_secs(5),
            drain_deadline: Duration::from_secs(300),
        }
    }

    /// How long the head of a request may take. Default: 10 s.
    ///
    /// For the first request it runs from the accept, for later ones of HTTP/1.1 from their first
    /// byte. At the limit the connection is closed without an answer.
    pub const fn header_timeout(mut self, limit: Duration) -> Self {
        self.header_timeout = limit;
        self
    }

    /// How long a connection may lie without a request in flight. Default: 60 s.
    ///
    /// At the limit it is closed; an HTTP/2 client is told first (`GOAWAY`). An HTTP/2 connection may
    /// lie up to twice as long.
    pub const fn idle_timeout(mut self, limit: Duration) -> Self {
        self.idle_timeout = limit;
        self
    }

    /// How many connections are served at once. Default: 10,000.
    ///
    /// Those above wait in the system's queue until another ends. At least one is served.
    pub const fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// How many requests one HTTP/2 connection may have in flight. Default: 100.
    ///
    /// A stream above is refused, and the client may retry it.
    pub const fn max_streams(mut self, streams: u32) -> Self {
        self.max_streams = streams;
        self
    }

    /// The largest head of a request, in bytes, all fields together. Default: 64 KiB.
    ///
    /// At least 8 KiB. A larger one is answered with 431.
    pub const fn max_header_bytes(mut self, bytes: u32) -> Self {
        self.max_header_bytes = bytes;
        self
    }

    /// How long a drain still takes new connections. Default: 5 s.
    ///
    /// Load balancers need this time to notice. Zero when nothing stands before the listener.
    pub const fn drain_delay(mut self, delay: Duration) -> Self {
        self.drain_delay = delay;
        self
    }

    /// How long requests in flight may take to end after the delay. Default: 300 s.
    ///
    /// At the limit their connections are cut.
    pub const fn drain_deadline(mut self, limit: Duration) -> Self {
        self.drain_deadline = limit;
        self
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}
