use agentgateway_core::{policy::FailureMode, store::Allowance};

use super::limits::each;
use crate::expression::Expression;

/// So many at once.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct Concurrency {
    /// How many.
    pub requests: usize,
    /// Each of its values counts by itself; `None`: all requests together.
    pub key: Option<Expression>,
}

impl Concurrency {
    pub(super) fn line(&self) -> String {
        format!("{}{}", self.requests, each(self.key.as_ref()))
    }
}

/// So much in a window.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct Budget {
    /// What is counted.
    pub counted: Spent,
    /// How much of it.
    pub allowance: Allowance,
    /// Each of its values has its own; `None`: all requests have one.
    pub key: Option<Expression>,
    /// What becomes of requests while the ledger gives no word.
    pub failure_mode: FailureMode,
}

/// What a budget counts.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two units of the resource")]
pub enum Spent {
    /// Requests.
    Requests,
    /// Tokens; so many are reserved as this says, or as is estimated.
    Tokens(Option<Expression>),
}

impl Spent {
    /// What it is called.
    #[must_use]
    pub const fn unit(&self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Tokens(_) => "tokens",
        }
    }
}

impl Budget {
    /// Whether the two are one account.
    pub(crate) fn is_spent_with(&self, other: &Self) -> bool {
        let account = |it: &Self| (it.counted.unit(), it.allowance.window(), it.key.clone());
        account(self) == account(other)
    }

    pub(super) fn line(&self) -> String {
        let (limit, window) = (self.allowance.limit(), self.allowance.window());
        let (unit, each) = (self.counted.unit(), each(self.key.as_ref()));
        let reserved = match &self.counted {
            Spent::Tokens(Some(reserve)) => format!(", reserving {}", reserve.text()),
            _ => String::new(),
        };
        format!("{limit} {unit} in {window:?}{each}{reserved}")
    }
}
