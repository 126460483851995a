//! Names and ids of functions.

use std::collections::{HashMap, HashSet, VecDeque};

use super::super::names::NameRule;

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

/// Which names of functions Gemini takes.
pub(super) const NAMES: NameRule = NameRule {
    max_bytes: MAX_NAME_BYTES,
    fits: is_taken_as_it_is,
    mend: plain,
};

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
    let room = MAX_NAME_BYTES - plain.len();
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
        super::super::{
            form::{Request, Tool, Turn},
            names::ToolNames,
        },
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
        let names = ToolNames::of(&request, NAMES);
        assert_eq!(names.theirs("1a"), "_1a_2");
        assert_eq!(names.theirs("größe"), "gr__e");
        assert_eq!(names.theirs("good.name:x-1"), "good.name:x-1");
        let context = names.into_context();
        assert_eq!(context.tool_name("_1a_2"), "1a");
        assert_eq!(context.tool_name("_1a"), "_1a");
        assert!(
            ToolNames::of(&Request::default(), NAMES)
                .into_context()
                .tool_names
                .is_none()
        );
    }
}
