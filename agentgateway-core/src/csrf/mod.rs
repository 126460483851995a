//! Cross-site request forgery: what a browser sends for a foreign page goes no further.
//!
//! # Behaviour
//! [`Csrf`] is a [`Policy`](crate::policy::Policy). In this order:
//!
//! | request | decision |
//! |---|---|
//! | `GET`, `HEAD`, `OPTIONS` | passes: such methods change nothing |
//! | its `Origin` is an [additional](Csrf::allow_origin) one | passes |
//! | `Sec-Fetch-Site` is `same-origin` or `none` | passes |
//! | `Sec-Fetch-Site` says anything else | 403 |
//! | no `Sec-Fetch-Site`, and `Origin` has the request's own host | passes |
//! | no `Sec-Fetch-Site`, and another `Origin` | 403 |
//! | neither field | passes: no browser has sent it |
//!
//! A page cannot write either field. Schemes are not compared with the request's own, which a proxy
//! before this one may have taken off; a host without a port has that of the origin's scheme.
//!
//! # Reads / Writes
//! Reads the head, and of it the host that
//! [`ForwardedLayer`](crate::forwarded::ForwardedLayer) has put there; writes nothing.
//!
//! # Errors
//! [`Forbidden`](crate::ErrorKind::Forbidden).
//!
//! # Cost
//! Two look-ups in the head; nothing is allocated for a request that passes.
//!
//! # Example
//! ```
//! use agentgateway_core::{csrf::Csrf, policy::{Decision, Policy}};
//! use http::Request;
//!
//! # fn main() -> Result<(), agentgateway_core::csrf::InvalidOrigin> {
//! let csrf = Csrf::new().allow_origin("https://chat.example.org")?;
//! let from = |origin| {
//!     let request = Request::post("/mcp").header("host", "tools.example.org").header("origin", origin);
//!     csrf.decide(&mut request.body(()).unwrap().into_parts().0)
//! };
//! assert!(matches!(from("https://tools.example.org"), Decision::Pass));
//! assert!(matches!(from("https://chat.example.org"), Decision::Pass));
//! assert!(matches!(from("https://evil.example"), Decision::Refuse(_)));
//! # Ok(())
//! # }
//! ```
//!
//! # Source
//! W3C, Fetch Metadata Request Headers, `Sec-Fetch-Site`; RFC 6454, section 7 (`Origin`).

mod origin;
mod policy;
#[cfg(test)]
mod tests;

pub use self::{origin::InvalidOrigin, policy::Csrf};
