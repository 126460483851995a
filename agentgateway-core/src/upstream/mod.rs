//! How requests leave: HTTP clients, and the one type that stands for any of them.
//!
//! # Behaviour
//!
//! An upstream is any `tower_service::Service<Request<Body>, Response = Response<Body>,
//! Error = Error>` whose requests name their target in an absolute URI. [`Client`] is one, over
//! hyper: HTTP/1.1, HTTP/2 by prior knowledge, and with the `tls` feature HTTPS (HTTP/1.1 or HTTP/2,
//! as the server chooses). An application that has a client of its own hands it over as an
//! [`Upstream`], which erases its type. [`Endpoint`] directs a request to a place.
//!
//! [`Client`] removes the fields that belong to the client's connection
//! ([`strip_hop_headers`]), writes `Host` from the URI, follows no redirect, and forwards all else
//! as it is, trailers included. Bodies are streamed in both directions.
//!
//! # Errors
//!
//! All errors are [`Error`](crate::Error), before the head and in the body:
//!
//! | what happened | kind |
//! |---|---|
//! | no connection: refused, no such host, TLS failed | `Unavailable` |
//! | no connection within the connect deadline | `Timeout` |
//! | the connection broke before or in the answer | `Unavailable` |
//! | the answer is not HTTP | `BadAnswer` |
//! | the request's `Content-Length` fields do not agree | `InvalidRequest` |
//! | the request's own body failed | what that body's error says |
//!
//! Their words name scheme, host and port, and neither path, query nor credential.
//!
//! # Cancel safety
//!
//! Dropping the response future or the response body ends the exchange upstream: an HTTP/1.1
//! connection is closed, an HTTP/2 stream is reset. A body read to its end gives the connection back.
//!
//! [`Endpoint`] and [`strip_hop_headers`] need no feature; the client needs `upstream`.
//!
//! # Example
//!
//! ```no_run
//! # #[cfg(feature = "upstream")]
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use agentgateway_core::{Body, upstream::{Client, Endpoint}};
//! use tower::ServiceExt;
//!
//! let endpoint: Endpoint = "127.0.0.1:3001".parse()?;
//! let (mut parts, body) = http::Request::get("/health").body(Body::empty())?.into_parts();
//! endpoint.apply(&mut parts)?;
//! let response = Client::new().oneshot(http::Request::from_parts(parts, body)).await?;
//! # Ok(())
//! # }
//! ```

mod attempt;
#[cfg(feature = "upstream")]
mod body;
#[cfg(feature = "upstream")]
mod builder;
#[cfg(feature = "upstream")]
mod client;
#[cfg(feature = "upstream")]
mod connect;
mod endpoint;
#[cfg(feature = "upstream")]
mod erased;
#[cfg(feature = "upstream")]
mod failure;
#[cfg(feature = "upstream")]
mod future;
mod hop;
#[cfg(feature = "upstream")]
mod http1;
#[cfg(feature = "upstream")]
mod http2;
#[cfg(feature = "upstream")]
mod idempotent;
#[cfg(feature = "legacy")]
mod legacy;
#[cfg(feature = "upstream")]
mod pool;
#[cfg(feature = "upstream")]
mod resolve;
#[cfg(feature = "upstream")]
mod spawn;
#[cfg(test)]
#[cfg(all(feature = "server", feature = "upstream"))]
mod tests;

#[cfg(feature = "legacy")]
#[cfg_attr(docsrs, doc(cfg(feature = "legacy")))]
pub use self::legacy::LegacyClient;
pub use self::{
    attempt::AttemptFuture,
    endpoint::{Endpoint, InvalidEndpoint},
    hop::strip_hop_headers,
};
#[cfg(feature = "upstream")]
#[cfg_attr(docsrs, doc(cfg(feature = "upstream")))]
pub use self::{
    builder::ClientBuilder,
    client::Client,
    erased::Upstream,
    future::ResponseFuture,
    idempotent::Idempotent,
    resolve::{Addresses, CachedResolver, Resolve, Resolving, SystemResolver},
};
