use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use super::super::form::{Content, Request, ToolChoice};

/// The longest name of a tool, and the longest id of a call.
const MAX_BYTES: usize = 64;

/// Names of tools that the dialect does not take, and what is written for them.
///
/// # Source
/// Amazon Bedrock API reference, ToolSpecification: names match `[a-zA-Z0-9_-]+` and have 1 to 64 characters.
#[derive(Debug, Default)]
pub(super) struct ToolNames(Vec<(String, String)>);

// === impl ToolNames ===

impl ToolNames {
    /// Looks at all names in a request.
    pub(super) fn of(request: &Request) -> Self {
        let mut names = Self::default();
        if all(request).all(is_name) {
            return names;
        }
        let mut taken: BTreeSet<String> = all(request)
            .filter(|name| is_name(name))
            .map(Into::into)
            .collect();
        for name in all(request).filter(|name| !is_name(name)) {
            if names.0.iter().all(|(_, ours)| ours != name) {
                let theirs = free(name, &taken);
                taken.insert(theirs.clone());
                names.0.push((theirs, name.to_owned()));
            }
        }
        names
    }

    /// What is written for a name.
    pub(super) fn written<'a>(&'a self, name: &'a str) -> &'a str {
        let mut known = self.0.iter();
        known
            .find(|(_, ours)| ours == name)
            .map_or(name, |(theirs, _)| theirs)
    }

    /// For the reader of the answer.
    pub(super) fn into_context(self) -> Option<Arc<[(String, String)]>> {
        (!self.0.is_empty()).then(|| self.0.into())
    }
}

fn all(request: &Request) -> impl Iterator<Item = &str> {
    let tools = request.tools.iter().map(|tool| tool.name.as_str());
    let chosen = match &request.tool_choice {
        Some(ToolChoice::Tool(name)) => Some(name.as_str()),
        _ => None,
    };
    let blocks = request.turns.iter().flat_map(|turn| &turn.blocks);
    let called = blocks.filter_map(|block| match &block.content {
        Content::ToolCall(call) => Some(call.name.as_str()),
        _ => None,
    });
    tools.chain(chosen).chain(called)
}

/// The id of a call as the dialect takes it: the same for the call and its result.
pub(super) fn call_id(id: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| is_plain(byte) || matches!(byte, b'.' | b':');
    if (1..=MAX_BYTES).contains(&id.len()) && id.bytes().all(is_plain) {
        return Cow::Borrowed(id);
    }
    Cow::Owned(respelled(id))
}

fn is_name(name: &str) -> bool {
    (1..=MAX_BYTES).contains(&name.len()) && name.bytes().all(is_plain)
}

const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// What can stay of a text, and a sum that tells it from others: the same in each request of a conversation.
fn respelled(text: &str) -> String {
    let plain = |c: char| match u8::try_from(c) {
        Ok(byte) if is_plain(byte) => c,
        _ => '_',
    };
    let mut kept: String = text.chars().map(plain).take(MAX_BYTES - 9).collect();
    kept.push_str(&format!("_{:08x}", crc32fast::hash(text.as_bytes())));
    kept
}

fn free(name: &str, taken: &BTreeSet<String>) -> String {
    let base = respelled(name);
    if !taken.contains(&base) {
        return base;
    }
    let kept: String = base.chars().take(MAX_BYTES - 8).collect();
    (2_u32..)
        .map(|number| format!("{kept}_{number}"))
        .find(|name| !taken.contains(name))
        .unwrap_or(base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::form::Tool;

    #[test]
    fn names_that_are_not_taken_are_spelled_otherwise_and_stay_apart() {
        let mut request = Request::default();
        let long = "x".repeat(65);
        for name in ["ok", "a.b", "a:b", "a_b", "", "a.b", "é", &long] {
            request.tools.push(Tool::new(name));
        }
        let names = ToolNames::of(&request);
        assert_eq!(names.written("ok"), "ok");
        assert_eq!(names.written("a_b"), "a_b");
        let written: BTreeSet<_> = ["a.b", "a:b", "", "é", &long]
            .map(|name| names.written(name).to_owned())
            .into();
        assert_eq!(written.len(), 5);
        assert!(written.iter().all(|name| is_name(name)), "{written:?}");
        assert_eq!(names.into_context().map(|known| known.len()), Some(5));
        assert!(ToolNames::of(&Request::default()).into_context().is_none());
    }

    #[test]
    fn ids_that_are_not_taken_are_spelled_otherwise() {
        assert_eq!(call_id("functions.f:0"), "functions.f:0");
        let long = "c".repeat(80);
        for odd in ["", "a b", "é", &long] {
            let written = call_id(odd);
            assert!(is_name(&written), "{written}");
            assert_eq!(written, call_id(odd));
        }
    }
}
