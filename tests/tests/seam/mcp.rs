use agentgateway_mcp::McpCall;
use http::Extensions;

pub(crate) use agentgateway_mcp::{McpCall as Call, McpLayer as ProtocolLayer};

pub(crate) const PATH: &str = "/mcp";
/// A call whose odd spelling tells whether its bytes were kept.
pub(crate) const CALL: &str =
    r#"{ "id":"seven" ,"jsonrpc":"2.0","method":"tools/call","params":{"name":"search"}}"#;
/// An event of a stream that goes on.
pub(crate) const EVENT: &str =
    "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\n\n";
/// The event that ends the stream of [`CALL`].
pub(crate) const LAST: &str = "data:{\"jsonrpc\":\"2.0\", \"id\":\"seven\",\"result\":{}}\n\n";
/// What [`seen`] tells of [`CALL`].
pub(crate) const SEEN: &str = "search";

/// What the layer wrote into the extensions.
pub(crate) fn seen(extensions: &Extensions) -> Option<&str> {
    extensions.get::<McpCall>().and_then(McpCall::tool)
}

/// Whether this is the protocol's error, about [`CALL`].
pub(crate) fn is_error(body: &str) -> bool {
    body.contains(r#""jsonrpc":"2.0","id":"seven","error":{"code":-31"#)
}

#[path = "mount/auto_traits.rs"]
mod auto_traits;
#[path = "mount/axum_app.rs"]
mod axum_app;
#[path = "mount/bodies.rs"]
mod bodies;
#[path = "mount/echo.rs"]
mod echo;
#[path = "mount/hyper_server.rs"]
mod hyper_server;
#[path = "mount/limits.rs"]
mod limits;
#[path = "mount/middleware.rs"]
mod middleware;
#[path = "mount/neighbours.rs"]
mod neighbours;
#[path = "mount/nesting.rs"]
mod nesting;
#[path = "mount/tonic_server.rs"]
mod tonic_server;
