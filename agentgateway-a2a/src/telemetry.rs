//! Spans of A2A calls.
//!
//! [`A2aLayer`](crate::A2aLayer) opens a span for each call, named by its operation in the names of
//! v1.0, kind server. [`A2aClient`] names and fills the span of an attempt upstream, for
//! [`TelemetryLayer::client`](agentgateway_core::telemetry::TelemetryLayer::client); what the layer
//! outside reads in the answer is recorded on it too.
//!
//! | field | what |
//! |---|---|
//! | `a2a.method.name` | the operation; `_OTHER` for an unknown method |
//! | `a2a.protocol.version` | the version that the call is written in |
//! | `a2a.tenant`, `a2a.message.id` | as the client says |
//! | `a2a.task.id`, `gen_ai.conversation.id` | task and context: the client's word, then the agent's |
//! | `a2a.task.state` | the last state that the answer told, as `TASK_STATE_…` |
//! | `rpc.system`, `jsonrpc.request.id` | for the JSON-RPC binding |
//! | `error.type` | the reason or code of the agent's error, or how the exchange broke |
//! | `agentgateway.end` | how the answer ended |
//! | `agentgateway.a2a.binding` | how the client puts the call into HTTP |
//! | `agentgateway.a2a.agent.binding`, `agentgateway.a2a.agent.version` | what the agent was spoken to in, where the call was translated |
//! | `agentgateway.a2a.lost` | what the translation left out: of the request, and of an answer in one piece |
//! | `agentgateway.a2a.first_event_ms` | from the call to the first event of a stream |
//!
//! Each state that a task comes to is an event within the call's span: target `agentgateway_a2a::states`, level
//! DEBUG, with `a2a.task.id` and `a2a.task.state`.
//!
//! # Source
//! OpenTelemetry semantic conventions for generative AI, A2A (development), and for JSON-RPC.

use std::time::Duration;

use agentgateway_core::{
    body::End,
    telemetry::{HttpClient, Instrument, record_end, record_target},
};
use http::{request, response};
use tracing::{Level, Span, field::Empty, info_span, record_all};

use crate::{A2aBinding, A2aCall, A2aReport, wire::TaskState};

/// The longest value of a field that a peer chooses, in bytes.
const MAX_VALUE_BYTES: usize = 256;

/// A span with the fields of a call, and more.
macro_rules! call_span {
    ($name:literal, $kind:literal, $call:expr, $($more:tt)*) => {
        info_span!(
            $name,
            otel.name = $call.operation().as_str(),
            otel.kind = $kind,
            otel.status_code = Empty,
            error.type = Empty,
            error.message = Empty,
            agentgateway.end = Empty,
            a2a.method.name = Empty,
            a2a.protocol.version = Empty,
            a2a.tenant = Empty,
            a2a.message.id = Empty,
            a2a.task.id = Empty,
            a2a.task.state = Empty,
            gen_ai.conversation.id = Empty,
            rpc.system = Empty,
            jsonrpc.request.id = Empty,
            agentgateway.a2a.binding = Empty,
            agentgateway.a2a.agent.binding = Empty,
            agentgateway.a2a.agent.version = Empty,
            agentgateway.a2a.lost = Empty,
            agentgateway.a2a.first_event_ms = Empty,
            $($more)*
        )
    };
}

/// The span of one attempt to call an agent.
///
/// Reads [`A2aCall`] from the request's extensions; without one it names the span by the HTTP
/// method.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct A2aClient;

impl A2aClient {
    /// Names spans of attempts.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Instrument for A2aClient {
    fn begin(&self, head: &request::Parts) -> Span {
        let Some(call) = head.extensions.get::<A2aCall>() else {
            return HttpClient::default().begin(head);
        };
        let span = call_span!(
            "a2a.client",
            "client",
            call,
            http.request.resend_count = Empty,
            http.response.status_code = Empty,
            url.full = Empty,
            server.address = Empty,
            server.port = Empty,
        );
        if !span.is_disabled() {
            record_target(&span, &head.uri);
            record_call(&span, call);
        }
        span
    }

    fn response(&self, span: &Span, head: &response::Parts) {
        HttpClient::default().response(span, head);
    }
}

/// Opens the span of a call.
pub(crate) fn call_span(call: &A2aCall) -> Span {
    let span = call_span!("a2a.server", "server", call,);
    if !span.is_disabled() {
        record_call(&span, call);
    }
    span
}

fn record_call(span: &Span, call: &A2aCall) {
    let is_rpc = call.binding() == A2aBinding::JsonRpc;
    record_all!(
        span,
        a2a.method.name = call.operation().as_str(),
        a2a.protocol.version = call.version().as_str(),
        agentgateway.a2a.binding = call.binding().as_str(),
        a2a.tenant = call.tenant().map(cut),
        a2a.message.id = call.message_id().map(cut),
        a2a.task.id = call.task_id().map(cut),
        gen_ai.conversation.id = call.context_id().map(cut),
        rpc.system = is_rpc.then_some("jsonrpc"),
        jsonrpc.request.id = call.id().map(tracing::field::display),
    );
}

/// Records what the answer told, and how it ended.
pub(crate) fn record_answer(span: &Span, report: &A2aReport, end: End<'_>) {
    if span.is_disabled() {
        return;
    }
    record_end(span, end);
    let fault = report
        .error_type()
        .filter(|_| matches!(end, End::Complete | End::Dropped));
    record_all!(
        span,
        a2a.task.id = report.task_id.as_deref().map(cut),
        gen_ai.conversation.id = report.context_id.as_deref().map(cut),
        a2a.task.state = report.state.map(TaskState::as_str),
        agentgateway.a2a.agent.binding = report.translated.map(|to| to.binding.as_str()),
        agentgateway.a2a.agent.version = report.translated.map(|to| to.version.as_str()),
        agentgateway.a2a.lost =
            (!report.losses.is_empty()).then(|| tracing::field::display(report.losses)),
        error.type = fault.as_deref().map(cut),
        otel.status_code = fault.as_ref().map(|_| "ERROR"),
    );
}

/// Records that a task has come to a state: an event within the call's span.
pub(crate) fn record_state(span: &Span, task: Option<&str>, state: TaskState) {
    if span.is_disabled() {
        return;
    }
    tracing::event!(
        target: "agentgateway_a2a::states",
        parent: span,
        Level::DEBUG,
        { a2a.task.id = task.map(cut), a2a.task.state = state.as_str() },
        "task state"
    );
}

/// Records how long the first event of a stream took.
pub(crate) fn record_first_event(span: &Span, after: Option<Duration>) {
    if let Some(after) = after {
        let ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        span.record("agentgateway.a2a.first_event_ms", ms);
    }
}

fn cut(text: &str) -> &str {
    let mut end = MAX_VALUE_BYTES.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
