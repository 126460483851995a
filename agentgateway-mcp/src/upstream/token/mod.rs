//! The gateway's own tokens for a server: got from an authorization server, kept, and sent along.
//!
//! # Behaviour
//! A client's token was issued for the gateway and stays there. A server that wants one gets its own:
//!
//! | by | whose token it is |
//! |---|---|
//! | [`McpUpstreamLayer::credential`](super::McpUpstreamLayer::credential) | a fixed one |
//! | [`UpstreamTokens::client_credentials`] | the gateway's (RFC 6749, 4.4): one for all callers |
//! | [`UpstreamTokens::exchange`] | the caller's for this server (RFC 8693): what it was authenticated by is exchanged |
//! | [`UpstreamTokens::assertion`] | the same where the authorization server takes that as an assertion (RFC 7523) |
//!
//! [`UpstreamTokenLayer`] goes around the client, inside of [`McpUpstreamLayer`](super::McpUpstreamLayer):
//! it writes `authorization` last, and nothing that a client has sent can take its place.
//!
//! A token is kept until shortly before its end, by whom it was got for: an exchanged one by issuer and
//! name of the caller and the digest of the very token that it was exchanged for, so that nobody is
//! served with another's, nor with what an earlier token of its own allowed. Of those who need one that
//! is not there one asks, and the others wait for it. After a failure nobody asks anew for 1 s.
//!
//! A server that answers 401 does not know the token any more: it is forgotten, and the call fails as
//! one that was not processed, which a retrying layer may send again. Challenges of the server
//! (`WWW-Authenticate`) are meant for the gateway, and stay there.
//!
//! # Reads / Writes
//! Reads [`Principal`](agentgateway_core::context::Principal) and
//! [`Credential`](agentgateway_core::context::Credential) for an exchange; writes the header
//! `authorization`, marked as sensitive.
//!
//! # Errors
//! | what is wrong | error |
//! |---|---|
//! | nobody whose token could be exchanged | `Unauthenticated` |
//! | the authorization server gives none in this caller's name | `Forbidden` |
//! | it cannot be reached, or answers with no token | `Unavailable` |
//! | it does not answer in [time](TokenEndpoint::timeout) | `Timeout` |
//! | the server answers 401 | `BadAnswer` |
//! | [as many](UpstreamTokens::max_tokens) callers wait for tokens | `Overloaded` |
//!
//! No token, secret or answer is in an error, a log or `Debug`.
//!
//! # Limits
//! The endpoint is judged by a [`Guard`](agentgateway_core::egress::Guard); build the client with the same
//! one, which judges the addresses. No redirect is followed, and of an answer is read what
//! [`max_bytes`](TokenEndpoint::max_bytes) allows. Clients authenticate by a secret or a signed
//! assertion ([`ClientKey`]); not by a certificate of their own.
//!
//! # Source
//! RFC 6749, 2.3.1, 4.4 and 5; RFC 7523, 2.1 and 2.2; RFC 8693, 2; RFC 8707, 2; MCP 2026-07-28, Authorization, Access token
//! privilege restriction.
//!
//! # Example
//! ```
//! use agentgateway_mcp::{McpUpstreamLayer, upstream::token::{TokenEndpoint, UpstreamTokenLayer, UpstreamTokens}};
//! # use agentgateway_core::{Body, Error};
//! # use http::{Request, Response};
//! use tower::ServiceBuilder;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let client = tower::service_fn(|_: Request<Body>| async { Ok::<_, Error>(Response::new(Body::empty())) });
//! # let secret = "hunter2";
//! let endpoint = TokenEndpoint::new("https://id.example.org/token", client.clone())?
//!     .client("gateway", secret);
//! let tokens = UpstreamTokens::exchange(endpoint).resource("https://files.example.org/mcp");
//! let server = ServiceBuilder::new()
//!     .layer(McpUpstreamLayer::new("https://files.example.org/mcp".parse()?))
//!     .layer(UpstreamTokenLayer::new(tokens))
//!     .service(client);
//! # drop(server);
//! # Ok(())
//! # }
//! ```

mod answer;
mod cache;
mod client_key;
mod endpoint;
mod failure;
mod form;
mod future;
mod layer;
mod service;
#[cfg(test)]
mod tests;
mod tokens;

pub use self::{
    client_key::{ClientKey, InvalidClientKey},
    endpoint::{ClientAuthentication, TokenEndpoint},
    failure::TokenFailure,
    future::ResponseFuture,
    layer::UpstreamTokenLayer,
    service::UpstreamToken,
    tokens::UpstreamTokens,
};
