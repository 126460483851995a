use super::super::{
    super::{Loss, LossReport},
    json::Members,
};
use crate::LlmUsage;

/// Writes the members of `TokenUsage`. Three of them must be there, and are 0 where nothing is known.
pub(in super::super) fn write_usage(
    out: &mut Members<'_>,
    usage: &LlmUsage,
    losses: &mut LossReport,
) {
    let output = usage.output_tokens();
    let sum = usage
        .input_tokens()
        .unwrap_or(0)
        .saturating_add(output.unwrap_or(0));
    if usage
        .output_reasoning_tokens
        .is_some_and(|tokens| tokens > 0)
    {
        losses.add(Loss::UsageDetail);
    }
    out.number("inputTokens", usage.input_uncached_tokens.unwrap_or(0));
    out.number("outputTokens", output.unwrap_or(0));
    out.number("totalTokens", usage.total_tokens.unwrap_or(sum));
    if let Some(read) = usage.cache_read_tokens {
        out.number("cacheReadInputTokens", read);
    }
    if let Some(write) = usage.cache_write_tokens {
        out.number("cacheWriteInputTokens", write);
    }
    out.array_if_any("cacheDetails", |details| {
        let lives = [
            ("1h", usage.cache_write_1h_tokens),
            ("5m", usage.cache_write_5m_tokens),
        ];
        for (ttl, written) in lives {
            if let Some(written) = written {
                details.object(|out| {
                    out.string("ttl", ttl);
                    out.number("inputTokens", written);
                });
            }
        }
    });
}
