use agentgateway_core::json::Raw;

use super::super::{
    super::{Loss, LossReport},
    json::Members,
};
use crate::{LlmDialect, LlmUsage, wire::Counts};

/// Reads a `ResponseUsage`.
pub(super) fn read(raw: Raw<'_>) -> LlmUsage {
    let mut counts = Counts::default();
    counts.responses(raw);
    counts
        .usage(LlmDialect::OpenAiResponses)
        .unwrap_or_default()
}

/// Writes a `ResponseUsage`, unless nothing is known. It must have all of its members: what is not known of it is 0.
pub(super) fn write(usage: &LlmUsage, losses: &mut LossReport, out: &mut Members<'_>) {
    if usage.is_empty() {
        return;
    }
    if usage.cache_write_1h_tokens.is_some_and(|tokens| tokens > 0) {
        losses.add(Loss::UsageDetail);
    }
    let input = usage.input_tokens().unwrap_or_default();
    let output = usage.output_tokens().unwrap_or_default();
    let total = usage.total_tokens.unwrap_or(input.saturating_add(output));
    out.object("usage", |out| {
        out.number("input_tokens", input);
        out.object("input_tokens_details", |details| {
            details.number("cached_tokens", usage.cache_read_tokens.unwrap_or_default());
            details.number(
                "cache_write_tokens",
                usage.cache_write_tokens.unwrap_or_default(),
            );
        });
        out.number("output_tokens", output);
        out.object("output_tokens_details", |details| {
            let reasoning = usage.output_reasoning_tokens.unwrap_or_default();
            details.number("reasoning_tokens", reasoning);
        });
        out.number("total_tokens", total);
    });
}
