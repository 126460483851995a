use agentgateway_core::{policy::FailureMode, store::Rate};

use super::Asked;
use crate::expression::Expression;

/// Limits of rates; all of them hold.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct RateLimits {
    /// By counters of this process, or of a store that processes share.
    pub local: Vec<LocalRates>,
    /// By a service.
    pub global: Option<GlobalLimits>,
}

/// Whose counts a limit has. Those of each value of a key are asked first: what they refuse takes nothing
/// from what all have together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "with a key, or without")]
pub enum Whose {
    /// Each value of a key has its own.
    Each,
    /// All requests have one; and a service counts as it likes.
    Everybodys,
}

impl RateLimits {
    /// The local ones of this kind.
    pub fn local_of(&self, whose: Whose) -> impl Iterator<Item = &LocalRates> {
        let each = whose == Whose::Each;
        self.local.iter().filter(move |it| it.key.is_some() == each)
    }

    /// `None` where there are none of this kind.
    pub(super) fn line(&self, whose: Whose) -> Option<String> {
        let mut said: Vec<String> = self.local_of(whose).flat_map(LocalRates::lines).collect();
        let global = self.global.iter().filter(|_| whose == Whose::Everybodys);
        said.extend(global.map(|global| {
            format!(
                "what {} says of domain {}",
                global.service.at.name(),
                global.domain
            )
        }));
        (!said.is_empty()).then(|| format!("lets pass at most {}", said.join(", ")))
    }
}

/// Local limits that count the same: a request is counted by all of them, or refused and by none.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct LocalRates {
    /// Tokens in place of requests.
    pub tokens: bool,
    /// Each of its values counts by itself; `None`: all requests together.
    pub key: Option<Expression>,
    /// The limits.
    pub rates: Vec<Rate>,
}

impl LocalRates {
    fn lines(&self) -> impl Iterator<Item = String> {
        let what = if self.tokens { "tokens" } else { "requests" };
        let each = each(self.key.as_ref());
        self.rates.iter().map(move |rate| {
            let (permits, period) = (rate.permits(), rate.period().as_secs());
            let at_once = rate.capacity();
            format!("{permits} {what} in {period} s, {at_once} at once{each}")
        })
    }
}

/// Whose a limit is, behind what it is.
pub(super) fn each(key: Option<&Expression>) -> String {
    key.map_or_else(String::new, |key| format!(" for each {}", key.text()))
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
