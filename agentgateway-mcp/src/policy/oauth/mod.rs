//! An MCP server as a resource server of OAuth 2.1.
//!
//! # Behaviour
//! A [`ProtectedResource`] is what clients ask tokens for. A [`ResourceServer`] stands before the
//! server and
//!
//! | a request | is |
//! |---|---|
//! | `GET`, `HEAD`, `OPTIONS` at `/.well-known/oauth-protected-resource`, with the resource's path behind it or without | answered: the metadata, for pages of any origin |
//! | with `access_token` in its query, or two tokens | 400, `error="invalid_request"` |
//! | without a token | 401, with `resource_metadata` and `scope` |
//! | with a token that is expired, of a foreign issuer, badly signed, or meant for another audience | 401, the same and `error="invalid_token"` |
//! | with a good token | known by its [`Principal`](agentgateway_core::context::Principal), and goes on without the token |
//!
//! [`RequiredScopes`] asks for scopes by method and tool: 403, `error="insufficient_scope"`, and all
//! scopes that the call needs (step-up). How tokens are judged is said in
//! [`core::auth::jwt`](agentgateway_core::auth::jwt).
//!
//! A token that was issued for this server is for no other: what servers behind want is theirs, see
//! [`upstream::token`](crate::upstream::token).
//!
//! # Reads / Writes
//! As [`core::auth`](agentgateway_core::auth): writes `Principal` and `Credential`, takes the token out of
//! the head. [`RequiredScopes`] reads [`McpCall`](crate::McpCall).
//!
//! # Placement
//! Inside of [`McpLayer`](crate::McpLayer), which says refusals as JSON-RPC. Outside of it, behind a
//! layer that says errors, tokens are judged before a body is read. The metadata must be asked for
//! where the resource server stands: a router sends their paths there, or to a [`ResourceMetadata`].
//! Pages of other origins can read a challenge only where a CORS policy exposes `WWW-Authenticate`.
//!
//! # Limits
//! No authorization server is proxied, and no client registered: clients go to the servers that the
//! metadata name. Tokens are signed (JWT); others are for a method of one's own
//! ([`ResourceServer::judged_by`]). Tokens bound to a key (DPoP, mTLS) are not told from others.
//!
//! # Source
//! MCP 2026-07-28, Authorization; RFC 9728; RFC 6750; RFC 8707.
//!
//! # Example
//! ```
//! use agentgateway_core::{auth::jwt::{Issuer, KeySet}, policy::{Policy, PolicyLayer}};
//! use agentgateway_mcp::{McpLayer, policy::oauth::{ProtectedResource, RequiredScopes, ResourceServer}};
//! use std::sync::Arc;
//! use tower::ServiceBuilder;
//!
//! # fn mount<S>(server: S) -> Result<(), Box<dyn std::error::Error>> {
//! // RFC 8037, A.2
//! let keys = KeySet::from_jwks(br#"{"keys": [
//!     {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
//! ]}"#)?;
//! let resource = ProtectedResource::new("https://mcp.example.org/mcp", ["https://id.example.org"])?
//!     .scopes(["mcp"]);
//! let callers = ResourceServer::new(resource.clone(), [Issuer::new("https://id.example.org", keys)]);
//! let scopes = RequiredScopes::new(resource).always(["mcp"]).tool("delete_*", ["files:write"]);
//! let policies: [Arc<dyn Policy>; 2] = [Arc::new(callers), Arc::new(scopes)];
//! let app = ServiceBuilder::new()
//!     .layer(McpLayer::new())
//!     .layer(PolicyLayer::all(policies))
//!     .service(server);
//! # let _ = app;
//! # Ok(())
//! # }
//! # mount(()).unwrap();
//! ```

mod metadata;
mod required;
mod resource;
mod scope;
mod server;
#[cfg(test)]
mod tests;
mod uri;

pub use self::{
    metadata::ResourceMetadata, required::RequiredScopes, resource::ProtectedResource,
    server::ResourceServer, uri::InvalidResource,
};
