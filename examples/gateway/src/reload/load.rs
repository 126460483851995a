use std::path::PathBuf;

use super::{Candidate, Confined};
use crate::config::Report;

/// Where configurations come from.
///
/// Called on threads that may block, never two calls at once.
pub trait Load: Send + 'static {
    /// What was read and is not yet looked into.
    type Text: Send;

    /// Reads all of it, in one state.
    fn read(&mut self) -> Read<Self::Text>;

    /// Validates all of it, to what can be served.
    ///
    /// # Errors
    /// All that is wrong with it.
    fn validate(&mut self, text: Self::Text) -> Result<Candidate, Refused>;

    /// What was validated last is served from now on.
    fn applied(&mut self) {}

    /// What is served, when what was validated last is refused and takes grants away that this
    /// still has: a grant that is gone is revoked at once, whatever else is wrong. Nothing is added.
    fn confined(&mut self) -> Option<Confined> {
        None
    }

    /// The directories and files whose changes matter, when the source is one of files.
    fn paths(&self) -> Vec<PathBuf> {
        Vec::new()
    }
}

/// What was read.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "what was read, and its fingerprint"
)]
pub struct Read<T> {
    /// What tells it from anything else that could have been read.
    pub fingerprint: String,
    /// The text, or why it cannot be read.
    pub text: Result<T, Refused>,
}

/// How many problems are told in one line of the log.
const MAX_TOLD: usize = 20;

/// Why a configuration is not served. It never holds a value of a Secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{}", problems.join("\n"))]
#[non_exhaustive]
pub struct Refused {
    /// Each in a line of its own.
    pub problems: Vec<String>,
    /// Whether it is an option of the command line that does not fit, rather than the
    /// configuration.
    pub argument: bool,
}

impl Refused {
    /// One reason.
    pub fn new(problem: impl Into<String>) -> Self {
        Self::all(vec![problem.into()])
    }

    /// These reasons.
    #[must_use]
    pub fn all(problems: Vec<String>) -> Self {
        Self {
            problems,
            argument: false,
        }
    }

    /// An option of the command line does not fit.
    pub fn argument(problem: impl Into<String>) -> Self {
        Self {
            argument: true,
            ..Self::new(problem)
        }
    }

    /// The first reasons, and how many more there are: a line of a log has its bounds.
    #[must_use]
    pub fn brief(&self) -> String {
        let told = self.problems.iter().take(MAX_TOLD);
        let mut told = told.map(String::as_str).collect::<Vec<_>>().join("\n");
        if let Some(more @ 1..) = self.problems.len().checked_sub(MAX_TOLD) {
            told.push_str(&format!("\nand {more} more, which `check` tells"));
        }
        told
    }
}

impl From<Report> for Refused {
    fn from(report: Report) -> Self {
        Self::all(report.lines().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_of_faults_are_a_few_lines_of_the_log() {
        let all = |count: usize| Refused::all((0..count).map(|nth| nth.to_string()).collect());
        assert_eq!(all(2).brief(), "0\n1");
        let many = all(2_000).brief();
        assert!(
            many.ends_with("19\nand 1980 more, which `check` tells"),
            "{many}"
        );
        assert_eq!(many.lines().count(), 21);
    }
}
