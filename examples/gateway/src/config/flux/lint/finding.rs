//! One finding.

use std::fmt;

use serde::Serialize;

use crate::config::flux::object::object_name;
use crate::config::redact::Hidden;
use crate::config::yaml::{Document, Position};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    /// It cannot work.
    Error,
    /// It does not do what it says.
    Warning,
    /// Worth knowing, and perhaps as it should be.
    Note,
}

/// Where something was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[non_exhaustive]
pub struct Place {
    /// The file; empty when the finding concerns the whole.
    pub file: String,
    /// The line, counted from 1; 0 when the finding concerns the whole file.
    pub line: usize,
    /// The column, counted from 1; 0 when the finding concerns the whole file.
    pub column: usize,
    /// Kind, namespace and name; empty when not known.
    pub object: String,
    /// The field, as in `spec.healthChecks[0]`; empty for the whole object.
    pub path: String,
}

/// A finding of something that is legal, and does not do what its author may think.
///
/// It holds no value of a Secret or variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[non_exhaustive]
pub struct Lint {
    /// How much it matters.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// What it is, in lower case and without a full stop.
    pub message: String,
    /// What would be right, where that is known; it may have several lines, as YAML to paste.
    pub remedy: Option<String>,
}

impl Place {
    /// A field of a document.
    pub(in crate::config::flux) fn of(document: &Document, at: Position, path: String) -> Self {
        Self {
            file: document.file.clone(),
            line: at.line,
            column: at.column,
            object: object_name(&document.root),
            path,
        }
    }
}

impl Lint {
    pub(in crate::config::flux) fn new(
        severity: Severity,
        place: Place,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            place,
            message: message.into(),
            remedy: None,
        }
    }

    /// Takes what is never shown out of its texts.
    pub(in crate::config::flux) fn scrub(&mut self, hidden: &Hidden) {
        let place = &mut self.place;
        let texts = [&mut place.object, &mut place.path, &mut self.message];
        for text in texts.into_iter().chain(&mut self.remedy) {
            hidden.scrub_in(text);
        }
    }

    #[must_use]
    pub(in crate::config::flux) fn remedy(mut self, remedy: Option<String>) -> Self {
        self.remedy = remedy;
        self
    }
}

/// `file:line:column, object: path: message`, without the remedy.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        match (self.file.is_empty(), self.line) {
            (true, _) => {}
            (false, 0) => parts.push(self.file.clone()),
            (false, line) => parts.push(format!("{}:{line}:{}", self.file, self.column)),
        }
        if !self.object.is_empty() {
            parts.push(self.object.clone());
        }
        f.write_str(&parts.join(", "))?;
        if self.path.is_empty() {
            return Ok(());
        }
        if !parts.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(&self.path)
    }
}

/// `warning: place: message`, and the remedy on the lines after it.
impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        write!(f, "{severity}: ")?;
        let place = self.place.to_string();
        if !place.is_empty() {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.remedy {
            Some(remedy) => write!(f, "\n{remedy}"),
            None => Ok(()),
        }
    }
}
