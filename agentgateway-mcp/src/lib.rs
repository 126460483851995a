//! MCP (Model Context Protocol): a tower layer and codecs.
//!
//! [`McpLayer`] goes around any service that answers MCP over Streamable HTTP: one's own, one of an
//! SDK, or [`McpUpstream`], which forwards to a server. It parses each message once and writes the
//! typed [`McpCall`] into the request's extensions. What is inside reads it, and may fail with any
//! error: the layer answers it as JSON-RPC, before headers and in the middle of a stream.
//!
//! ```
//! use agentgateway_core::{Error, ErrorKind};
//! use agentgateway_mcp::{McpCall, McpLayer};
//! # use agentgateway_core::Peeked;
//! # use bytes::Bytes;
//! # use http::{Request, Response, StatusCode, header::CONTENT_TYPE};
//! # use http_body_util::{BodyExt, Full};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = service_fn(|request: Request<Peeked<Full<Bytes>>>| async move {
//!     match request.extensions().get::<McpCall>().and_then(McpCall::tool) {
//!         Some("search") => Ok(Response::new(Full::from("{}"))),
//!         _ => Err(Error::new(ErrorKind::Forbidden, "this tool is not for you")),
//!     }
//! });
//! let app = McpLayer::new().layer(server);
//!
//! let call = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"rm"}}"#;
//! let request = Request::post("/mcp").header(CONTENT_TYPE, "application/json");
//! let answer = app.oneshot(request.body(Full::from(call))?).await?;
//! assert_eq!(answer.status(), StatusCode::FORBIDDEN);
//! let body = answer.into_body().collect().await?.to_bytes();
//! assert!(body.starts_with(br#"{"jsonrpc":"2.0","id":7,"error":{"code":-31403,"#));
//! # Ok(())
//! # }
//! ```
//!
//! # Modules
//! [`wire`] holds names, headers and error codes, [`layer`] the layer, [`batch`] another for batches, [`policy`] what is decided by those
//! who know MCP, [`upstream`] how a server is spoken to, [`telemetry`] the spans; by features `bridge`
//! translates between revisions, `route` makes one server of many, and `gateway` assembles all of it;
//! `schemas` adds `policy::arguments`.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod batch;
#[cfg(feature = "bridge")]
#[cfg_attr(docsrs, doc(cfg(feature = "bridge")))]
pub mod bridge;
mod call;
#[cfg(feature = "federation")]
#[cfg_attr(docsrs, doc(cfg(feature = "federation")))]
pub mod gateway;
pub mod layer;
pub mod policy;
#[cfg(feature = "federation")]
#[cfg_attr(docsrs, doc(cfg(feature = "federation")))]
pub mod route;
pub mod telemetry;
pub mod upstream;
pub mod wire;

#[cfg(feature = "federation")]
pub use self::gateway::McpGateway;
#[cfg(feature = "bridge")]
pub use self::upstream::McpServer;
pub use self::{
    batch::BatchLayer,
    call::{McpCall, McpKind},
    layer::{Mcp, McpLayer, McpReport},
    upstream::{McpEndpoint, McpUpstream, McpUpstreamLayer},
    wire::{Era, McpMethod},
};
