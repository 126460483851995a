use agentgateway_core::json::{self, Raw};

use super::super::{
    super::{
        Loss, LossReport, Refused,
        form::{Sidecar, StopReason},
        read::{Object, string},
    },
    DIALECT,
    json::Members,
};

/// Why a classifier refuses, in Anthropic's words.
///
/// # Source
/// Anthropic API, Messages, `RefusalStopDetails`.
const CATEGORIES: [&str; 5] = [
    "cyber",
    "bio",
    "frontier_llm",
    "reasoning_extraction",
    "general_harms",
];

/// Reads why the model stopped, and keeps the details as they were written.
pub(in super::super) fn read_stop(
    reason: Option<Raw<'_>>,
    sequence: Option<Raw<'_>>,
    details: Option<Raw<'_>>,
) -> Result<(StopReason, Option<Sidecar>), Refused> {
    let details = details.filter(|raw| !json::is_null(*raw));
    let reason = reason.map(|raw| string(raw, "stop_reason")).transpose()?;
    let stop = match reason.as_deref() {
        None | Some("end_turn") => StopReason::EndTurn,
        Some("stop_sequence") => {
            let sequence = sequence.map(|raw| string(raw, "stop_sequence"));
            StopReason::StopSequence(sequence.transpose()?.map(Into::into))
        }
        Some("max_tokens") => StopReason::MaxTokens,
        Some("model_context_window_exceeded") => StopReason::ContextFull,
        Some("tool_use") => StopReason::ToolUse,
        Some("pause_turn") => StopReason::Pause,
        Some("refusal") => StopReason::Filtered(details.map(why).transpose()?.flatten()),
        Some(other) => StopReason::Other(other.to_owned()),
    };
    let details = details.map(|raw| Sidecar::of(DIALECT, "stop_details", raw));
    Ok((stop, details))
}

fn why(details: Raw<'_>) -> Result<Option<String>, Refused> {
    let mut details = Object::of(details, "stop_details")?;
    let category = details.take_str("category")?;
    let why = match category {
        Some(category) => Some(category),
        None => details.take_str("explanation")?,
    };
    Ok(why.map(Into::into))
}

/// Why the model stopped, in the dialect's words.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Stop<'a> {
    pub(in super::super) reason: &'a StopReason,
    /// It said a refusal in words of its own.
    pub(in super::super) refused: bool,
    /// As this dialect's provider wrote them.
    pub(in super::super) details: Option<&'a str>,
}

// === impl Stop ===

impl Stop<'_> {
    /// Writes `stop_reason`, `stop_sequence` and, for a refusal, `stop_details`. Gives the reason.
    pub(in super::super) fn write(
        &self,
        out: &mut Members<'_>,
        losses: &mut LossReport,
    ) -> &'static str {
        let mut named = None;
        let mut why = None;
        let word = match self.reason {
            StopReason::EndTurn if self.refused => "refusal",
            StopReason::EndTurn => "end_turn",
            StopReason::StopSequence(sequence) => {
                named = sequence.as_deref();
                "stop_sequence"
            }
            StopReason::MaxTokens => "max_tokens",
            StopReason::ContextFull => "model_context_window_exceeded",
            StopReason::ToolUse => "tool_use",
            StopReason::Pause => "pause_turn",
            StopReason::Filtered(word) => {
                why = word.as_deref();
                "refusal"
            }
            // The one word of its own that the form does not know.
            StopReason::Other(word) if word == "compaction" => "compaction",
            // There is no word for it, and clients know no others.
            StopReason::Malformed(_) | StopReason::Other(_) => {
                losses.add(Loss::StopReason);
                "end_turn"
            }
        };
        out.string("stop_reason", word);
        out.string_or_null("stop_sequence", named);
        match (self.details, why) {
            (Some(details), _) => out.raw("stop_details", details),
            (None, Some(why)) => write_details(out, why),
            (None, None) => {}
        }
        word
    }
}

fn write_details(out: &mut Members<'_>, why: &str) {
    let category = CATEGORIES.contains(&why).then_some(why);
    out.object("stop_details", |out| {
        out.string("type", "refusal");
        out.string_or_null("category", category);
        out.string_or_null("explanation", Some(why).filter(|_| category.is_none()));
    });
}
