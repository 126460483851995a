//! Transformation: heads and bodies of requests and answers, changed as functions of the exchange say.
//!
//! # Behaviour
//! [`TransformLayer`] makes the [`Changes`] of a [`Transformation`] in a request before it goes on, and
//! in its answer before that goes back. Every function sees the message as it came, and the metadata of
//! the same changes; then is written, in this order:
//!
//! | change | what becomes of it | where its function makes no value |
//! |---|---|---|
//! | [`metadata`](Changes::metadata) | [`Metadata`] in the extensions | that name is not there |
//! | [`set`](Changes::set) | replaces all fields of the name | the field is taken away |
//! | [`add`](Changes::add) | is appended | nothing is appended |
//! | [`remove`](Changes::remove) | takes the field away | |
//! | [`body`](Changes::body) | takes the body's place | the body is empty |
//!
//! So what a client has sent never stands where a value of the operator's failed. A method, a target, an
//! authority and a status are no fields that could be taken away: where one of these has no value, or
//! one that it cannot have, the request is refused, or its answer.
//!
//! A new body has a new `Content-Length`; what described the old one (`Content-Encoding`, `ETag`,
//! digests, ranges, trailers) goes with it. No content type is guessed. The old body of an answer is read
//! to its end if it says its length and is no longer than
//! [`max_read_bytes`](Transformation::max_read_bytes), so that the exchange inside is whole and its
//! functions see it; any other, a stream above all, is dropped unread. Where changes
//! [ask for it](Changes::reading_body), such a body is read before its head goes back, and then forwarded
//! as it came. The old body of a request is dropped; a
//! [`PrefixLayer`](crate::body::PrefixLayer) outside shows it to the function. Where a body is not
//! replaced and nobody asks for it, it is forwarded frame by frame.
//!
//! Fields that say where a message ends, or that belong to one connection
//! ([`is_of_the_hop`](crate::upstream::is_of_the_hop)), cannot be changed.
//!
//! # Reads / Writes
//! Whatever its functions read; writes [`Metadata`], into the extensions of the request, and of the
//! answer where that has some. A [`BodyPrefix`](crate::body::BodyPrefix) follows the new body. What was
//! set and added of a request's fields is in its [`Written`](crate::context::Written), for who forwards
//! by a list.
//!
//! # Errors
//! [`Internal`](crate::ErrorKind::Internal) for a value that a message cannot be without; that of an
//! answer's body which fails while it is read; those of the inner service. An error of the inner service
//! is no answer, and is not changed.
//!
//! # Cost
//! One allocation for a body that is not at its end, and one for each value. Where answers are changed,
//! the head of the request is copied and kept until the head of its answer.
//!
//! # Example
//! ```
//! use agentgateway_core::{
//!     body::Body,
//!     transform::{Changes, Transformation, TransformLayer},
//! };
//! use bytes::Bytes;
//! use http::{HeaderName, Request, Response};
//! use http_body_util::BodyExt;
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let request = Changes::new()
//!     .set(":path".parse()?, |seen| Some(format!("/v2{}", seen.request().uri.path())))
//!     .remove(HeaderName::from_static("x-debug"));
//! let answer = Changes::new()
//!     .set("content-type".parse()?, |_| Some("text/plain".to_owned()))
//!     .body(|seen| Some(Bytes::from(format!("for {}", seen.request().uri.path()))));
//! let layer = TransformLayer::new(Transformation::new().request(request).response(answer));
//!
//! let service = service_fn(|_: Request<_>| async {
//!     Ok::<_, agentgateway_core::BoxError>(Response::new(Body::from(Bytes::from("as it came"))))
//! });
//! let request = Request::get("/tools").body(Body::empty())?;
//! let answer = layer.layer(service).oneshot(request).await?;
//! assert_eq!(answer.headers()["content-length"], "13");
//! assert_eq!(answer.into_body().collect().await?.to_bytes(), "for /v2/tools");
//! # Ok(())
//! # }
//! ```
//!
//! # Source
//! agentgateway.dev/v1alpha1, `transformation` of an `AgentgatewayPolicy`.

mod changes;
mod content;
mod field;
mod future;
mod layer;
mod metadata;
mod request;
mod response;
mod seen;
mod service;
#[cfg(test)]
mod tests;
mod transformation;

pub use self::{
    changes::Changes,
    field::{InvalidField, RequestField, ResponseField},
    future::ResponseFuture,
    layer::TransformLayer,
    metadata::Metadata,
    seen::Seen,
    service::Transform,
    transformation::Transformation,
};
