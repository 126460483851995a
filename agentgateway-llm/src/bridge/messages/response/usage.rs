use super::super::{
    super::{Loss, LossReport},
    json::Members,
};
use crate::LlmUsage;

/// Writes the members of `usage`. `input_tokens` and `output_tokens` are required: 0 stands for what nobody told.
///
/// # Source
/// Anthropic API, Messages, `Usage`: input without what caches had, output with thoughts.
pub(in super::super) fn write_usage(
    out: &mut Members<'_>,
    usage: &LlmUsage,
    losses: &mut LossReport,
) {
    let mut count = |name: &'static str, tokens: Option<u64>| {
        if let Some(tokens) = tokens {
            out.number(name, tokens);
        }
    };
    count("input_tokens", usage.input_uncached_tokens.or(Some(0)));
    count("cache_creation_input_tokens", usage.cache_write_tokens);
    count("cache_read_input_tokens", usage.cache_read_tokens);
    count("output_tokens", usage.output_tokens().or(Some(0)));
    let lives = (usage.cache_write_5m_tokens, usage.cache_write_1h_tokens);
    if lives != (None, None) {
        out.object("cache_creation", |out| {
            out.number("ephemeral_5m_input_tokens", lives.0.unwrap_or(0));
            out.number("ephemeral_1h_input_tokens", lives.1.unwrap_or(0));
        });
    }
    if let Some(thoughts) = usage.output_reasoning_tokens {
        out.object("output_tokens_details", |out| {
            out.number("thinking_tokens", thoughts);
        });
    }
    let parts = [usage.input_tokens(), usage.output_tokens()];
    let sum = parts.into_iter().flatten().fold(0, u64::saturating_add);
    if usage.total_tokens.is_some_and(|total| total != sum) {
        losses.add(Loss::UsageDetail);
    }
}
