//! `CompletionUsage`

use super::super::{
    super::{Loss, LossReport},
    json::Members,
};
use crate::LlmUsage;

/// Writes what is known. Both sums include their parts: what caches gave and took, what was thought.
pub(in super::super) fn write(out: &mut Members<'_>, usage: &LlmUsage, losses: &mut LossReport) {
    let (input, output) = (usage.input_tokens(), usage.output_tokens());
    let sum = || Some(input?.saturating_add(output?));
    let sums = [
        ("prompt_tokens", input),
        ("completion_tokens", output),
        ("total_tokens", usage.total_tokens.or_else(sum)),
    ];
    for (name, count) in sums {
        if let Some(count) = count {
            out.number(name, count);
        }
    }
    let (read, write) = (usage.cache_read_tokens, usage.cache_write_tokens);
    if read.or(write).is_some() {
        out.object("prompt_tokens_details", |details| {
            if let Some(count) = read {
                details.number("cached_tokens", count);
            }
            if let Some(count) = write {
                details.number("cache_write_tokens", count);
            }
        });
    }
    if let Some(count) = usage.output_reasoning_tokens {
        out.object("completion_tokens_details", |details| {
            details.number("reasoning_tokens", count);
        });
    }
    let lives = [usage.cache_write_5m_tokens, usage.cache_write_1h_tokens];
    if lives.into_iter().flatten().any(|count| count > 0) {
        losses.add(Loss::UsageDetail);
    }
}
