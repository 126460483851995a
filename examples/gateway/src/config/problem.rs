//! What was wrong, where, and what would be right.

use std::fmt;

use super::compile::{Diagnosis, Severity};
use super::redact::Hidden;
use super::yaml::Position;

/// One fault of the configuration.
///
/// Its texts never hold a value of a `Secret` or an inline key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Problem {
    /// The file, relative to the directory; empty when the problem concerns the whole.
    pub file: String,
    /// Where in the file; `None` when the problem concerns the whole file or directory.
    pub at: Option<Position>,
    /// Which document of the file, counted from 1; 0 when the problem concerns the whole file.
    pub document: usize,
    /// Kind, namespace and name, as in `HTTPRoute agents/planner`; empty when not known.
    pub object: String,
    /// The field, as in `spec.rules[0].matches[0].path.value`; empty for the whole object.
    pub path: String,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// What would be right, where that is known.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem of the configuration as a whole.
    pub(super) fn whole(message: impl Into<String>) -> Self {
        Self::of_file(String::new(), message)
    }

    /// A problem of one file as a whole.
    pub(super) fn of_file(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            at: None,
            document: 0,
            object: String::new(),
            path: String::new(),
            message: message.into(),
            hint: None,
        }
    }

    /// Takes what is never shown out of its texts.
    pub(super) fn scrub(&mut self, hidden: &Hidden) {
        let texts = [&mut self.object, &mut self.path, &mut self.message];
        for text in texts.into_iter().chain(&mut self.hint) {
            hidden.scrub_in(text);
        }
    }

    /// Says where in the file.
    #[must_use]
    pub(super) fn at(mut self, at: Position) -> Self {
        self.at = Some(at);
        self
    }

    /// Says what would be right.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// `gateway.yaml, document 2, Gateway default/edge: spec.listeners[0].port: message; hint`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut place = Vec::new();
        match self.at {
            Some(at) => place.push(format!("{}:{}:{}", self.file, at.line, at.column)),
            None if !self.file.is_empty() => place.push(self.file.clone()),
            None => {}
        }
        if self.document > 0 && self.at.is_none() {
            place.push(format!("document {}", self.document));
        }
        if !self.object.is_empty() {
            place.push(self.object.clone());
        }
        if !place.is_empty() {
            write!(f, "{}: ", place.join(", "))?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

/// All faults of a configuration, sorted by place.
///
/// A snapshot is used only when its report is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The faults of form, sorted by file, document, object and field.
    pub problems: Vec<Problem>,
    /// Faults of sense of what could be read all the same, without those that may come of the others.
    pub diagnoses: Vec<Diagnosis>,
}

impl Report {
    /// A report of these problems, sorted, each once.
    pub(super) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort();
        problems.dedup();
        Self {
            problems,
            diagnoses: Vec::new(),
        }
    }

    /// All faults, a line each.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let forms = self.problems.iter().map(ToString::to_string);
        let errors = self.diagnoses.iter();
        let errors = errors.filter(|one| one.severity == Severity::Error);
        forms.chain(errors.map(ToString::to_string))
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }
}

/// One fault per line.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, line) in self.lines().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&line)?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}
