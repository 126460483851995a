//! How requests leave: HTTP clients, and the one type that stands for any of them.
//!
//! # Behaviour
//!
//! An upstream is any `tower_service::Service<Request<Body>, Response = Response<Body>,
//! Error = Error>` whose requests name their target in an absolute URI: [`HttpClient`] says so in
//! one word. [`Client`] is one, over hyper's connections: HTTP/1.1, HTTP/2 by prior knowledge, and
//! with the `tls` feature HTTPS (HTTP/1.1 or HTTP/2, as the server chooses; `ClientTls` says whom it trusts). `LegacyClient` (feature
//! `legacy`) is another, over hyper-util's pool. An application that has a client of its own hands it
//! over as an [`Upstream`], which erases its type. [`Endpoint`] directs a request to a place.
//!
//! [`Client`] removes the fields that belong to the client's connection
//! ([`strip_hop_headers`]), writes `Host` from the URI (or as [`HostField`] says), follows no redirect, and forwards all else
//! as it is, trailers included. Bodies are streamed in both directions.
//!
//! # Connections
//!
//! | question | rule |
//! |---|---|
//! | who polls an HTTP/1.1 connection | its exchange: the response future, then the response body |
//! | when it is used again | after the last byte of an answer, when nothing is left to read or send |
//! | when it is not | the service closes or says so; more came than was asked for; the answer started before the request was sent (that connection is spawned, and ends with its answer) |
//! | closed while idle | found by a look at the socket before it is handed out, and by [`Client::maintain`] |
//! | died before a byte of the answer | the request is sent again, once, on a new connection: any request of which nothing was sent, and an idempotent one (by its method, or marked [`Idempotent`]) on a connection that was used before, if its body is in memory and nobody outside counts [attempts](crate::context::Attempt) |
//! | none is free | one of its own is opened, up to a limit per host; above it requests wait in order, up to a deadline. Nobody waits for another's new connection alone |
//! | a client that leaves | what is left of the answer is read if it is here and under 64 KiB; else the connection is closed at once |
//! | who runs an HTTP/2 connection | one task for all its exchanges, on the application's executor |
//! | when it is handed out | when the service's SETTINGS have come; a stream is taken below the service's limit and [ours](ClientBuilder::http2_max_streams) |
//! | what HTTP/2 says was not processed | is sent again once, whatever the method: `REFUSED_STREAM`, and streams that a GOAWAY left out |
//! | silent under open streams | found by [PING](ClientBuilder::http2_ping): its streams fail, and it is used no more |
//! | several runtimes | each uses the HTTP/1.1 connections that it opened |
//!
//! # Errors
//!
//! All errors are [`Error`](crate::Error), before the head and in the body:
//!
//! | what happened | kind |
//! |---|---|
//! | no connection: refused, no such host, TLS failed | `Unavailable` |
//! | no connection within the connect deadline | `Timeout` |
//! | every connection to the host in use for the wait deadline | `Overloaded` |
//! | no address that may be dialled | `Forbidden` |
//! | the connection broke before or in the answer | `Unavailable` |
//! | the answer is not HTTP, or its head is over 64 KiB | `BadAnswer` |
//! | the request's `Content-Length` fields do not agree, or are not its body's length | `InvalidRequest` |
//! | the request's own body failed | what that body's error says |
//!
//! Their words name scheme, host and port, and neither path, query nor credential. An error of which
//! it is certain that the service has done nothing of the request says so
//! ([`is_unprocessed`](crate::Error::is_unprocessed)): there was no connection, not a byte was
//! written, or HTTP/2 says that it was not processed. Who retries may then send any request again.
//!
//! # Cancel safety
//!
//! Dropping the response future ends the exchange upstream: an HTTP/1.1 connection is closed, an
//! HTTP/2 stream is reset, and a place that was waited for goes to the next. So does dropping the
//! response body, but for a short rest of an answer that is here already. No place and no connection
//! is lost, at whichever poll it happens.
//!
//! [`Endpoint`], [`Idempotent`], [`strip_hop_headers`] and [`retain_headers`] need no feature; the
//! client needs `upstream`.
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
#[cfg(feature = "upstream")]
mod direction;
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
mod http_client;
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
#[cfg(all(feature = "tls", feature = "upstream"))]
mod tls;
#[cfg(feature = "upstream")]
mod trailers;

#[cfg(feature = "legacy")]
#[cfg_attr(docsrs, doc(cfg(feature = "legacy")))]
pub use self::legacy::LegacyClient;
#[cfg(feature = "envoy")]
pub(crate) use self::spawn::Spawn;
#[cfg(all(feature = "tls", feature = "upstream"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "tls", feature = "upstream"))))]
pub use self::tls::{ClientIdentity, ClientTls};
pub use self::{
    attempt::AttemptFuture,
    endpoint::{Endpoint, InvalidEndpoint},
    hop::{is_of_the_hop, retain_headers, strip_hop_headers},
    idempotent::Idempotent,
};
#[cfg(feature = "upstream")]
#[cfg_attr(docsrs, doc(cfg(feature = "upstream")))]
pub use self::{
    builder::ClientBuilder,
    client::Client,
    direction::{DialAddr, HostField},
    erased::{Upstream, UpstreamFuture},
    future::ResponseFuture,
    http_client::HttpClient,
    resolve::{Addresses, CachedResolver, Resolve, Resolving, SystemResolver},
};
#[cfg(all(feature = "tls", feature = "upstream"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "tls", feature = "upstream"))))]
pub use crate::tls::{Identity, TlsError};
