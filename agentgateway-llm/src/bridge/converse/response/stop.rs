use super::super::super::{Loss, LossReport, form::StopReason};

/// # Source
/// Amazon Bedrock API reference, Converse, `stopReason`.
pub(in super::super) fn read_stop(word: &str, sequence: Option<String>) -> StopReason {
    match word {
        "end_turn" => StopReason::EndTurn,
        "stop_sequence" => StopReason::StopSequence(sequence),
        "max_tokens" => StopReason::MaxTokens,
        "model_context_window_exceeded" => StopReason::ContextFull,
        "tool_use" => StopReason::ToolUse,
        "guardrail_intervened" | "content_filtered" => StopReason::Filtered(Some(word.to_owned())),
        "malformed_model_output" | "malformed_tool_use" => StopReason::Malformed(word.to_owned()),
        other => StopReason::Other(other.to_owned()),
    }
}

/// The dialect's word; the set of them is closed.
pub(in super::super) fn write_stop(stop: &StopReason, losses: &mut LossReport) -> &'static str {
    let (word, is_exact) = match stop {
        StopReason::EndTurn => ("end_turn", true),
        StopReason::StopSequence(named) => ("stop_sequence", named.is_none()),
        StopReason::MaxTokens => ("max_tokens", true),
        StopReason::ContextFull => ("model_context_window_exceeded", true),
        StopReason::ToolUse => ("tool_use", true),
        StopReason::Filtered(Some(word)) if word == "guardrail_intervened" => {
            ("guardrail_intervened", true)
        }
        StopReason::Filtered(word) => (
            "content_filtered",
            word.as_deref()
                .is_none_or(|word| word == "content_filtered"),
        ),
        StopReason::Malformed(word) if word == "malformed_tool_use" => ("malformed_tool_use", true),
        StopReason::Malformed(word) => ("malformed_model_output", word == "malformed_model_output"),
        StopReason::Pause | StopReason::Other(_) => ("end_turn", false),
    };
    if !is_exact {
        losses.add(Loss::StopReason);
    }
    word
}
