//! Names of tools that a provider does not take, and what is written for them.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{
    DecodeContext,
    form::{Content, Request, ToolChoice},
};

/// Which names a dialect takes.
#[derive(Clone, Copy, Debug)]
pub(in crate::bridge) struct NameRule {
    /// How long a name that is made may be.
    pub(in crate::bridge) max_bytes: usize,
    /// Whether a name is taken as it is.
    pub(in crate::bridge) fits: fn(&str) -> bool,
    /// A name that is taken in the place of one that is not: ASCII, of `max_bytes` at most.
    pub(in crate::bridge) mend: fn(&str) -> String,
}

/// OpenAI's, in both of its dialects.
///
/// # Source
/// OpenAI API, `FunctionObject` and `FunctionTool`: `name` is `[a-zA-Z0-9_-]` and has 64 characters at most.
pub(in crate::bridge) const OPENAI: NameRule = NameRule {
    max_bytes: 64,
    fits: |name| is_plain_name(name, 64),
    mend: |name| plain(name, 64),
};

/// The names of one request that are written otherwise: the client's, and the provider's.
#[derive(Debug, Default)]
pub(in crate::bridge) struct ToolNames(HashMap<String, String>);

// === impl ToolNames ===

impl ToolNames {
    /// Looks at all names in a request. Two names stay two.
    pub(in crate::bridge) fn of(request: &Request, rule: NameRule) -> Self {
        let fits = |name: &&str| (rule.fits)(name);
        let mut names = Self::default();
        if all(request).all(|name| fits(&name)) {
            return names;
        }
        let mut taken: HashSet<String> = all(request).filter(fits).map(str::to_owned).collect();
        // Where many names are mended alike, each goes on where the last one stopped.
        let mut numbers: HashMap<String, u64> = HashMap::new();
        for name in all(request).filter(|name| !fits(name)) {
            if names.0.contains_key(name) {
                continue;
            }
            let base = (rule.mend)(name);
            let number = numbers.entry(base.clone()).or_insert(1);
            let mut theirs = base.clone();
            while !taken.insert(theirs.clone()) {
                *number += 1;
                theirs = numbered(&base, *number, rule.max_bytes);
            }
            names.0.insert(name.to_owned(), theirs);
        }
        names
    }

    /// What is written for a name.
    pub(in crate::bridge) fn theirs<'a>(&'a self, ours: &'a str) -> &'a str {
        self.0.get(ours).map_or(ours, String::as_str)
    }

    /// The request with the provider's names; as it is where all are taken.
    pub(in crate::bridge) fn renamed<'a>(&self, request: &'a Request) -> Cow<'a, Request> {
        if self.0.is_empty() {
            return Cow::Borrowed(request);
        }
        let mut renamed = request.clone();
        let rename = |name: &mut String| self.theirs(&std::mem::take(name)).clone_into(name);
        renamed
            .tools
            .iter_mut()
            .for_each(|tool| rename(&mut tool.name));
        match &mut renamed.tool_choice {
            Some(ToolChoice::Tool(name)) => rename(name),
            Some(ToolChoice::Allowed { names, .. }) => names.iter_mut().for_each(rename),
            _ => {}
        }
        for block in renamed.turns.iter_mut().flat_map(|turn| &mut turn.blocks) {
            match &mut block.content {
                Content::ToolCall(call) => rename(&mut call.name),
                Content::ToolResult(result) => result.name.iter_mut().for_each(rename),
                _ => {}
            }
        }
        Cow::Owned(renamed)
    }

    /// What the answer is read with.
    pub(in crate::bridge) fn into_context(self) -> DecodeContext {
        let pairs = self.0.into_iter().map(|(ours, theirs)| (theirs, ours));
        let pairs: Arc<[(String, String)]> = pairs.collect();
        DecodeContext {
            tool_names: Some(pairs).filter(|pairs| !pairs.is_empty()),
        }
    }
}

fn all(request: &Request) -> impl Iterator<Item = &str> {
    let tools = request.tools.iter().map(|tool| tool.name.as_str());
    let chosen = match &request.tool_choice {
        Some(ToolChoice::Tool(name)) => std::slice::from_ref(name),
        Some(ToolChoice::Allowed { names, .. }) => names,
        _ => &[],
    };
    let blocks = request.turns.iter().flat_map(|turn| &turn.blocks);
    let called = blocks.filter_map(|block| match &block.content {
        Content::ToolCall(call) => Some(call.name.as_str()),
        _ => None,
    });
    let chosen = chosen.iter().map(String::as_str);
    tools.chain(chosen).chain(called)
}

fn numbered(base: &str, number: u64, max_bytes: usize) -> String {
    let end = format!("_{number}");
    let room = max_bytes.saturating_sub(end.len());
    let kept: String = base.chars().take(room).collect();
    kept + &end
}

/// Whether a name has letters, digits, `_` and `-` alone, and so many bytes at most.
pub(in crate::bridge) fn is_plain_name(name: &str, max_bytes: usize) -> bool {
    (1..=max_bytes).contains(&name.len()) && name.bytes().all(is_plain)
}

/// Letters, digits, `_` and `-`, which every dialect takes.
pub(in crate::bridge) const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// A name with `_` for each character that not every dialect takes, and so many at most.
pub(in crate::bridge) fn plain(name: &str, max_bytes: usize) -> String {
    let letters = name.chars().map(|letter| match u8::try_from(letter) {
        Ok(byte) if is_plain(byte) => letter,
        _ => '_',
    });
    let plain: String = letters.take(max_bytes).collect();
    if plain.is_empty() {
        "_".to_owned()
    } else {
        plain
    }
}

/// A name as OpenAI takes it, where only one is written.
pub(in crate::bridge) fn fitting(name: &str) -> Cow<'_, str> {
    if (OPENAI.fits)(name) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned((OPENAI.mend)(name))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::bridge::form::Tool;

    fn request(names: &[&str]) -> Request {
        Request {
            tools: names.iter().map(|name| Tool::new(*name)).collect(),
            ..Request::default()
        }
    }

    #[test]
    fn names_that_are_not_taken_are_spelled_otherwise_and_stay_apart() {
        let names = ToolNames::of(&request(&["ok", "a.b", "a:b", "a_b", "", "a.b"]), OPENAI);
        assert_eq!(names.theirs("ok"), "ok");
        assert_eq!(names.theirs("a_b"), "a_b");
        assert_eq!(names.theirs("a.b"), "a_b_2");
        assert_eq!(names.theirs("a:b"), "a_b_3");
        assert_eq!(names.theirs(""), "_");
        let context = names.into_context();
        assert_eq!(
            context.tool_names.as_ref().map(|known| known.len()),
            Some(3)
        );
        assert_eq!(context.tool_name("a_b_3"), "a:b");
        assert_eq!(context.tool_name("a_b"), "a_b");
        assert!(
            ToolNames::of(&request(&["ok"]), OPENAI)
                .into_context()
                .tool_names
                .is_none()
        );
    }

    #[test]
    fn long_names_that_begin_alike_stay_apart_and_short_enough() {
        let long = |end: &str| "x".repeat(64) + end;
        let all = [long("a"), long("b"), long("c")];
        let names: Vec<&str> = all.iter().map(String::as_str).collect();
        let written = ToolNames::of(&request(&names), OPENAI);
        let theirs: BTreeSet<&str> = names.iter().map(|name| written.theirs(name)).collect();
        assert_eq!(theirs.len(), 3);
        assert!(theirs.iter().all(|name| (OPENAI.fits)(name)), "{theirs:?}");
    }

    #[test]
    fn names_that_are_chosen_alone_are_looked_at_too() {
        let mut asked = request(&[]);
        asked.tool_choice = Some(ToolChoice::Tool("a.b".to_owned()));
        assert_eq!(ToolNames::of(&asked, OPENAI).theirs("a.b"), "a_b");
    }
}
