use agentgateway_core::{policy::FailureMode, store::Rate};

use super::Asked;
use crate::expression::Expression;

/// Limits of rates; all of them hold.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct RateLimits {
    /// Of requests, by counters of this process, or of a store that processes share.
    pub requests: Vec<Rate>,
    /// Of tokens, by the same.
    pub tokens: Vec<Rate>,
    /// By a service.
    pub global: Option<GlobalLimits>,
}

impl RateLimits {
    pub(super) fn line(&self) -> String {
        let rate = |what: &'static str| {
            move |rate: &Rate| {
                let (permits, period) = (rate.permits(), rate.period().as_secs());
                format!(
                    "{permits} {what} in {period} s, {} at once",
                    rate.capacity()
                )
            }
        };
        let mut said: Vec<String> = self.requests.iter().map(rate("requests")).collect();
        said.extend(self.tokens.iter().map(rate("tokens")));
        said.extend(self.global.iter().map(|global| {
            format!(
                "what {} says of domain {}",
                global.service.at.name(),
                global.domain
            )
        }));
        format!("lets pass at most {}", said.join(", "))
    }
}

/// Limits by the counters of a service.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct GlobalLimits {
    /// Which service.
    pub service: Asked,
    /// The domain of its limits.
    pub domain: String,
    /// What is counted.
    pub descriptors: Vec<Counted>,
    /// What becomes of requests while it does not answer.
    pub failure_mode: FailureMode,
}

/// What is counted.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct Counted {
    /// Names with what makes their values.
    pub entries: Vec<(String, Expression)>,
    /// Tokens in place of requests.
    pub tokens: bool,
    /// What one request counts.
    pub cost: Option<Expression>,
    /// Another limit than the service's.
    pub limit: Option<Expression>,
}
