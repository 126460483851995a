use std::fmt;

use cel::ExecutionError;

/// An expression that cannot be taken, and where in it the fault is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExpressionError {
    /// The line within the expression, from 1.
    pub line: usize,
    /// The column within the line, in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What would have been right, where that can be said.
    pub expected: Option<String>,
}

impl ExpressionError {
    pub(super) fn new(place: (usize, usize), message: impl Into<String>) -> Self {
        Self {
            line: place.0,
            column: place.1,
            message: message.into(),
            expected: None,
        }
    }

    pub(super) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}, column {}: {}",
            self.line, self.column, self.message
        )?;
        match &self.expected {
            Some(expected) => write!(f, "; expected {expected}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ExpressionError {}

/// An evaluation that came to no value.
///
/// Its words name types and keys, never the value of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EvaluationError {
    message: String,
    missing: bool,
}

impl EvaluationError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            missing: false,
        }
    }

    /// Something that the expression names is not there: a header, or the answer.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        self.missing
    }
}

impl From<ExecutionError> for EvaluationError {
    fn from(error: ExecutionError) -> Self {
        let missing = matches!(
            error,
            ExecutionError::NoSuchKey(_) | ExecutionError::UndeclaredReference(_)
        );
        // Some of the crate's messages print the operands, which a client may have sent.
        let message = match &error {
            ExecutionError::NoSuchKey(_) => "no such key".to_owned(),
            ExecutionError::UndeclaredReference(name) => format!("{name} is not there"),
            ExecutionError::NoSuchOverload(overload) => overload.to_string(),
            ExecutionError::UnexpectedType { got, want } => format!("{got} where {want} belongs"),
            ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
                "division by zero".to_owned()
            }
            ExecutionError::Overflow(..) => "a number is out of range".to_owned(),
            ExecutionError::FunctionError { function, .. } => format!("{function} failed"),
            _ => "the operands do not fit".to_owned(),
        };
        Self { message, missing }
    }
}

impl fmt::Display for EvaluationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EvaluationError {}
