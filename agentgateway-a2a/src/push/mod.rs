//! Push notifications: where an agent may be told to push, and by which way.
//!
//! A client that does not wait for a task names a URL to which the agent shall POST what becomes of it. It
//! does so with the message, or for a task that is there. The agent calls that URL from where it stands: a
//! client can make it call what only the agent can reach.
//!
#![cfg_attr(
    feature = "relay",
    doc = "Two layers, both inside of [`A2aLayer`](crate::A2aLayer): [`PushGuard`] refuses URLs that must not \
           be called; a [`PushRelay`](relay::PushRelay) stands between, so that the agent calls the gateway \
           and the gateway the client."
)]
#![cfg_attr(
    not(feature = "relay"),
    doc = "[`PushGuard`], inside of [`A2aLayer`](crate::A2aLayer), refuses URLs that must not be called. The \
           feature `relay` adds one that stands between, so that the agent calls the gateway and the \
           gateway the client."
)]
//!
//! # Behaviour of the guard
//! * Both entry points are judged, in all their shapes: the configuration within `SendMessage` and
//!   `SendStreamingMessage` (`taskPushNotificationConfig`, `pushNotificationConfig`, `pushNotification`, and
//!   their spellings in `snake_case`), and `CreateTaskPushNotificationConfig`; over JSON-RPC, HTTP+JSON, and
//!   gRPC where [the layer reads it](crate::A2aLayer).
//! * Only the text of the URL is judged. The agent resolves its name by itself, and may find another address:
//!   the relay is what protects against that.
//! * What could name a URL and was not read does not pass: a POST that is no call, or whose body is not
//!   declared as JSON (agents read it all the same). [`PushGuard::allow_unread`] lets it.
//!
//! # Reads / Writes
//! Reads [`A2aCall`](crate::A2aCall). Writes nothing. Refusals are told as those of policies are
//! ([`tell_refused`](agentgateway_core::policy::tell_refused)), by the name `push`.
//!
//! # Errors
//! A URL that is not allowed is answered in the call's own form, with `-32602`, or `INVALID_ARGUMENT` and
//! status 400 (422 in v0.3): the words say what is wrong with it and do not repeat it. A POST that is no call is
//! [`UnsupportedMediaType`](agentgateway_core::ErrorKind::UnsupportedMediaType).
//!
//! # Example
//! ```
//! use agentgateway_a2a::{A2aLayer, push::PushGuard};
//! use agentgateway_core::egress::Guard;
//! use tower::ServiceBuilder;
//! # use agentgateway_core::{Body, Peeked};
//! # use bytes::Bytes;
//! # use http::{Request, Response};
//! # use http_body_util::{BodyExt, Full};
//! # use tower::{ServiceExt, service_fn};
//! # async fn agent(_: Request<Peeked<Full<Bytes>>>) -> Result<Response<Body>, std::convert::Infallible> {
//! #     Ok(Response::new(Body::empty()))
//! # }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let service = ServiceBuilder::new()
//!     .layer(A2aLayer::new())
//!     .layer(PushGuard::new(Guard::new()))
//!     .service(service_fn(agent));
//!
//! let body = r#"{"jsonrpc":"2.0","id":1,"method":"CreateTaskPushNotificationConfig",
//!     "params":{"taskId":"t","url":"http://169.254.169.254/latest/meta-data"}}"#;
//! # let request = Request::post("/")
//! #     .header("content-type", "application/json").header("a2a-version", "1.0")
//! #     .body(Full::new(Bytes::from(body)))?;
//! let answer = service.oneshot(request).await?;
//! # let answer = answer.into_body().collect().await?.to_bytes();
//! # let answer = String::from_utf8(answer.to_vec())?;
//! assert!(answer.contains(r#""code":-32602"#));
//! assert!(answer.contains("the URL must begin with https://") && !answer.contains("169.254"));
//! # Ok(())
//! # }
//! ```

mod future;
mod guard;
mod judge;
#[cfg(feature = "relay")]
#[cfg_attr(docsrs, doc(cfg(feature = "relay")))]
pub mod relay;
#[cfg(test)]
mod tests;

pub use self::{
    future::ResponseFuture,
    guard::{PushGuard, PushGuarded},
};
