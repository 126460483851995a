//! Names of tools and ids of calls as the dialect takes them.

use std::borrow::Cow;

use super::super::names::{NameRule, is_plain, is_plain_name, plain};

/// The longest name of a tool, and the longest id of a call.
const MAX_BYTES: usize = 64;

/// A name that is made is the same in each request of a conversation.
///
/// # Source
/// Amazon Bedrock API reference, ToolSpecification: names match `[a-zA-Z0-9_-]+` and have 1 to 64 characters.
pub(super) const NAMES: NameRule = NameRule {
    max_bytes: MAX_BYTES,
    fits: |name| is_plain_name(name, MAX_BYTES),
    mend: respelled,
};

/// The id of a call as the dialect takes it: the same for the call and its result.
pub(super) fn call_id(id: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| is_plain(byte) || matches!(byte, b'.' | b':');
    if (1..=MAX_BYTES).contains(&id.len()) && id.bytes().all(is_plain) {
        return Cow::Borrowed(id);
    }
    Cow::Owned(respelled(id))
}

/// What can stay of a text, and a sum that tells it from others.
fn respelled(text: &str) -> String {
    let mut kept = plain(text, MAX_BYTES - 9);
    kept.push_str(&format!("_{:08x}", crc32fast::hash(text.as_bytes())));
    kept
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::bridge::{
        form::{Request, Tool},
        names::ToolNames,
    };

    #[test]
    fn names_that_are_not_taken_are_spelled_otherwise_and_stay_apart() {
        let mut request = Request::default();
        let long = "x".repeat(65);
        for name in ["ok", "a.b", "a:b", "a_b", "", "a.b", "é", &long] {
            request.tools.push(Tool::new(name));
        }
        let names = ToolNames::of(&request, NAMES);
        assert_eq!(names.theirs("ok"), "ok");
        assert_eq!(names.theirs("a_b"), "a_b");
        let written: BTreeSet<_> = ["a.b", "a:b", "", "é", &long]
            .map(|name| names.theirs(name).to_owned())
            .into();
        assert_eq!(written.len(), 5);
        assert!(written.iter().all(|name| (NAMES.fits)(name)), "{written:?}");
        assert_eq!(
            names.into_context().tool_names.map(|known| known.len()),
            Some(5)
        );
        let none = ToolNames::of(&Request::default(), NAMES);
        assert!(none.into_context().tool_names.is_none());
    }

    #[test]
    fn ids_that_are_not_taken_are_spelled_otherwise() {
        assert_eq!(call_id("functions.f:0"), "functions.f:0");
        let long = "c".repeat(80);
        for odd in ["", "a b", "é", &long] {
            let written = call_id(odd);
            assert!((NAMES.fits)(&written), "{written}");
            assert_eq!(written, call_id(odd));
        }
    }
}
