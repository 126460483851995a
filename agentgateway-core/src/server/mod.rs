//! How requests arrive: a socket, its connections, their clocks, and the drain.
//!
//! # Behaviour
//!
//! [`serve`] takes connections from a [`Listener`], speaks HTTP/1.1 and HTTP/2 (by prior knowledge)
//! on the same port, and gives each request to a clone of a tower service as a
//! `Request<RequestBody>`. It starts no runtime: it is a future that the application awaits or
//! spawns, and each connection is a task that ends with it.
//!
//! [`Drain`] ends serving: gracefully, or at once. With a [child](Drain::child) for each listener
//! they come and go while others serve, and a [`ListenerHandle`] changes the clocks and caps of the
//! connections to come. With the feature `tls`, `Listener::with_tls` makes a listener speak TLS: `Tls`
//! holds certificates by name, asks clients for theirs where it is told to, agrees on what its
//! `Handshakes` say, and replaces all three while it serves.
//!
//! # Clocks
//!
//! Each has its own setter in [`Config`], and each runs only while what it measures is waited for.
//!
//! | clock | default | runs | at the limit |
//! |---|---|---|---|
//! | [`handshake_timeout`](Config::handshake_timeout) | 10 s | from the accept to the end of TLS's handshake, or of a PROXY header | closed |
//! | [`header_timeout`](Config::header_timeout) | 10 s | from the accept, later from the first byte of a head | closed |
//! | [`idle_timeout`](Config::idle_timeout) | 60 s | without a request in flight | closed; HTTP/2 by `GOAWAY` |
//! | [`body_timeout`](Config::body_timeout), [`min_body_rate`](Config::min_body_rate) | 30 s, 240 bytes/s | while the service waits for a body | 408, then closed |
//! | [`write_timeout`](Config::write_timeout) | 60 s | while bytes wait and the client takes none | reset; of HTTP/2 one stream or all |
//! | [`max_connection_age`](Config::max_connection_age) | never | from the first byte of the connection | closed behind what is in flight |
//! | [`ping_interval`](Config::ping_interval), [`ping_timeout`](Config::ping_timeout) | never, 20 s | while an HTTP/2 client is silent | closed |
//!
//! # Caps
//!
//! | cap | default | above it |
//! |---|---|---|
//! | [`max_connections`](Config::max_connections) | 10,000 | waits in the system's queue |
//! | [`max_header_bytes`](Config::max_header_bytes), HTTP/1 | 64 KiB | 431, closed |
//! | [`max_header_list_bytes`](Config::max_header_list_bytes), HTTP/2 | 16 KiB | 431 |
//! | [`max_headers`](Config::max_headers) | 100 | 431 |
//! | [`max_target_bytes`](Config::max_target_bytes) | 8 KiB | 414 |
//! | [`max_streams`](Config::max_streams) | 100 | the stream is refused |
//! | [`max_frame_bytes`](Config::max_frame_bytes), HTTP/2 | 16 KiB | the connection ends |
//! | [`stream_window_bytes`](Config::stream_window_bytes) | 64 KiB | the client waits |
//! | [`connection_window_bytes`](Config::connection_window_bytes) | 1 MiB | the client waits |
//!
//! What waits for a client that does not read is bounded, too: HTTP/1 takes up to 64 KiB (as much as
//! a head may have) and one frame of the service's body; an HTTP/2 stream up to 80 KiB, in pieces of
//! 16 KiB, and one frame. One piece of a stream that has ended otherwise may wait as long as its
//! connection. On Linux the system takes at most 128 KiB beyond what it can send.
//!
//! HTTP/2's counters of resets are those of the crate `h2`: 20 streams that were reset before the
//! service was asked, 1,024 resets that a client has provoked; then the connection ends. A connection
//! of HTTP/1 holds hyper's buffer of 8 KiB, which cannot be set lower.
//!
//! # Heads that are refused
//!
//! Before the service is asked, with words that name the rule, and with `connection: close`: a length
//! and a transfer coding in one head; either in a line of 48 bytes or more; a coding other than
//! `chunked`; a bare LF or a folded line; a host that is missing, repeated, malformed or not that of
//! the target; user information or a broken `%` in the target; `CONNECT` and an upgrade to another
//! protocol (501). An offer of `h2c` is ignored. What hyper refuses by itself it answers without
//! words. Bare LF is looked for in heads of HTTP/1 wherever they begin, pipelined or not.
//!
//! # Bodies that nobody reads
//!
//! A service may answer without reading the body. What is left of it is read and thrown away, up to
//! 256 KiB and 5 s behind the answer, and the connection serves on. Behind a longer one, and where
//! the client waits for leave to send (`expect: 100-continue`), the answer says `connection: close`.
//! Then, and behind every refusal, the connection is shut for writing and read for 2 s or 32 MiB at
//! most, so that no reset overtakes the answer.
//!
//! # Behind a load balancer
//!
//! One that forwards connections rather than requests may begin each with the address of its client, in a
//! header of the PROXY protocol. With [`proxy_protocol`](Config::proxy_protocol) such a header is required
//! of all connections, or read of those that have one, from trusted networks alone. What is malformed
//! (over 107 bytes of version 1, over 4 KiB of version 2, lengths that do not fit) ends the connection and
//! is [counted](ProxyProtocol::refused).
//!
//! # Who may connect
//!
//! [`admission`](Config::admission) takes connections by the address of their client, before TLS; others
//! are closed and [counted](Admission::refused).
//!
//! # Reads / Writes
//!
//! Writes [`ClientAddr`](crate::context::ClientAddr) into each request's extensions, behind a load balancer
//! that has named its client the [`PeerAddr`](crate::context::PeerAddr) too, and within TLS
//! the [`ServerName`](crate::context::ServerName) that the client asked for, and the
//! [`ClientCertificate`](crate::context::ClientCertificate) that it has shown where it was asked for
//! one (`ClientAuth`).
//!
//! # Errors
//!
//! A service that fails is answered for in plain text, with the status of its
//! [`Error`](crate::Error); a protocol layer answers better, and never fails. A response body that
//! fails ends the connection (HTTP/1.1) or resets the stream (HTTP/2), so that no client takes a cut
//! answer for a whole one.
//!
//! # Example
//!
//! ```no_run
//! use agentgateway_core::{Body, server::{Config, Drain, Listener, RequestBody, serve}};
//! use http::{Request, Response};
//!
//! async fn hello(_: Request<RequestBody>) -> Result<Response<Body>, std::convert::Infallible> {
//!     Ok(Response::new(Body::from(bytes::Bytes::from_static(b"hello"))))
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let drain = Drain::new();
//! let listener = Listener::bind("127.0.0.1:8080".parse()?).await?;
//! tokio::spawn(serve(listener, tower::service_fn(hello), Config::new(), drain.clone()));
//! // At the first signal: `drain.begin()`. At the second: `drain.abort()`.
//! # Ok(())
//! # }
//! ```

mod accept;
mod activity;
mod admission;
mod ahead;
mod bind_error;
mod body;
mod clock;
mod config;
mod connection;
mod drain;
mod drive;
mod framing;
mod future;
mod handle;
mod head;
mod host;
mod io;
mod line;
mod listener;
mod peer;
mod preface;
mod proxy;
mod refusal;
mod serve;
mod service;
mod socket;
mod stream;
#[cfg(test)]
#[cfg(feature = "upstream")]
mod tests;
#[cfg(feature = "tls")]
mod tls;
mod unread;

#[cfg(feature = "tls")]
#[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
pub use self::tls::{ClientAuth, Handshakes, Identity, Tls, TlsError, TlsVersion};
pub use self::{
    admission::Admission,
    bind_error::BindError,
    body::RequestBody,
    config::Config,
    drain::Drain,
    handle::ListenerHandle,
    listener::Listener,
    proxy::{ProxyProtocol, ProxyVersion},
    serve::{Drained, LAST_WORDS, serve},
};
