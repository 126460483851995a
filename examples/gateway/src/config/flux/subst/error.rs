//! Why a text could not be substituted.

use std::fmt;

use crate::config::suggest::quoted;

/// Why a text could not be substituted, and the variable that it was about.
///
/// It holds names of variables, never their values.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubstituteError {
    /// What is wrong.
    pub kind: SubstituteErrorKind,
    /// The variable; empty when its name could not be read.
    pub variable: String,
}

/// The kinds of [`SubstituteError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SubstituteErrorKind {
    /// The variable is not set, and nothing stands in for it.
    NotSet,
    /// `${` is not followed by a name.
    Name,
    /// The name is followed by something other than `}` or an operator.
    Unclosed,
    /// An operator's argument is missing, or ends before its `}`.
    Argument,
    /// An operator is written wrongly.
    Operator,
    /// A substring has a negative length.
    NegativeLength,
    /// A substring begins or ends within a character.
    SplitCharacter,
    /// Substitutions are nested too deeply.
    TooDeep,
    /// The result, or the work that it takes, is too large.
    TooLarge,
}

impl SubstituteError {
    pub(super) fn new(kind: SubstituteErrorKind, variable: &str) -> Self {
        Self {
            kind,
            variable: variable.to_owned(),
        }
    }
}

impl fmt::Display for SubstituteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind == SubstituteErrorKind::Name {
            return f.write_str("\"${\" is not followed by the name of a variable");
        }
        if !self.variable.is_empty() {
            write!(f, "variable {} ", quoted(&self.variable))?;
        }
        f.write_str(self.kind.said())
    }
}

impl std::error::Error for SubstituteError {}

impl SubstituteErrorKind {
    const fn said(self) -> &'static str {
        match self {
            Self::NotSet => "is not set",
            Self::Name => "has no name",
            Self::Unclosed => {
                "is followed by neither a closing brace nor an operator (\":-\", \":=\", \"=\", \
                 \"/\", \"#\", \"%\", \"^\", \",\", \":\")"
            }
            Self::Argument => "has an operator whose argument is missing or not closed by a brace",
            Self::Operator => "has an operator that is not written as it must be",
            Self::NegativeLength => "is cut to a negative length",
            Self::SplitCharacter => "is cut in the middle of a character",
            Self::TooDeep => "stands in substitutions nested too deeply",
            Self::TooLarge => "makes a result that is too large",
        }
    }
}
