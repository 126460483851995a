//! Where broken rules are written down.

use std::time::Duration;

use crate::config::Problem;
use crate::config::object::Object;
use crate::config::object::field;
use crate::config::resource::duration;

/// The faults of one object.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    object: &'a Object,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(object: &'a Object) -> Self {
        Self {
            object,
            problems: Vec::new(),
        }
    }

    /// Whether the object gives a field.
    pub(super) fn has(&self, path: &str) -> bool {
        self.object.place.has(path)
    }

    pub(super) fn fault(&mut self, path: &str, message: impl Into<String>) {
        self.problems.push(self.object.problem(path, message));
    }

    pub(super) fn fault_if(&mut self, broken: bool, path: &str, message: &str) {
        if broken {
            self.fault(path, message);
        }
    }

    /// The same with a word on what would be right.
    pub(super) fn fault_with(&mut self, path: &str, message: &str, hint: impl Into<String>) {
        let problem = self.object.problem(path, message);
        self.problems.push(problem.hint(hint));
    }

    pub(super) fn exactly_one(&mut self, path: &str, names: &[&str]) {
        let given = self.given(path, names);
        if given.len() != 1 {
            let message = format!(
                "exactly one of the fields in [{}] must be set",
                names.join(" ")
            );
            self.choice(path, &message, &given);
        }
    }

    pub(super) fn at_most_one(&mut self, path: &str, names: &[&str]) {
        let given = self.given(path, names);
        if given.len() > 1 {
            let message = format!(
                "at most one of the fields in [{}] may be set",
                names.join(" ")
            );
            self.choice(path, &message, &given);
        }
    }

    pub(super) fn at_least_one(&mut self, path: &str, names: &[&str]) {
        if self.given(path, names).is_empty() {
            let message = format!(
                "at least one of the fields in [{}] must be set",
                names.join(" ")
            );
            self.fault(path, message);
        }
    }

    /// A duration that is given must have this length.
    pub(super) fn at_least(
        &mut self,
        path: &str,
        value: Option<&str>,
        least: Duration,
        words: &str,
    ) {
        let short = value.and_then(duration).is_some_and(|value| value < least);
        if short {
            let name = path.rsplit('.').next().unwrap_or(path);
            self.fault(path, format!("{name} must be at least {words}"));
        }
    }

    fn given<'n>(&self, path: &str, names: &[&'n str]) -> Vec<&'n str> {
        let given = names.iter().copied();
        given
            .filter(|name| self.has(&field::member(path, name)))
            .collect()
    }

    /// A fault of a choice between fields: at the first that is one too many, else at their parent.
    fn choice(&mut self, path: &str, message: &str, given: &[&str]) {
        match given.get(1) {
            Some(second) => {
                let hint = format!("found {}", given.join(" and "));
                self.fault_with(&field::member(path, second), message, hint);
            }
            None => self.fault(path, message),
        }
    }
}
