//! What stands in `thoughtSignature`, a field of bytes.

use std::borrow::Cow;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::super::form::{Opaque, StateOwner};

/// How base64 of a mark begins: `agw1.`, or `redacted.`.
const BEGINNINGS: [&str; 2] = ["YWd3MS", "cmVkYWN0ZWQu"];
/// Before the mark of state that is all that there is of a thought.
const REDACTED: &str = "redacted.";

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// State that was read, and whether it is all that there is of its thought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signature<'a> {
    pub(super) state: Opaque<'a>,
    pub(super) redacted: bool,
}

/// Reads a signature: Gemini's own, or what [`write`] made of another provider's state.
pub(super) fn read(text: Cow<'_, str>) -> Signature<'_> {
    if let Some(marked) = marked(&text) {
        let (redacted, slot) = match marked.strip_prefix(REDACTED) {
            Some(slot) => (true, slot.to_owned()),
            None => (false, marked),
        };
        let state = Opaque::from_slot(StateOwner::Gemini, slot);
        if !state.is_for(StateOwner::Gemini) {
            return Signature { state, redacted };
        }
    }
    Signature {
        state: Opaque::new(StateOwner::Gemini, text),
        redacted: false,
    }
}

fn marked(text: &str) -> Option<String> {
    if !BEGINNINGS.iter().any(|start| text.starts_with(start)) {
        return None;
    }
    // Clients of Python write the URL-safe alphabet.
    let bytes = BASE64.decode(standard(text).as_ref()).ok()?;
    String::from_utf8(bytes).ok()
}

/// Writes state as a signature.
pub(super) fn write<'a>(state: &'a Opaque<'_>, redacted: bool) -> Cow<'a, str> {
    if state.is_for(StateOwner::Gemini) {
        return Cow::Borrowed(&state.data);
    }
    let slot = state.to_slot(StateOwner::Gemini);
    let prefix = if redacted { REDACTED } else { "" };
    Cow::Owned(encode(format!("{prefix}{slot}").as_bytes()))
}

/// Bytes as base64 of the standard alphabet.
pub(super) fn encode(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// Base64 of either alphabet in the standard one, padded.
pub(super) fn standard(text: &str) -> Cow<'_, str> {
    let missing = match text.len() % 4 {
        0 | 1 => 0,
        rest => 4 - rest,
    };
    if missing == 0 && !text.bytes().any(|byte| matches!(byte, b'-' | b'_')) {
        return Cow::Borrowed(text);
    }
    let mut standard = text.replace('-', "+").replace('_', "/");
    standard.extend(std::iter::repeat_n('=', missing));
    Cow::Owned(standard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_of_others_is_base64_and_comes_back() {
        for redacted in [false, true] {
            for data in ["", "a", "EqoB+/=", "ü"] {
                let state = Opaque::new(StateOwner::Anthropic, data);
                let slot = write(&state, redacted).into_owned();
                assert!(BASE64.decode(&slot).is_ok());
                let url_safe = slot.replace('+', "-").replace('/', "_");
                for text in [slot, url_safe] {
                    let read = read(text.into());
                    assert_eq!((read.state, read.redacted), (state.clone(), redacted));
                }
            }
        }
    }

    #[test]
    fn own_state_stays_as_it_is() {
        for text in ["", "CiIB0e2Kb6Syj1a96-_", "YWd3MS5ub2JvZHkueA==", "YWd3MS"] {
            let read = read(text.into());
            assert_eq!(read.state, Opaque::new(StateOwner::Gemini, text));
            assert_eq!(write(&read.state, false), text);
        }
    }

    #[test]
    fn either_alphabet_becomes_the_standard_one() {
        assert_eq!(standard("_9j-"), "/9j+");
        assert_eq!(standard("YQ"), "YQ==");
        assert!(matches!(standard("YQ=="), Cow::Borrowed(_)));
    }
}
