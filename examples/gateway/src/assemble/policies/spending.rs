//! How much at once, and how much in all.

use std::sync::Arc;

use agentgateway_core::{
    limit::{budget::Budget, concurrency::ConcurrencyLimit, estimate_tokens},
    policy::Policy,
};

use super::{
    Group,
    limits::{by, key},
    whole_of,
};
use crate::assemble::Parts;
use crate::config::snapshot::{self, Concurrency, Part, Spent};

pub(super) fn concurrency(part: &Part<Vec<Concurrency>>) -> Group {
    let limits = part.spec.iter().map(|asked| {
        let name = format!("{}{}", part.name, by(asked.key.as_ref()));
        let limit = ConcurrencyLimit::new(name);
        let limit = match &asked.key {
            Some(_) => limit.each(key(asked.key.as_ref()), asked.requests),
            None => limit.total(asked.requests),
        };
        Arc::new(limit) as Arc<dyn Policy>
    });
    Group(limits.collect())
}

pub(super) fn budgets(parts: &Parts, part: &Part<Vec<snapshot::Budget>>) -> Group {
    let budgets = part.spec.iter().map(|asked| {
        let budget = budget(parts, asked, &part.name);
        Arc::new(budget) as Arc<dyn Policy>
    });
    Group(budgets.collect())
}

/// Its name is what its account is known by: it says all that makes it another, and not how much it
/// holds. With more or less in it, what is spent stays spent.
fn budget(parts: &Parts, asked: &snapshot::Budget, name: &str) -> Budget {
    let (unit, window) = (asked.counted.unit(), asked.allowance.window());
    let name = format!("{name} {unit} in {window:?}{}", by(asked.key.as_ref()));
    let ledger = parts.counters.ledger(&name, window);
    let budget = Budget::new(name, key(asked.key.as_ref()), asked.allowance)
        .ledger(ledger)
        .failure_mode(asked.failure_mode);
    match &asked.counted {
        // What was reserved counts, and nothing where the answer is an error.
        Spent::Requests => budget.reserve(|_| 1).measure(|_| None),
        Spent::Tokens(None) => budget,
        Spent::Tokens(Some(reserve)) => {
            let reserve = reserve.clone();
            budget.reserve(move |head| {
                whole_of(&reserve, head).unwrap_or_else(|| estimate_tokens(head))
            })
        }
    }
}
