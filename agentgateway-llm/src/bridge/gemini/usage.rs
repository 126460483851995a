//! `usageMetadata`.

use agentgateway_core::json::Raw;
use bytes::BytesMut;

use super::{
    super::loss::{Loss, LossReport},
    write,
};
use crate::{LlmDialect, LlmUsage, wire::Counts};

/// The counts of a whole answer.
pub(super) fn read(raw: Raw<'_>) -> LlmUsage {
    let mut counts = Counts::default();
    counts.gemini(raw);
    counts.usage(LlmDialect::Gemini).unwrap_or_default()
}

/// Writes what is known. The output is without thoughts, the input with what was cached.
pub(super) fn encode(out: &mut BytesMut, usage: &LlmUsage, losses: &mut LossReport) {
    let input = usage.input_tokens();
    let total = usage.total_tokens.or_else(|| {
        let output = usage.output_tokens()?;
        Some(input?.saturating_add(output))
    });
    if usage.cache_write_tokens.is_some_and(|tokens| tokens > 0) {
        losses.add(Loss::UsageDetail);
    }
    write::object(out, |told| {
        told.some("promptTokenCount", input);
        told.some("cachedContentTokenCount", usage.cache_read_tokens);
        told.some("candidatesTokenCount", usage.output_text_tokens);
        told.some("thoughtsTokenCount", usage.output_reasoning_tokens);
        told.some("totalTokenCount", total);
    });
}
