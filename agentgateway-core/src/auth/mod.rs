//! Authentication: who calls, and how that is known.
//!
//! # Behaviour
//! An [`Authentication`] is a [`Policy`](crate::policy::Policy) that asks one method, or several in
//! turn, whom a request's credential names. The methods are [`ApiKeys`] and [`ClientCertificates`],
//! and with their features `jwt::Jwt` and `basic::Basic`; an application's own is one more
//! [`Authenticate`].
//!
//! | [`Mode`] | no credential | one that is not valid | one that cannot be judged now |
//! |---|---|---|---|
//! | [`Strict`](Mode::Strict) | 401 | 401 | 503 |
//! | [`Optional`](Mode::Optional) | passes | 401 | 503 |
//! | [`Permissive`](Mode::Permissive) | passes | passes, as nobody | passes, as nobody |
//!
//! The credential is looked for at one [`Location`]. Before a request goes on it is taken out, so
//! that it never reaches an upstream by accident; that of a caller who was authenticated is kept as
//! [`Credential`](crate::context::Credential). Where several methods are asked, the first that
//! finds a valid credential has the last word.
//!
//! # Reads / Writes
//! Reads the request's head and, for certificates,
//! [`ClientCertificate`](crate::context::ClientCertificate). Writes
//! [`Principal`](crate::context::Principal), beside that of a policy before, and
//! [`Credential`](crate::context::Credential); changes the head where the credential stood.
//!
//! # Errors
//! [`Unauthenticated`](crate::ErrorKind::Unauthenticated) (401) with a `WWW-Authenticate` that names
//! every method; [`Overloaded`](crate::ErrorKind::Overloaded) (503) where who vouches cannot be
//! asked, since a caller that may be known is not told that it is unknown. Never 403: what a known
//! caller may do is for authorization to say. The words tell the client no more than it must know;
//! the rule, in [`decided_by`](crate::Error::decided_by), tells the operator.
//!
//! # Cost
//! Of the request two or three allocations for the principal; a digest for an API key, a signature
//! for a token. A request that is refused pays for its words.
//!
//! # Example
//! ```
//! use agentgateway_core::{
//!     auth::{ApiKey, ApiKeys, Authentication},
//!     context::Principal,
//!     policy::PolicyLayer,
//! };
//! use http::{Request, Response, StatusCode};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let keys = ApiKeys::new([ApiKey::new("planner", "3q7v9dJq0yW1")?])?;
//! let inner = service_fn(|request: Request<String>| async move {
//!     let caller = request.extensions().get::<Principal>().unwrap().name().to_owned();
//!     assert!(!request.headers().contains_key("authorization"));
//!     Ok::<_, agentgateway_core::BoxError>(Response::new(caller))
//! });
//! let service = PolicyLayer::new(Authentication::new(keys)).layer(inner);
//!
//! let known = Request::get("/").header("authorization", "Bearer 3q7v9dJq0yW1").body(String::new())?;
//! let refused = Request::get("/").header("authorization", "Bearer guess").body(String::new())?;
//! assert!(service.clone().oneshot(known).await.is_ok());
//! assert_eq!(service.oneshot(refused).await.unwrap_err().status(), StatusCode::UNAUTHORIZED);
//! # Ok(())
//! # }
//! ```

mod api_key;
mod authenticate;
mod authentication;
#[cfg(feature = "basic")]
#[cfg_attr(docsrs, doc(cfg(feature = "basic")))]
pub mod basic;
mod challenge;
mod client_certificate;
mod clock;
mod digest;
#[cfg(feature = "jwt")]
#[cfg_attr(docsrs, doc(cfg(feature = "jwt")))]
pub mod jwt;
mod location;
mod mode;
mod rejection;
mod search;
#[cfg(test)]
mod tests;

pub use self::{
    api_key::{ApiKey, ApiKeys, InvalidApiKey},
    authenticate::{Authenticate, Judging, Verdict},
    authentication::Authentication,
    challenge::Challenge,
    client_certificate::ClientCertificates,
    location::Location,
    mode::Mode,
    rejection::Rejection,
};
