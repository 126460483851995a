use std::time::Duration;

use hyper::client::conn::http2;
use hyper_util::rt::TokioTimer;

use super::tasks::Tasks;

const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
const STREAM_WINDOW: u32 = 128 * 1024;
const MAX_STREAMS: u32 = 100;

/// What a window may be: RFC 9113, section 6.9.1.
const MAX_WINDOW: u32 = (1 << 31) - 1;

/// How much of a request's body waits in one stream for the connection, in bytes.
const SEND_BUFFER: usize = 64 * 1024;

/// The largest head of an answer, in bytes as HPACK counts them.
const HEADER_LIST: u32 = 64 * 1024;

/// What HTTP/2 connections are made with.
#[derive(Clone, Debug)]
pub(in crate::upstream) struct Http2Settings {
    /// How long the service may be silent while a stream is open before it is asked for a sign of
    /// life; none for never.
    pub(in crate::upstream) ping_interval: Option<Duration>,
    /// How long it has for that sign.
    pub(in crate::upstream) ping_timeout: Duration,
    /// How much of one answer may wait unread, in bytes.
    pub(in crate::upstream) stream_window: u32,
    /// How many streams a connection carries, if the service allows that many.
    pub(in crate::upstream) max_streams: u32,
    /// How long a connection without a stream is kept.
    pub(in crate::upstream) idle_timeout: Duration,
}

impl Http2Settings {
    pub(in crate::upstream) const fn new() -> Self {
        Self {
            ping_interval: Some(PING_INTERVAL),
            ping_timeout: PING_TIMEOUT,
            stream_window: STREAM_WINDOW,
            max_streams: MAX_STREAMS,
            idle_timeout: IDLE_TIMEOUT,
        }
    }

    pub(super) fn connection(&self, tasks: Tasks) -> http2::Builder<Tasks> {
        let stream = self.stream_window.clamp(1, MAX_WINDOW);
        // Room for all streams at once: those that nobody reads must not stop the others.
        let connection = stream.saturating_mul(self.max_streams).min(MAX_WINDOW);
        let mut builder = http2::Builder::new(tasks);
        builder
            .timer(TokioTimer::new())
            .initial_stream_window_size(stream)
            .initial_connection_window_size(connection)
            .max_send_buf_size(SEND_BUFFER)
            .max_header_list_size(HEADER_LIST)
            .keep_alive_interval(self.ping_interval)
            .keep_alive_timeout(self.ping_timeout)
            // A service may take pings without a stream for an attack, as gRPC's servers do.
            .keep_alive_while_idle(false);
        builder
    }
}

impl Default for Http2Settings {
    fn default() -> Self {
        Self::new()
    }
}
