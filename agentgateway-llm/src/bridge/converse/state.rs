//! State of thoughts, in the slots that the dialect has for it.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::super::form::{Block, Content, Opaque, Reasoning, StateOwner};

/// What `redactedContent` holds: bytes in base64, which with Anthropic's models are base64 again.
pub(super) fn of_redacted(text: &str) -> Opaque<'static> {
    let bytes = STANDARD.decode(text).ok();
    of_bytes(text, bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
}

fn of_bytes(text: &str, decoded: Option<String>) -> Opaque<'static> {
    match decoded {
        Some(decoded) => Opaque::from_slot(StateOwner::Anthropic, decoded).into_owned(),
        // Another model's: kept as it is written.
        None => Opaque::new(StateOwner::Other, text.to_owned()),
    }
}

/// What to write as `redactedContent`.
pub(super) fn to_redacted(state: &Opaque<'_>) -> String {
    let is_native = state.is_for(StateOwner::Other) && is_bytes(&state.data);
    if is_native {
        return state.data.clone().into_owned();
    }
    STANDARD.encode(state.to_slot(StateOwner::Anthropic).as_bytes())
}

/// Base64 of what is no text: it was kept as it was written.
fn is_bytes(text: &str) -> bool {
    let bytes = STANDARD.decode(text);
    bytes.is_ok_and(|bytes| String::from_utf8(bytes).is_err())
}

/// The state of a call: Gemini's alone has one.
pub(super) fn of_call(block: &Block) -> Option<&Opaque<'static>> {
    match &block.content {
        Content::Reasoning(Reasoning {
            text,
            state: Some(state),
            redacted: false,
            ..
        }) if text.is_empty() && state.is_for(StateOwner::Gemini) => Some(state),
        _ => None,
    }
}

/// Puts a block behind others. State of a call that stands before it goes into it.
pub(super) fn push(blocks: &mut Vec<Block>, mut block: Block) {
    if let Content::ToolCall(call) = &mut block.content {
        if let Some(state) = blocks.last().and_then(of_call) {
            call.state = Some(state.clone());
            blocks.pop();
        }
    }
    blocks.push(block);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redacted_state_is_the_same_in_both_of_anthropics_dialects() {
        let state = of_redacted("RXRrRQ==");
        assert_eq!(state, Opaque::new(StateOwner::Anthropic, "EtkE"));
        assert_eq!(to_redacted(&state), "RXRrRQ==");
        let foreign = Opaque::new(StateOwner::OpenAi, "x");
        assert_eq!(of_redacted(&to_redacted(&foreign)), foreign);
        for odd in ["/w==", "no base64"] {
            let state = of_redacted(odd);
            assert!(state.is_for(StateOwner::Other));
        }
        assert_eq!(to_redacted(&of_redacted("/w==")), "/w==");
    }
}
