//! Names and fields of spans, by the OpenTelemetry conventions for MCP.
//!
//! [`McpLayer`](crate::McpLayer) opens a span of kind `server` for each request and notification,
//! called by its method and its tool or prompt. When `params._meta` carries a `traceparent` and the
//! request's extensions hold a [`Propagation`], the span's parent is the span named there, and the
//! HTTP server's span is linked. [`McpClient`] names the spans of attempts upstream.
//!
//! Where calls are for one of several servers, `agentgateway.mcp.target` is its name: the server span tells of
//! the call as the client has made it, that of the attempt as the server gets it.
//!
//! A GET that opens a stream, a DELETE and the client's answers to a server have no method, and no
//! span but the HTTP server's.
//!
//! # Source
//! OpenTelemetry semantic conventions, Generative AI, MCP; MCP SEP-414.

use std::fmt;

use agentgateway_core::{
    body::End,
    telemetry::{HttpClient, Instrument, Propagation, record_end, record_target},
};
use http::{request, response};
use tracing::{Span, field::Empty, info_span, record_all};

use crate::{
    McpCall, McpReport,
    wire::{McpMethod, ProtocolVersion},
};

/// How much of a text of the client's goes into a span's name or field, in characters.
const SHOWN_CHARS: usize = 128;

/// A span with the fields of a call, and more.
macro_rules! call_span {
    ($name:literal, $kind:literal, $title:expr, $($more:tt)*) => {
        info_span!(
            $name,
            otel.name = %$title,
            otel.kind = $kind,
            otel.status_code = Empty,
            error.type = Empty,
            error.message = Empty,
            agentgateway.end = Empty,
            agentgateway.mcp.target = Empty,
            mcp.method.name = Empty,
            mcp.protocol.version = Empty,
            mcp.resource.uri = Empty,
            mcp.session.id = Empty,
            gen_ai.operation.name = Empty,
            gen_ai.tool.name = Empty,
            gen_ai.prompt.name = Empty,
            jsonrpc.request.id = Empty,
            rpc.response.status_code = Empty,
            $($more)*
        )
    };
}

/// Names the span of one attempt upstream by the MCP call that it carries.
///
/// For `core::telemetry::TelemetryLayer::client().instrument(McpClient::new())`. A request without
/// a call, or whose call has no method, is named as an HTTP request.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct McpClient;

impl McpClient {
    /// Spans by the MCP conventions.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Instrument for McpClient {
    fn begin(&self, head: &request::Parts) -> Span {
        let http = HttpClient::default();
        let call = head.extensions.get::<McpCall>();
        let Some((call, method)) = call.and_then(|call| Some((call, call.method()?))) else {
            return http.begin(head);
        };
        let span = call_span!(
            "mcp.client",
            "client",
            SpanName { call, method },
            http.request.resend_count = Empty,
            http.response.status_code = Empty,
            url.full = Empty,
            server.address = Empty,
            server.port = Empty,
        );
        if !span.is_disabled() {
            describe(&span, call, method);
            record_target(&span, &head.uri);
        }
        span
    }

    fn response(&self, span: &Span, head: &response::Parts) {
        HttpClient::default().response(span, head);
    }
}

/// Opens the span of a call that comes in, and ties it to the span that `_meta` names.
pub(crate) fn server_span(head: &request::Parts, call: &McpCall) -> Span {
    let Some(method) = call.method() else {
        return Span::none();
    };
    let span = call_span!("mcp.server", "server", SpanName { call, method },);
    if span.is_disabled() {
        return span;
    }
    if let (Some(propagation), Some(parent)) = (head.extensions.get::<Propagation>(), call.trace())
    {
        let outside = propagation.context(&Span::current());
        propagation.set_parent(&span, parent);
        if let Some(outside) = outside {
            propagation.add_link(&span, &outside);
        }
    }
    describe(&span, call, method);
    span
}

/// `{method} {tool or prompt}`.
struct SpanName<'a> {
    call: &'a McpCall,
    method: &'a McpMethod,
}

impl fmt::Display for SpanName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A method that no revision defines is the client's invention: names must not grow with it.
        f.write_str(if self.method.is_known() {
            self.method.as_str()
        } else {
            "_OTHER"
        })?;
        match self.call.tool().or_else(|| self.call.prompt()) {
            Some(name) => write!(f, " {}", cut(name)),
            None => Ok(()),
        }
    }
}

fn describe(span: &Span, call: &McpCall, method: &McpMethod) {
    let tool = call.tool();
    // A string without its quotes, as the convention wants it.
    let id = call.id().map(ToString::to_string);
    record_all!(
        span,
        agentgateway.mcp.target = call.target().map(cut),
        mcp.method.name = cut(method.as_str()),
        gen_ai.operation.name = tool.map(|_| "execute_tool"),
        gen_ai.tool.name = tool.map(cut),
        gen_ai.prompt.name = call.prompt().map(cut),
        mcp.resource.uri = call.resource().map(cut),
        mcp.protocol.version = call.protocol_version().map(ProtocolVersion::as_str),
        mcp.session.id = call.session_id().map(|session| cut(session.as_str())),
        jsonrpc.request.id = id.as_deref().map(|id| id.trim_matches('"')),
    );
}

/// Records how an exchange ended and what its answer told.
pub(crate) fn record(span: &Span, report: &McpReport, end: End<'_>) {
    if span.is_disabled() {
        return;
    }
    record_end(span, end);
    let fault = report
        .error_type()
        .filter(|_| !matches!(end, End::Failed(_)));
    record_all!(
        span,
        mcp.session.id = report.session_id.as_ref().map(|session| cut(session.as_str())),
        rpc.response.status_code = report.rpc_error_code.map(|code| code.to_string()),
        error.type = fault.as_deref(),
        otel.status_code = fault.as_ref().map(|_| "ERROR"),
    );
}

fn cut(text: &str) -> &str {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => text.get(..end).unwrap_or_default(),
        None => text,
    }
}
