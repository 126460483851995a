//! `finishReason` and `blockReason`.

use std::borrow::Cow;

use super::super::{
    form::StopReason,
    loss::{Loss, LossReport},
};

/// For a call that is none.
pub(super) const MALFORMED_CALL: &str = "MALFORMED_FUNCTION_CALL";
/// For an answer that tells no reason.
pub(super) const UNSPECIFIED: &str = "FINISH_REASON_UNSPECIFIED";

const FILTERS: [&str; 12] = [
    "SAFETY",
    "RECITATION",
    "LANGUAGE",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
    "MODEL_ARMOR",
    "ESCALATION",
    "PUP_LIMITED_DISABLED",
];
const MALFORMED: [&str; 5] = [
    MALFORMED_CALL,
    "UNEXPECTED_TOOL_CALL",
    "TOO_MANY_TOOL_CALLS",
    "MISSING_THOUGHT_SIGNATURE",
    "MALFORMED_RESPONSE",
];

/// The reason of a word; a call was made, or not.
pub(super) fn of_word(word: &str, called: bool) -> StopReason {
    match word {
        "STOP" if called => StopReason::ToolUse,
        "STOP" => StopReason::EndTurn,
        "MAX_TOKENS" => StopReason::MaxTokens,
        "CONTINUATION" => StopReason::Pause,
        _ if FILTERS.contains(&word) => StopReason::Filtered(Some(word.to_owned())),
        _ if MALFORMED.contains(&word) => StopReason::Malformed(word.to_owned()),
        _ => StopReason::Other(word.to_owned()),
    }
}

/// The word for a reason.
pub(super) fn word<'a>(reason: &'a StopReason, losses: &mut LossReport) -> Cow<'a, str> {
    let (word, exact) = match reason {
        StopReason::EndTurn | StopReason::ToolUse | StopReason::StopSequence(None) => {
            ("STOP", true)
        }
        StopReason::StopSequence(Some(_)) => ("STOP", false),
        StopReason::MaxTokens => ("MAX_TOKENS", true),
        StopReason::ContextFull => ("MAX_TOKENS", false),
        StopReason::Filtered(None) => ("SAFETY", true),
        StopReason::Filtered(Some(word)) => known(word, &FILTERS).unwrap_or(("SAFETY", false)),
        StopReason::Pause => ("CONTINUATION", true),
        StopReason::Malformed(word) => known(word, &MALFORMED).unwrap_or((MALFORMED_CALL, false)),
        StopReason::Other(word) if is_constant(word) => (word.as_str(), true),
        StopReason::Other(_) => ("OTHER", false),
    };
    if !exact {
        losses.add(Loss::StopReason);
    }
    Cow::Borrowed(word)
}

fn known<'a>(word: &'a str, words: &[&str]) -> Option<(&'a str, bool)> {
    words.contains(&word).then_some((word, true))
}

/// Whether a word looks as Gemini's do.
fn is_constant(word: &str) -> bool {
    !word.is_empty()
        && word
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back() {
        let mut losses = LossReport::new();
        for words in [
            &FILTERS[..],
            &MALFORMED,
            &["STOP", "MAX_TOKENS", "OTHER", "NO_IMAGE"],
        ] {
            for told in words {
                for called in [false, true] {
                    assert_eq!(word(&of_word(told, called), &mut losses), *told);
                }
            }
        }
        assert!(losses.is_empty());
    }

    #[test]
    fn words_of_others_are_said_less_exactly() {
        for (reason, expected) in [
            (StopReason::Filtered(Some("refusal".into())), "SAFETY"),
            (
                StopReason::Malformed("malformed_tool_use".into()),
                MALFORMED_CALL,
            ),
            (StopReason::Other("new".into()), "OTHER"),
            (StopReason::ContextFull, "MAX_TOKENS"),
            (StopReason::StopSequence(Some("END".into())), "STOP"),
        ] {
            let mut losses = LossReport::new();
            assert_eq!(word(&reason, &mut losses), expected);
            assert!(losses.has(Loss::StopReason));
        }
    }
}
