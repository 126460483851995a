use agentgateway_llm::LlmCall;
use http::Extensions;

pub(crate) use agentgateway_llm::{LlmCall as Call, LlmLayer as ProtocolLayer};

pub(crate) const PATH: &str = "/v1/chat/completions";
/// A call whose odd spelling tells whether its bytes were kept.
pub(crate) const CALL: &str =
    r#"{ "messages":[] ,"stream":true,"temperature":1.0,"model":"small"}"#;
/// An event of a stream that goes on.
pub(crate) const EVENT: &str =
    "data: {\"choices\":[{\"index\":0, \"delta\":{\"content\":\"a\"}}]}\n\n";
/// The event that ends the stream of [`CALL`].
pub(crate) const LAST: &str = "data: [DONE]\n\n";
/// What [`seen`] tells of [`CALL`].
pub(crate) const SEEN: &str = "small";

/// What the layer wrote into the extensions.
pub(crate) fn seen(extensions: &Extensions) -> Option<&str> {
    extensions.get::<LlmCall>().map(LlmCall::model)
}

/// Whether this is the protocol's error, about [`CALL`].
pub(crate) fn is_error(body: &str) -> bool {
    body.contains(r#"{"error":{"message":"#) && !body.contains("[DONE]")
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
