use std::{fmt, time::Duration};

use http::StatusCode;

use crate::expression::Expression;

/// When a request is sent again.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct Retrying {
    /// How often at most.
    pub retries: u32,
    /// How long it waits before, at least.
    pub backoff: Option<Duration>,
    /// After answers of which status; empty for 502, 503 and 504.
    pub codes: Vec<StatusCode>,
    /// Which requests may be sent again, whatever their method.
    pub precondition: Option<Expression>,
    /// After which answers beside.
    pub condition: Option<Expression>,
}

impl fmt::Display for Retrying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sends again up to {} times", self.retries)?;
        if !self.codes.is_empty() {
            let codes: Vec<&str> = self.codes.iter().map(StatusCode::as_str).collect();
            write!(f, ", after {}", codes.join(", "))?;
        }
        if let Some(condition) = &self.condition {
            write!(f, ", after what is {}", condition.text())?;
        }
        if let Some(backoff) = self.backoff {
            write!(f, ", {backoff:?} apart at least")?;
        }
        match &self.precondition {
            Some(precondition) => write!(f, ", if {}", precondition.text()),
            None => f.write_str(", what is safe to send twice"),
        }
    }
}
