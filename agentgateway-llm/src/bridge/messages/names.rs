use std::{borrow::Cow, collections::BTreeSet, fmt::Write as _, sync::Arc};

use super::super::form::{Content, Request};

/// The longest name of a tool.
const MAX_NAME_BYTES: usize = 128;

/// Names of tools that the dialect does not take, and what is written for them.
///
/// # Source
/// Anthropic API, Define tools: names match `^[a-zA-Z0-9_-]{1,128}$`.
#[derive(Debug, Default)]
pub(super) struct ToolNames(Vec<(String, String)>);

// === impl ToolNames ===

impl ToolNames {
    /// Looks at all names in a request.
    pub(super) fn of(request: &Request) -> Self {
        let mut names = Self::default();
        let all = || {
            let tools = request.tools.iter().map(|tool| tool.name.as_str());
            let blocks = request.turns.iter().flat_map(|turn| &turn.blocks);
            tools.chain(blocks.filter_map(|block| match &block.content {
                Content::ToolCall(call) => Some(call.name.as_str()),
                _ => None,
            }))
        };
        if all().all(is_name) {
            return names;
        }
        let mut taken: BTreeSet<String> = all().filter(|n| is_name(n)).map(Into::into).collect();
        for name in all().filter(|name| !is_name(name)) {
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

/// The id of a call as the dialect takes it. Two ids stay two.
pub(super) fn call_id(id: &str) -> Cow<'_, str> {
    if !id.is_empty() && id.bytes().all(is_plain) {
        return Cow::Borrowed(id);
    }
    let mut plain = String::from("_");
    for byte in id.bytes() {
        if is_plain(byte) && byte != b'_' {
            plain.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(plain, "_{byte:02x}");
        }
    }
    Cow::Owned(plain)
}

const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn is_name(name: &str) -> bool {
    (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(is_plain)
}

fn free(name: &str, taken: &BTreeSet<String>) -> String {
    let plain = |c: char| {
        if c.is_ascii() && is_plain(c as u8) {
            c
        } else {
            '_'
        }
    };
    // Room for a number.
    let base: String = name.chars().map(plain).take(MAX_NAME_BYTES - 8).collect();
    let base = if base.is_empty() {
        "_".to_owned()
    } else {
        base
    };
    let numbered = (2_u32..).map(|number| format!("{base}_{number}"));
    std::iter::once(base.clone())
        .chain(numbered)
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
        for name in ["ok", "a.b", "a:b", "a_b", "", "a.b"] {
            request.tools.push(Tool::new(name));
        }
        let names = ToolNames::of(&request);
        assert_eq!(names.written("ok"), "ok");
        assert_eq!(names.written("a_b"), "a_b");
        assert_eq!(names.written("a.b"), "a_b_2");
        assert_eq!(names.written("a:b"), "a_b_3");
        assert_eq!(names.written(""), "_");
        assert_eq!(names.into_context().map(|known| known.len()), Some(3));
        assert!(ToolNames::of(&Request::default()).into_context().is_none());
    }

    #[test]
    fn ids_that_are_not_taken_are_spelled_otherwise_and_stay_apart() {
        assert_eq!(call_id("toolu_1"), "toolu_1");
        let odd = ["f:0", "f.0", "f_0:", "", "é"];
        let written: BTreeSet<_> = odd.iter().map(|id| call_id(id)).collect();
        assert_eq!(written.len(), odd.len());
        assert!(written.iter().all(|id| id.bytes().all(is_plain)));
        assert_eq!(call_id("functions.f:0"), "_functions_2ef_3a0");
    }
}
