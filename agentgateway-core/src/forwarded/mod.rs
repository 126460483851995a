//! What proxies before this one say of the client: believed of trusted peers alone.
//!
//! # Behaviour
//! A request from a peer in one of the [`Networks`] is taken for what its `X-Forwarded-*` fields say
//! of it: the client's address becomes the [`ClientAddr`](crate::context::ClientAddr), and scheme and
//! host those of the request's URI, so that what builds URLs (an agent card) builds those that the
//! client can call. From any other peer the fields say nothing. In both cases they are removed; what
//! is true goes on as [`Forwarding`].
//!
//! `Forwarded` (RFC 7239) is removed and never read: a proxy that writes `X-Forwarded-For` lets it
//! pass as the client wrote it.
//!
//! # Reads / Writes
//! Reads and writes [`ClientAddr`](crate::context::ClientAddr), writes [`Forwarding`]. A request
//! without `ClientAddr` comes from nobody who is trusted.
//!
//! # Errors
//! None of its own. A field that cannot be read counts as absent.
//!
//! # Example
//! ```
//! use agentgateway_core::{context::ClientAddr, forwarded::{ForwardedLayer, Networks}};
//! use http::Request;
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let trusted: Networks = ["10.0.0.0/8".parse()?].into_iter().collect();
//! let service = ForwardedLayer::new(trusted).layer(service_fn(|request: Request<()>| async move {
//!     Ok::<_, std::convert::Infallible>(request.uri().to_string())
//! }));
//! let request = Request::get("/card")
//!     .header("x-forwarded-proto", "https")
//!     .header("x-forwarded-host", "agents.example.com")
//!     .extension(ClientAddr::new("10.1.2.3:4000".parse()?))
//!     .body(())?;
//! assert_eq!(service.oneshot(request).await?, "https://agents.example.com/card");
//! # Ok(())
//! # }
//! ```

mod claims;
mod forwarding;
mod layer;
mod network;

#[cfg(test)]
mod tests;

pub(crate) use self::forwarding::peer;
pub use self::{
    forwarding::Forwarding,
    layer::{Forwarded, ForwardedLayer},
    network::{InvalidNetwork, Network, Networks},
};
