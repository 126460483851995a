//! How much at once, and how much in all.

use agentgateway_core::store::Allowance;

use super::callers::{Read, part};
use super::limits::{failure_mode, key, known};
use crate::config::compile::duration::{duration, no_duration};
use crate::config::compile::{Context, Fault};
use crate::config::resource;
use crate::config::snapshot::{Budget, Concurrency, Spent};
use crate::expression::{Expression, Scalar};

/// How many at once.
pub(super) fn concurrency(
    context: &Context<'_>,
    origin: &str,
    spec: &[resource::Concurrency],
) -> Read<Vec<Concurrency>> {
    let mut faults = Vec::new();
    let limits = spec.iter().enumerate().map(|(index, limit)| {
        let path = format!("spec.traffic.concurrency[{index}].key");
        Concurrency {
            requests: usize::try_from(limit.requests).unwrap_or(usize::MAX),
            key: key(context, limit.key.as_ref(), path, &mut faults),
        }
    });
    let limits = limits.collect();
    part(format!("{origin} traffic.concurrency"), limits, faults)
}

/// How much may be spent.
pub(super) fn budgets(
    context: &Context<'_>,
    origin: &str,
    spec: &[resource::Budget],
) -> Read<Vec<Budget>> {
    let mut faults = Vec::new();
    let mut found: Vec<Budget> = Vec::new();
    for (index, spec) in spec.iter().enumerate() {
        let path = format!("spec.traffic.budgets[{index}]");
        let Some(budget) = budget(context, spec, &path, &mut faults) else {
            continue;
        };
        if found.iter().any(|other| other.is_spent_with(&budget)) {
            let message =
                "another budget has the same unit, window and key: the smaller would hold";
            faults.push(Fault::new(&*path, "Invalid", message));
        }
        found.push(budget);
    }
    part(format!("{origin} traffic.budgets"), found, faults)
}

fn budget(
    context: &Context<'_>,
    spec: &resource::Budget,
    path: &str,
    faults: &mut Vec<Fault>,
) -> Option<Budget> {
    let key = key(context, spec.key.as_ref(), format!("{path}.key"), faults);
    let (counted, limit) = match spec.tokens {
        None => (Spent::Requests, u64::from(spec.requests?)),
        Some(tokens) => {
            let path = format!("{path}.reserve");
            (
                Spent::Tokens(reserve(context, spec, tokens, path, faults)),
                tokens,
            )
        }
    };
    let window = duration(&spec.window).filter(|window| !window.is_zero());
    if window.is_none() {
        let message = no_duration(&spec.window);
        faults.push(Fault::new(format!("{path}.window"), "Invalid", message));
    }
    Some(Budget {
        counted,
        allowance: Allowance::new(limit, window?),
        key,
        failure_mode: failure_mode(spec.failure_mode),
    })
}

/// A number that is given at once must fit into the budget: no call would pass.
fn reserve(
    context: &Context<'_>,
    spec: &resource::Budget,
    tokens: u64,
    path: String,
    faults: &mut Vec<Fault>,
) -> Option<Expression> {
    let reserve = known(context, spec.reserve.as_ref(), path.clone(), faults)?;
    let fits = match reserve.constant() {
        None => true,
        Some(Scalar::Int(number)) => {
            u64::try_from(*number).is_ok_and(|number| (1..=tokens).contains(&number))
        }
        Some(_) => false,
    };
    if !fits {
        let message = format!("reserve is no whole number from 1 to the {tokens} of the budget");
        faults.push(Fault::new(path, "Invalid", message));
    }
    Some(reserve)
}
