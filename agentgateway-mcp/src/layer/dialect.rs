use agentgateway_core::{
    Error, jsonrpc::RpcError, jsonrpc::RpcId, rescue::Dialect, sse::SseMessage,
};
use bytes::Bytes;
use http::Response;

use crate::wire::error;

/// Says errors as MCP does: a JSON-RPC error, alone or as an event.
///
/// The subject is the id of the request; `None` where there is no request, and then a stream has no
/// error event: it is aborted.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct McpDialect;

impl Dialect for McpDialect {
    type Subject = Option<RpcId>;

    fn response(&self, error: &Error, subject: &Option<RpcId>) -> Response<Bytes> {
        error::response_to(error, subject.as_ref())
    }

    fn event(&self, error: &Error, subject: &Option<RpcId>) -> Option<SseMessage> {
        let id = subject.as_ref()?;
        Some(SseMessage::new(RpcError::from(error).encode(id)).with_event("message"))
    }
}
