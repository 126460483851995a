//! `finish_reason`.

use super::super::{Loss, LossReport, form::StopReason};

/// What a provider's word means. `called`: the answer asks for a tool of the client's; OpenAI says `stop` for it
/// where the request named the tool.
pub(super) fn of_word(word: Option<&str>, sequence: Option<&str>, called: bool) -> StopReason {
    match word {
        None | Some("stop" | "eos" | "end_turn") if called => StopReason::ToolUse,
        Some("stop") if sequence.is_some() => StopReason::StopSequence(sequence.map(Into::into)),
        None | Some("stop" | "eos" | "end_turn") => StopReason::EndTurn,
        Some("length" | "max_tokens") => StopReason::MaxTokens,
        // Mistral's.
        Some("model_length") => StopReason::ContextFull,
        Some("tool_calls" | "function_call") => StopReason::ToolUse,
        Some("content_filter") => StopReason::Filtered(None),
        Some(word @ "error") => StopReason::Malformed(word.into()),
        Some(word) => StopReason::Other(word.into()),
    }
}

/// The word for it: clients know five.
pub(super) fn to_word(reason: &StopReason, losses: &mut LossReport) -> &'static str {
    let (word, exact) = match reason {
        StopReason::EndTurn | StopReason::StopSequence(None) => ("stop", true),
        StopReason::MaxTokens => ("length", true),
        StopReason::ContextFull => ("length", false),
        StopReason::ToolUse => ("tool_calls", true),
        StopReason::Filtered(word) => ("content_filter", word.is_none()),
        StopReason::StopSequence(Some(_))
        | StopReason::Pause
        | StopReason::Malformed(_)
        | StopReason::Other(_) => ("stop", false),
    };
    if !exact {
        losses.add(Loss::StopReason);
    }
    word
}
