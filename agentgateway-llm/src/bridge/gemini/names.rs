//! Names and ids of functions.

use std::collections::{HashMap, HashSet, VecDeque};

use super::super::{
    codec::DecodeContext,
    form::{Content, Request},
};

/// The longest name that every model takes.
const MAX_NAME_BYTES: usize = 64;
/// How much of an answer's id is in the ids of its calls; OpenAI's clients bound those to 40 bytes.
const MAX_SEED_BYTES: usize = 28;

/// The calls of a conversation, for ids where there are none.
#[derive(Debug, Default)]
pub(super) struct Calls {
    seed: String,
    next: u64,
    ids: HashSet<String>,
    /// Calls in their order, by name.
    waiting: HashMap<String, VecDeque<String>>,
    /// Those of them that a result named.
    answered: HashSet<String>,
}

// === impl Calls ===

impl Calls {
    /// For an answer: ids are made of its own, so that they are unique in the conversation.
    pub(super) fn of_answer(id: &str) -> Self {
        let plain = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        let mut seed: String = id.chars().filter(plain).take(MAX_SEED_BYTES).collect();
        if !seed.is_empty() {
            seed.push('_');
        }
        Self {
            seed,
            ..Self::default()
        }
    }

    /// The id of a call.
    pub(super) fn call(&mut self, id: Option<&str>, name: &str) -> String {
        let id = self.own_or_new(id);
        self.waiting
            .entry(name.to_owned())
            .or_default()
            .push_back(id.clone());
        id
    }

    /// The id of the call that a result answers: the first of that name that waits, where the result tells none.
    pub(super) fn answered(&mut self, id: Option<&str>, name: &str) -> String {
        if let Some(id) = id.filter(|id| !id.is_empty()) {
            self.answered.insert(id.to_owned());
            return id.to_owned();
        }
        let Self {
            waiting, answered, ..
        } = self;
        let waiting = waiting.get_mut(name);
        let first = waiting.and_then(|ids| {
            while ids.front().is_some_and(|id| answered.contains(id)) {
                ids.pop_front();
            }
            ids.pop_front()
        });
        first.unwrap_or_else(|| self.own_or_new(None))
    }

    fn own_or_new(&mut self, id: Option<&str>) -> String {
        let id = match id.filter(|id| !id.is_empty()) {
            Some(id) => id.to_owned(),
            None => self.new_id(),
        };
        self.ids.insert(id.clone());
        id
    }

    fn new_id(&mut self) -> String {
        loop {
            let id = format!("call_{}{}", self.seed, self.next);
            self.next += 1;
            if !self.ids.contains(&id) {
                return id;
            }
        }
    }
}

/// Names of functions as Gemini takes them, where it does not take a client's: a client's name, and Gemini's.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<String, String>);

// === impl Names ===

impl Names {
    /// For the tools of a request and the calls in it.
    pub(super) fn of(request: &Request) -> Self {
        let tools = request.tools.iter().map(|tool| tool.name.as_str());
        let blocks = request.turns.iter().flat_map(|turn| &turn.blocks);
        let calls = blocks.filter_map(|block| match &block.content {
            Content::ToolCall(call) => Some(call.name.as_str()),
            _ => None,
        });
        let all = tools.chain(calls);
        if all.clone().all(is_taken_as_it_is) {
            return Self::default();
        }
        let mut taken: HashSet<String> = all.clone().map(str::to_owned).collect();
        let mut numbers: HashMap<String, u64> = HashMap::new();
        let mut names = Self::default();
        for name in all.filter(|name| !is_taken_as_it_is(name)) {
            if names.0.contains_key(name) {
                continue;
            }
            let plain = plain(name);
            let number = numbers.entry(plain.clone()).or_insert(1);
            let mut theirs = plain.clone();
            while !taken.insert(theirs.clone()) {
                *number += 1;
                theirs = format!("{plain}_{number}");
            }
            names.0.insert(name.to_owned(), theirs);
        }
        names
    }

    /// Gemini's name of a function.
    pub(super) fn theirs<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.get(name).map_or(name, String::as_str)
    }

    /// What is needed to read the answer.
    pub(super) fn into_context(self) -> DecodeContext {
        let theirs_first = self.0.into_iter().map(|(client, theirs)| (theirs, client));
        let names: Vec<(String, String)> = theirs_first.collect();
        DecodeContext {
            tool_names: (!names.is_empty()).then(|| names.into()),
        }
    }
}

/// # Source
/// Gemini API reference, `FunctionDeclaration.name`: letters, digits, `_`, `.`, `:` and `-`, of which a letter or
/// `_` comes first; 128 of them, of which older models take 64.
fn is_taken_as_it_is(name: &str) -> bool {
    let first = name.bytes().next();
    name.len() <= 128
        && first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && name.bytes().all(is_letter)
}

const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'-')
}

fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(MAX_NAME_BYTES);
    if !name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
        plain.push('_');
    }
    // Room is left for a number.
    let room = MAX_NAME_BYTES - 8;
    let letters = name.chars().map(|letter| match u8::try_from(letter) {
        Ok(byte) if is_letter(byte) => letter,
        _ => '_',
    });
    plain.extend(letters.take(room));
    plain
}

#[cfg(test)]
mod tests {
    use super::{
        super::super::form::{Tool, Turn},
        *,
    };

    #[test]
    fn results_without_ids_answer_calls_by_name_and_order() {
        let mut calls = Calls::default();
        assert_eq!(calls.call(None, "a"), "call_0");
        assert_eq!(calls.call(Some("x"), "a"), "x");
        assert_eq!(calls.call(Some(""), "b"), "call_1");
        assert_eq!(calls.answered(None, "b"), "call_1");
        assert_eq!(calls.answered(None, "a"), "call_0");
        assert_eq!(calls.answered(Some("x"), "a"), "x");
        // Nobody asked.
        assert_eq!(calls.answered(None, "a"), "call_2");
    }

    #[test]
    fn ids_of_an_answer_are_made_of_its_own() {
        let mut calls = Calls::of_answer("NMoLaoiy/AvKIz7IPyp6DkQE");
        let id = calls.call(None, "a");
        assert_eq!(id, "call_NMoLaoiyAvKIz7IPyp6DkQE_0");
        assert!(id.len() <= 40);
        assert_eq!(Calls::of_answer("").call(None, "a"), "call_0");
    }

    #[test]
    fn names_that_are_not_taken_are_written_otherwise_and_found_again() {
        let mut request = Request::default();
        for name in ["1a", "_1a", "größe", "good.name:x-1"] {
            request.tools.push(Tool::new(name));
        }
        request.turns.push(Turn::new(
            super::super::super::form::Role::Assistant,
            Vec::new(),
        ));
        let names = Names::of(&request);
        assert_eq!(names.theirs("1a"), "_1a_2");
        assert_eq!(names.theirs("größe"), "gr__e");
        assert_eq!(names.theirs("good.name:x-1"), "good.name:x-1");
        let context = names.into_context();
        assert_eq!(context.tool_name("_1a_2"), "1a");
        assert_eq!(context.tool_name("_1a"), "_1a");
        assert!(
            Names::of(&Request::default())
                .into_context()
                .tool_names
                .is_none()
        );
    }
}
