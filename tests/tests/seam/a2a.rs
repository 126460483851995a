use agentgateway_a2a::A2aCall;
use http::Extensions;

pub(crate) use agentgateway_a2a::{A2aCall as Call, A2aLayer as ProtocolLayer};

pub(crate) const PATH: &str = "/a2a";
/// A call whose odd spelling tells whether its bytes were kept.
pub(crate) const CALL: &str = r#"{ "id":"seven" ,"jsonrpc":"2.0","method":"message/stream","params":{"message":{"contextId":"talk"}}}"#;
/// An event of a stream that goes on.
pub(crate) const EVENT: &str = "data: {\"jsonrpc\":\"2.0\", \"id\":\"seven\",\"result\":{\"kind\":\"status-update\",\"taskId\":\"t\",\"contextId\":\"talk\",\"status\":{\"state\":\"working\"},\"final\":false}}\n\n";
/// The event that ends the stream of [`CALL`].
pub(crate) const LAST: &str = "data: {\"jsonrpc\":\"2.0\", \"id\":\"seven\",\"result\":{\"kind\":\"status-update\",\"taskId\":\"t\",\"contextId\":\"talk\",\"status\":{\"state\":\"completed\"},\"final\":true}}\n\n";
/// What [`seen`] tells of [`CALL`].
pub(crate) const SEEN: &str = "talk";

/// What the layer wrote into the extensions.
pub(crate) fn seen(extensions: &Extensions) -> Option<&str> {
    extensions.get::<A2aCall>()?.context_id()
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
