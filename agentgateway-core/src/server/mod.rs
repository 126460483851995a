//! How requests arrive: a socket, its connections, their clocks, and the drain.
//!
//! # Behaviour
//!
//! [`serve`] takes connections from a [`Listener`], speaks HTTP/1.1 and HTTP/2 (by prior knowledge)
//! on the same port, and gives each request to a clone of a tower service as a
//! `Request<RequestBody>`. It starts no runtime: it is a future that the application awaits or
//! spawns, and each connection is a task that ends with it.
//!
//! Connections have clocks and limits ([`Config`]): a head that comes too slowly and a connection
//! that lies idle are closed, and one over the cap waits in the system's queue. [`Drain`] ends
//! serving: gracefully, or at once.
//!
//! # Reads / Writes
//!
//! Writes [`ClientAddr`](crate::context::ClientAddr) into each request's extensions.
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
mod bind_error;
mod body;
mod clock;
mod config;
mod connection;
mod drain;
mod drive;
mod framing;
mod future;
mod head;
mod host;
mod io;
mod line;
mod listener;
mod preface;
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
pub use self::tls::{Tls, TlsError};
pub use self::{
    bind_error::BindError,
    body::RequestBody,
    config::Config,
    drain::Drain,
    listener::Listener,
    serve::{Drained, serve},
};
