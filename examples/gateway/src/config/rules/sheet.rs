//! Where broken rules are written down.

use std::time::Duration;

use crate::config::Problem;
use crate::config::object::Object;
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
}
