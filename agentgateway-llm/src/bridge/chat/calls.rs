//! Ids of calls, and which result answers which call.

use std::collections::VecDeque;

use memchr::memmem;

/// Gives ids to calls that have none, and matches results that name none.
#[derive(Debug)]
pub(super) struct Calls {
    prefix: String,
    made: usize,
    /// Calls that no result has answered yet.
    open: VecDeque<(String, String)>,
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
        Self::with_prefix(prefix)
    }

    /// Of an answer, by its id: unique in the conversation as the id is.
    pub(super) fn of_answer(id: &str) -> Self {
        let word: String = id
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
            .take(40)
            .collect();
        Self::with_prefix(match word.as_str() {
            "" => "call_".to_owned(),
            word => format!("call_{word}_"),
        })
    }

    const fn with_prefix(prefix: String) -> Self {
        Self {
            prefix,
            made: 0,
            open: VecDeque::new(),
        }
    }

    /// The call's own id, or one that is made.
    pub(super) fn id(&mut self, told: Option<&str>) -> String {
        if let Some(told) = told.filter(|told| !told.is_empty()) {
            return told.to_owned();
        }
        let id = format!("{}{}", self.prefix, self.made);
        self.made += 1;
        id
    }

    /// Notes a call, for results that do not name it.
    pub(super) fn asked(&mut self, id: &str, name: &str) {
        self.open.push_back((id.to_owned(), name.to_owned()));
    }

    /// The id of the call that a result answers.
    pub(super) fn answered(&mut self, told: Option<&str>, name: Option<&str>) -> Option<String> {
        let told = told.filter(|told| !told.is_empty());
        let at = self.open.iter().position(|(id, of)| match (told, name) {
            (Some(told), _) => told == id,
            (None, Some(name)) => name == of,
            (None, None) => true,
        });
        let found = at.and_then(|at| self.open.remove(at)).map(|(id, _)| id);
        told.map(ToOwned::to_owned).or(found)
    }
}
