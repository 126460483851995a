use std::{fmt, time::Duration};

use http::{HeaderName, StatusCode};

use crate::expression::Expression;

/// How long requests wait.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the choices of the resource")]
pub enum Wait {
    /// All for so long.
    Fixed(Duration),
    /// Each for so many milliseconds as this says.
    Expression(Expression),
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(time) => write!(f, "{time:?}"),
            Self::Expression(text) => write!(f, "as many milliseconds as {}", text.text()),
        }
    }
}

/// What is answered in the place of a backend.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct DirectAnswer {
    /// The status.
    pub status: StatusCode,
    /// The fields, each with what makes its value.
    pub headers: Vec<(HeaderName, Expression)>,
    /// The body.
    pub body: DirectBody,
}

/// The body of such an answer.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the choices of the resource")]
pub enum DirectBody {
    /// There is none.
    None,
    /// Always the same.
    Text(String),
    /// What this makes of the request.
    Expression(Expression),
}
