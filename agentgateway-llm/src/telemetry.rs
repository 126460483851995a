//! Names and fields of spans.
//!
//! A call has one span of kind `internal`, opened by [`LlmLayer`](crate::LlmLayer), and one of kind
//! `client` per attempt upstream, opened by
//! [`TelemetryLayer::client`](agentgateway_core::telemetry::TelemetryLayer::client) with
//! [`LlmClient`]. Both are named `{operation} {model}`, and both are given what the answer tells:
//! the span of the call in the client's words, that of an attempt in the provider's, where an alias, a model of the
//! provider's own or a translation make them others (`agentgateway.llm.dialect` says whose).
//! What was said, prompts and answers, is in no span, unless [`LlmLayer::record_content`](crate::LlmLayer::record_content)
//! asks for it. Then the span of the call has it, in the client's words, as JSON of the conventions' schemas:
//!
//! | attribute | holds |
//! |---|---|
//! | `gen_ai.input.messages` | the turns of the request; what tools answered in messages of the role `tool` |
//! | `gen_ai.system_instructions` | what the model is told before the conversation |
//! | `gen_ai.tool.definitions` | the client's tools with their schemas; those that a provider runs itself are left out |
//! | `gen_ai.output.messages` | the answers, as far as they came, each with its `finish_reason` |
//!
//! Text, reasoning and calls of tools are there; of media inside of a message their type, modality and length in bytes
//! alone, of an address what stands before its query, without its user. Each attribute has a
//! [limit](crate::LlmLayer::max_content_bytes): where it is reached a text is cut, all behind it is left out, and a
//! part of the type `truncated` stands last. What cannot be read is not there.
//!
//! A field that is not known is not there. `agentgateway.llm.losses` names what a
//! [translation](crate::bridge) had no place for.
//!
//! # Source
//! OpenTelemetry semantic conventions for generative AI, client spans (names of generation A), and
//! for HTTP, client spans.

use std::time::Duration;

use agentgateway_core::telemetry::{HttpClient, Instrument, record_target};
use http::{request, response};
use tracing::{Span, field::Empty, info_span, record_all};

use crate::{
    LlmCall, LlmDialect, LlmOperation, LlmReport,
    bridge::{form, semantic},
    upstream::{LlmAttempt, LlmProvider},
};

/// What is asked for: by the client, or of a provider.
struct Asked<'a> {
    dialect: LlmDialect,
    operation: LlmOperation,
    model: &'a str,
}

impl<'a> Asked<'a> {
    fn by_client(call: &'a LlmCall) -> Self {
        Self {
            dialect: call.dialect(),
            operation: call.operation(),
            model: call.model(),
        }
    }

    fn of_provider(call: &'a LlmCall, attempt: &'a LlmAttempt) -> Self {
        Self {
            dialect: attempt.dialect(),
            operation: attempt.operation(),
            model: attempt.model().unwrap_or_else(|| call.model()),
        }
    }
}

/// A span with the fields of a call, and more.
macro_rules! call_span {
    ($name:literal, $kind:literal, $call:expr, $asked:expr, $($more:tt)*) => {
        info_span!(
            $name,
            otel.name = %format_args!("{} {}", $asked.operation, $asked.model),
            otel.kind = $kind,
            otel.status_code = Empty,
            error.type = Empty,
            error.message = Empty,
            agentgateway.end = Empty,
            gen_ai.operation.name = $asked.operation.as_str(),
            gen_ai.request.model = $asked.model,
            gen_ai.request.stream = $call.stream(),
            gen_ai.request.max_tokens = integer($call.max_tokens()),
            gen_ai.request.temperature = decimal($call.temperature()),
            gen_ai.request.top_p = decimal($call.top_p()),
            gen_ai.request.choice.count = integer($call.choice_count()),
            gen_ai.response.id = Empty,
            gen_ai.response.model = Empty,
            gen_ai.response.finish_reasons = Empty,
            gen_ai.response.time_to_first_chunk = Empty,
            agentgateway.llm.dialect = $asked.dialect.as_str(),
            agentgateway.llm.losses = Empty,
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty,
            gen_ai.usage.cache_read.input_tokens = Empty,
            gen_ai.usage.cache_creation.input_tokens = Empty,
            gen_ai.usage.reasoning.output_tokens = Empty,
            agentgateway.llm.search_units = Empty,
            $($more)*
        )
    };
}

/// The span of one attempt upstream. A request without a call has the span of [`HttpClient`].
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct LlmClient;

impl LlmClient {
    /// The one there is.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Instrument for LlmClient {
    fn begin(&self, head: &request::Parts) -> Span {
        let Some(call) = head.extensions.get::<LlmCall>() else {
            return HttpClient::default().begin(head);
        };
        let attempt = head.extensions.get::<LlmAttempt>();
        let asked = attempt.map_or_else(
            || Asked::by_client(call),
            |attempt| Asked::of_provider(call, attempt),
        );
        let span = call_span!(
            "gen_ai.client",
            "client",
            call,
            asked,
            gen_ai.provider.name = head
                .extensions
                .get::<LlmProvider>()
                .map(LlmProvider::semantic_name),
            http.request.method = head.method.as_str(),
            http.request.resend_count = Empty,
            http.response.status_code = Empty,
            url.full = Empty,
            server.address = Empty,
            server.port = Empty,
        );
        record_target(&span, &head.uri);
        span
    }

    fn response(&self, span: &Span, head: &response::Parts) {
        HttpClient::default().response(span, head);
    }
}

/// The span of a call, around all its attempts.
pub(crate) fn call_span(call: &LlmCall) -> Span {
    let asked = Asked::by_client(call);
    call_span!(
        "llm.call",
        "internal",
        call,
        asked,
        gen_ai.input.messages = Empty,
        gen_ai.system_instructions = Empty,
        gen_ai.tool.definitions = Empty,
        gen_ai.output.messages = Empty,
    )
}

/// Records what the client says, in attributes of so many bytes at most.
pub(crate) fn record_request(span: &Span, request: &form::Request, max_bytes: usize) {
    let messages = semantic::input_messages(request, max_bytes);
    let system = semantic::system_instructions(request, max_bytes);
    let tools = semantic::tool_definitions(request, max_bytes);
    record_all!(
        span,
        gen_ai.input.messages = messages.as_deref(),
        gen_ai.system_instructions = system.as_deref(),
        gen_ai.tool.definitions = tools.as_deref(),
    );
}

/// Records what the model says.
pub(crate) fn record_answer(span: &Span, messages: Option<&str>) {
    record_all!(span, gen_ai.output.messages = messages);
}

/// Records what the answer told.
pub(crate) fn record_report(span: &Span, report: &LlmReport, first_chunk: Option<Duration>) {
    if span.is_disabled() {
        return;
    }
    let reasons = Some(&report.finish_reasons).filter(|reasons| !reasons.is_empty());
    let usage = report.usage.unwrap_or_default();
    let losses = Some(&report.losses).filter(|losses| !losses.is_empty());
    record_all!(
        span,
        agentgateway.llm.losses = losses.map(tracing::field::display),
        gen_ai.response.id = report.response_id.as_deref(),
        gen_ai.response.model = report.response_model.as_deref(),
        gen_ai.response.finish_reasons = reasons.map(tracing::field::debug),
        gen_ai.response.time_to_first_chunk = first_chunk.map(|delay| delay.as_secs_f64()),
        gen_ai.usage.input_tokens = integer(usage.input_tokens()),
        gen_ai.usage.output_tokens = integer(usage.output_tokens()),
        gen_ai.usage.cache_read.input_tokens = integer(usage.cache_read_tokens),
        gen_ai.usage.cache_creation.input_tokens = integer(usage.cache_write_tokens),
        gen_ai.usage.reasoning.output_tokens = integer(usage.output_reasoning_tokens),
        agentgateway.llm.search_units = integer(usage.search_units),
    );
}

/// Records an error that the provider reported in an answer that is whole.
pub(crate) fn record_fault(span: &Span, report: &LlmReport) {
    if let Some(fault) = &report.error {
        record_all!(
            span,
            error.type = fault.name().unwrap_or("_OTHER"),
            otel.status_code = "ERROR",
        );
    }
}

/// As OpenTelemetry has integers; one that is larger is not told.
fn integer(number: Option<u64>) -> Option<i64> {
    number.and_then(|number| i64::try_from(number).ok())
}

fn decimal(number: Option<&str>) -> Option<f64> {
    number?.parse().ok()
}
