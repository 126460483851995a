//! One thing that was found, whoever found it.

use serde::Serialize;

use crate::config::Problem;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(
    clippy::exhaustive_enums,
    reason = "`check` fails on the first, and with --strict on the second"
)]
pub enum Severity {
    /// It is refused, or does not happen.
    Error,
    /// It probably does not do what was meant.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One thing that was found in a configuration. It holds no value of a Secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Finding {
    /// The file, relative to the directory; empty when it concerns the whole.
    pub file: String,
    /// The line, from 1; 0 for the whole file.
    pub line: usize,
    /// The column in characters, from 1; 0 for the whole file.
    pub column: usize,
    /// How much it matters.
    pub severity: Severity,
    /// Kind, namespace and name; empty when not known.
    pub object: String,
    /// The field, as in `spec.listeners[0].port`; empty for the whole object.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// The type of the condition that says the same, for findings of sense rather than of form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The reason of that condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What would be right, in a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What would put it right: YAML to paste, or advice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    /// What was asked for on the command line is not there.
    #[must_use]
    pub(super) fn misasked(message: String) -> Self {
        Self {
            file: String::new(),
            line: 0,
            column: 0,
            severity: Severity::Error,
            object: String::new(),
            path: String::new(),
            message,
            condition: None,
            reason: None,
            hint: None,
            remedy: None,
        }
    }

    /// By which findings are sorted: place, then weight.
    #[must_use]
    pub fn order(&self) -> (&str, usize, usize, Severity, &str, &str, &str) {
        (
            &self.file,
            self.line,
            self.column,
            self.severity,
            &self.object,
            &self.path,
            &self.message,
        )
    }
}

/// A fault of form: the whole configuration is refused.
impl From<&Problem> for Finding {
    fn from(problem: &Problem) -> Self {
        let at = problem.at.unwrap_or_default();
        Self {
            file: problem.file.clone(),
            line: at.line,
            column: at.column,
            severity: Severity::Error,
            object: problem.object.clone(),
            path: problem.path.clone(),
            message: problem.message.clone(),
            condition: None,
            reason: None,
            hint: problem.hint.clone(),
            remedy: None,
        }
    }
}
