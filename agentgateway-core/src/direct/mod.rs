//! Direct answers: requests that no service is asked about.
//!
//! # Behaviour
//! [`Direct`] is a [`Policy`](crate::policy::Policy) that answers every request itself, with a status,
//! fields and a body: the same ones always, or what a function makes of the head. Policies behind it,
//! and the service, are not asked; those before it see its answer. To answer some requests only, mount
//! it in a [`When`](crate::policy::When).
//!
//! A status that allows no body (1xx, 204, 205, 304) is sent without one.
//!
//! # Reads / Writes
//! Whatever its function reads; writes nothing.
//!
//! # Errors
//! Those of its function.
//!
//! # Cost
//! A head is copied; the bytes of the body are shared.
//!
//! # Example
//! ```
//! use agentgateway_core::{direct::Direct, policy::PolicyLayer};
//! use bytes::Bytes;
//! use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
//! use http_body_util::{BodyExt, Empty};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), agentgateway_core::Error> {
//! let closed = Direct::new(StatusCode::SERVICE_UNAVAILABLE)
//!     .header(HeaderName::from_static("retry-after"), HeaderValue::from_static("3600"))
//!     .body("back in an hour");
//! let never = service_fn(|_: Request<()>| async {
//!     Ok::<_, agentgateway_core::BoxError>(Response::new(Empty::<Bytes>::new()))
//! });
//! let answer = PolicyLayer::new(closed).layer(never).oneshot(Request::new(())).await?;
//! assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
//! assert_eq!(answer.into_body().collect().await?.to_bytes(), "back in an hour");
//! # Ok(())
//! # }
//! ```

mod policy;
#[cfg(test)]
mod tests;

pub use self::policy::Direct;
