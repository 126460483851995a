use std::time::Duration;

use super::{Admission, ProxyProtocol};

/// Limits and clocks of a listener.
///
/// The table of them all stands in the [module](crate::server).
#[derive(Clone, Debug)]
#[must_use = "a configuration does nothing until it is served with"]
pub struct Config {
    pub(super) handshake_timeout: Duration,
    pub(super) header_timeout: Duration,
    pub(super) idle_timeout: Duration,
    pub(super) body_timeout: Duration,
    pub(super) min_body_rate: u32,
    pub(super) write_timeout: Duration,
    pub(super) unread_timeout: Duration,
    pub(super) lingering_timeout: Duration,
    pub(super) ping_interval: Option<Duration>,
    pub(super) ping_timeout: Duration,
    pub(super) half_close: bool,
    pub(super) max_connections: usize,
    pub(super) max_header_bytes: u32,
    pub(super) max_headers: usize,
    pub(super) max_target_bytes: usize,
    pub(super) max_streams: u32,
    pub(super) max_header_list_bytes: u32,
    pub(super) stream_window_bytes: u32,
    pub(super) connection_window_bytes: u32,
    pub(super) max_frame_bytes: Option<u32>,
    pub(super) max_connection_age: Option<Duration>,
    pub(super) drain_delay: Duration,
    pub(super) drain_deadline: Duration,
    pub(super) proxy_protocol: Option<ProxyProtocol>,
    pub(super) admission: Option<Admission>,
}

impl Config {
    /// The defaults.
    pub const fn new() -> Self {
        Self {
            handshake_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            body_timeout: Duration::from_secs(30),
            min_body_rate: 240,
            write_timeout: Duration::from_secs(60),
            unread_timeout: Duration::from_secs(5),
            lingering_timeout: Duration::from_secs(2),
            ping_interval: None,
            ping_timeout: Duration::from_secs(20),
            half_close: false,
            max_connections: 10_000,
            max_header_bytes: 64 * 1024,
            max_headers: 100,
            max_target_bytes: 8 * 1024,
            max_streams: 100,
            max_header_list_bytes: 16 * 1024,
            stream_window_bytes: 64 * 1024,
            connection_window_bytes: 1024 * 1024,
            max_frame_bytes: None,
            max_connection_age: None,
            drain_delay: Duration::from_secs(5),
            drain_deadline: Duration::from_secs(300),
            proxy_protocol: None,
            admission: None,
        }
    }

    /// How long the handshake of TLS may take, with the [header](Self::proxy_protocol) before it.
    /// Default: 10 s.
    ///
    /// At the limit the connection is closed. Other connections do not wait for it. Of no meaning
    /// for a listener in the clear that reads no such header.
    pub const fn handshake_timeout(mut self, limit: Duration) -> Self {
        self.handshake_timeout = limit;
        self
    }

    /// How long the head of a request may take. Default: 10 s.
    ///
    /// For the first request it runs from the accept (behind TLS, from the end of the handshake; behind a
    /// header of the PROXY protocol, from its end),
    /// for later ones of HTTP/1 from their first byte, or from the end of the answer before when
    /// that is later. At the limit the connection is closed without an answer.
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

    /// How long a service waits for the bytes of a request's body. Default: 30 s.
    ///
    /// Only the time counts in which the service waits. Within the limit there must come as many
    /// bytes as [`min_body_rate`](Self::min_body_rate) demands, then it begins anew. At the limit the
    /// body fails with [`RequestTimeout`](crate::ErrorKind::RequestTimeout), which is said as 408,
    /// and HTTP/1 closes the connection behind the answer. A client whose upload is a stream with
    /// long pauses (gRPC, in both directions) needs a longer limit and a rate of 0.
    pub const fn body_timeout(mut self, limit: Duration) -> Self {
        self.body_timeout = limit;
        self
    }

    /// How fast a request's body must come, in bytes per second. Default: 240.
    ///
    /// Taken over the whole of [`body_timeout`](Self::body_timeout). With 0, one byte within it is
    /// enough.
    pub const fn min_body_rate(mut self, bytes_per_second: u32) -> Self {
        self.min_body_rate = bytes_per_second;
        self
    }

    /// How long a client may take nothing of what waits for it. Default: 60 s.
    ///
    /// It runs only while bytes wait, and begins anew when the client takes some. At the limit the
    /// connection is reset; where an HTTP/2 client withholds the window of one stream, that stream
    /// is. The system tells of room in steps of some 100 KiB on Linux, and of a third of the socket's
    /// buffer elsewhere: a client that takes less than a step within the limit counts as one that
    /// takes nothing.
    pub const fn write_timeout(mut self, limit: Duration) -> Self {
        self.write_timeout = limit;
        self
    }

    /// After how much silence an HTTP/2 client is asked for a sign of life. Default: never.
    ///
    /// For peers that vanish without a word, behind whom a long stream would otherwise be kept.
    pub const fn ping_interval(mut self, silence: Duration) -> Self {
        self.ping_interval = Some(silence);
        self
    }

    /// How long an HTTP/2 client may leave a ping unanswered. Default: 20 s.
    ///
    /// At the limit the connection is closed. Of no meaning without
    /// [`ping_interval`](Self::ping_interval).
    pub const fn ping_timeout(mut self, limit: Duration) -> Self {
        self.ping_timeout = limit;
        self
    }

    /// Whether an HTTP/1 client may close its side and wait for the answer. Default: no.
    ///
    /// Without it the end of a client's bytes is its leaving: the request is cancelled.
    pub const fn half_close(mut self, allowed: bool) -> Self {
        self.half_close = allowed;
        self
    }

    /// How many connections are served at once. Default: 10,000.
    ///
    /// Those above wait in the system's queue until another ends. At least one is served.
    pub const fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// The largest head of an HTTP/1 request, in bytes, all fields together. Default: 64 KiB.
    ///
    /// A larger one is answered with 431. The trailers of a body have the same limit, and as much of
    /// an answer may wait for a slow client; that is 8 KiB at least.
    pub const fn max_header_bytes(mut self, bytes: u32) -> Self {
        self.max_header_bytes = bytes;
        self
    }

    /// How many fields a head may have. Default: 100.
    ///
    /// More are answered with 431. Another number than 100 costs memory for each HTTP/1 request.
    pub const fn max_headers(mut self, fields: usize) -> Self {
        self.max_headers = fields;
        self
    }

    /// The longest target of a request (path and query), in bytes. Default: 8 KiB.
    ///
    /// A longer one is answered with 414.
    pub const fn max_target_bytes(mut self, bytes: usize) -> Self {
        self.max_target_bytes = bytes;
        self
    }

    /// How many requests one HTTP/2 connection may have in flight. Default: 100.
    ///
    /// A stream above is refused, and the client may retry it.
    pub const fn max_streams(mut self, streams: u32) -> Self {
        self.max_streams = streams;
        self
    }

    /// The largest head of an HTTP/2 request, in bytes, as RFC 9113 counts (6.5.2). Default: 16 KiB.
    ///
    /// A larger one is answered with 431 without a word; a far larger one ends the connection.
    pub const fn max_header_list_bytes(mut self, bytes: u32) -> Self {
        self.max_header_list_bytes = bytes;
        self
    }

    /// How much of one body an HTTP/2 client may send before it is read, in bytes. Default: 64 KiB.
    ///
    /// The bound of what one stream holds of its request. It never grows by itself.
    pub const fn stream_window_bytes(mut self, bytes: u32) -> Self {
        self.stream_window_bytes = bytes;
        self
    }

    /// How much an HTTP/2 client may send over all streams before it is read. Default: 1 MiB.
    ///
    /// At least 64 KiB less one byte, which the protocol begins with.
    pub const fn connection_window_bytes(mut self, bytes: u32) -> Self {
        self.connection_window_bytes = bytes;
        self
    }

    /// The largest frame that an HTTP/2 client may send, in bytes. Default: 16 KiB.
    ///
    /// From 16 KiB to 16 MiB less one byte (RFC 9113, 4.2); what lies outside counts as the nearer
    /// of the two.
    pub const fn max_frame_bytes(mut self, bytes: u32) -> Self {
        self.max_frame_bytes = Some(bytes);
        self
    }

    /// How long a connection may be used. Default: no limit.
    ///
    /// At the limit it ends as in a drain: behind what is in flight, and at once when nothing is.
    pub const fn max_connection_age(mut self, limit: Duration) -> Self {
        self.max_connection_age = Some(limit);
        self
    }

    /// Reads a header of the PROXY protocol before all else. Default: none is read, and one is refused as
    /// what is not HTTP.
    pub fn proxy_protocol(mut self, rules: impl Into<Option<ProxyProtocol>>) -> Self {
        self.proxy_protocol = rules.into();
        self
    }

    /// Takes connections of these clients alone. Default: of all.
    pub fn admission(mut self, rules: impl Into<Option<Admission>>) -> Self {
        self.admission = rules.into();
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
