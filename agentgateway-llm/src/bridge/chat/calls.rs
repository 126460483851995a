//! Ids of calls, and which result answers which call.

use std::collections::{HashMap, HashSet, VecDeque};

use memchr::memmem;

/// Gives ids to calls that have none, and matches results that name none.
#[derive(Debug)]
pub(super) struct Calls {
    prefix: Prefix,
    made: usize,
    /// All calls in order; those that were answered are passed over.
    asked: VecDeque<String>,
    /// The same by the names of their tools.
    by_name: HashMap<String, VecDeque<String>>,
    answered: HashSet<String>,
}

/// What ids that are made begin with. Most answers tell their own, so it is made when it is needed.
#[derive(Debug)]
enum Prefix {
    Made(String),
    /// Of the answer of this id.
    OfAnswer(String),
}

// === impl Prefix ===

impl Prefix {
    fn get(&mut self) -> &str {
        if let Self::OfAnswer(id) = self {
            id.retain(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
            id.truncate(40);
            let word = if id.is_empty() { "" } else { "_" };
            *self = Self::Made(format!("call_{id}{word}"));
        }
        match self {
            Self::Made(prefix) | Self::OfAnswer(prefix) => prefix,
        }
    }
}

// === impl Calls ===

impl Calls {
    /// Of a request: no id that is made stands in its body.
    pub(super) fn of_request(body: &[u8]) -> Self {
        let mut prefix = "call_".to_owned();
        let finder = |prefix: &str| memmem::find(body, format!("\"{prefix}").as_bytes()).is_some();
        // Every round makes it longer, so a body cannot hold all of them; a few rounds are enough for any that is
        // not made for this.
        let mut rounds = 0;
        while rounds < 16 && finder(&prefix) {
            prefix.push_str("n_");
            rounds += 1;
        }
        Self::new(Prefix::Made(prefix))
    }

    /// Of an answer, by its id: unique in the conversation as the id is.
    pub(super) fn of_answer(id: &str) -> Self {
        Self::new(Prefix::OfAnswer(id.to_owned()))
    }

    fn new(prefix: Prefix) -> Self {
        Self {
            prefix,
            made: 0,
            asked: VecDeque::new(),
            by_name: HashMap::new(),
            answered: HashSet::new(),
        }
    }

    /// The call's own id, or one that is made.
    pub(super) fn id(&mut self, told: Option<&str>) -> String {
        if let Some(told) = told.filter(|told| !told.is_empty()) {
            return told.to_owned();
        }
        let id = format!("{}{}", self.prefix.get(), self.made);
        self.made += 1;
        id
    }

    /// Notes a call, for results that do not name it.
    pub(super) fn asked(&mut self, id: &str, name: &str) {
        self.asked.push_back(id.to_owned());
        let of_name = self.by_name.entry(name.to_owned()).or_default();
        of_name.push_back(id.to_owned());
    }

    /// The id of the call that a result answers: its own word, or the first call that nobody answered yet.
    pub(super) fn answered(&mut self, told: Option<&str>, name: Option<&str>) -> Option<String> {
        if let Some(told) = told.filter(|told| !told.is_empty()) {
            self.answered.insert(told.to_owned());
            return Some(told.to_owned());
        }
        let waiting = match name {
            Some(name) => self.by_name.get_mut(name)?,
            None => &mut self.asked,
        };
        loop {
            let id = waiting.pop_front()?;
            if self.answered.insert(id.clone()) {
                return Some(id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_that_name_no_call_answer_the_first_that_is_open() {
        let mut calls = Calls::of_answer("");
        for (id, name) in [("a", "f"), ("b", "g"), ("c", "f"), ("d", "f")] {
            calls.asked(id, name);
        }
        assert_eq!(calls.answered(None, Some("g")).as_deref(), Some("b"));
        assert_eq!(calls.answered(Some("c"), None).as_deref(), Some("c"));
        assert_eq!(calls.answered(Some(""), None).as_deref(), Some("a"));
        assert_eq!(calls.answered(None, Some("f")).as_deref(), Some("d"));
        assert_eq!(calls.answered(None, None), None);
        assert_eq!(calls.answered(None, Some("h")), None);
    }

    #[test]
    fn ids_that_are_made_stand_nowhere_else() {
        let mut calls = Calls::of_request(br#"{"id":"call_0"}"#);
        assert_eq!(calls.id(Some("own")), "own");
        assert_eq!(calls.id(None), "call_n_0");
        assert_eq!(calls.id(Some("")), "call_n_1");
        assert_eq!(Calls::of_answer("a.b c").id(None), "call_abc_0");
    }
}
