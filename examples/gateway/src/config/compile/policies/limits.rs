//! How much may be asked.

use std::time::Duration;

use agentgateway_core::{policy::FailureMode, store::Rate};

use super::callers::{Read, part};
use super::cases::{cases, expression};
use super::service::asked;
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{
    self, GlobalLimit, LimitDescriptor, LimitUnit, LocalLimit, RateLimit, TimeUnit,
};
use crate::config::snapshot::{Cases, Counted, GlobalLimits, LocalRates, RateLimits};
use crate::expression::Expression;

/// Limits of rates.
pub(super) fn rate_limit(
    context: &Context<'_>,
    object: &Object,
    origin: &str,
    spec: &RateLimit,
) -> Read<Cases<RateLimits>> {
    let mut faults = Vec::new();
    let place = (&context.call, "spec.traffic.rateLimit");
    let limits = cases(spec, place, &mut faults, |spec, path, faults| {
        let global = spec.global.as_ref();
        Some(RateLimits {
            local: local(context, spec.local.iter().flatten(), path, faults),
            global: global.and_then(|it| global_limits(context, object, it, path, faults)),
        })
    });
    part(format!("{origin} traffic.rateLimit"), limits, faults)
}

/// Those of one key are one: what one of them refuses is counted by none.
fn local<'a>(
    context: &Context<'_>,
    limits: impl Iterator<Item = &'a LocalLimit>,
    path: &str,
    faults: &mut Vec<Fault>,
) -> Vec<LocalRates> {
    let mut found: Vec<LocalRates> = Vec::new();
    for (index, limit) in limits.enumerate() {
        let path = format!("{path}.local[{index}].key");
        let key = key(context, limit.key.as_ref(), path, faults);
        let (tokens, rate) = (limit.tokens.is_some(), rate(limit));
        let alike = |it: &&mut LocalRates| it.tokens == tokens && it.key == key;
        match found.iter_mut().find(alike) {
            Some(found) => found.rates.extend(rate),
            None => found.push(LocalRates {
                tokens,
                key,
                rates: rate.into_iter().collect(),
            }),
        }
    }
    found
}

/// Whose a request is, as request, caller and call tell. A limit that would count nobody is none.
pub(super) fn key(
    context: &Context<'_>,
    text: Option<&String>,
    path: String,
    faults: &mut Vec<Fault>,
) -> Option<Expression> {
    let key = known(context, text, path.clone(), faults)?;
    if !key.needs_request() && !key.needs_caller() && key.constant().is_none() {
        let message = "it is null for every request, so that none would be counted; leave it out to count all";
        faults.push(Fault::new(path, "Invalid", message));
    }
    Some(key)
}

/// What may ask about request, caller and call.
pub(super) fn known(
    context: &Context<'_>,
    text: Option<&String>,
    path: String,
    faults: &mut Vec<Fault>,
) -> Option<Expression> {
    expression(Expression::compile, text?, &context.call, path, faults)
}

fn rate(spec: &LocalLimit) -> Option<Rate> {
    let permits = u64::from(spec.requests.or(spec.tokens)?);
    let period = match spec.unit {
        TimeUnit::Seconds => 1,
        TimeUnit::Minutes => 60,
        TimeUnit::Hours => 60 * 60,
    };
    let rate = Rate::new(permits, Duration::from_secs(period));
    Some(rate.burst(permits + u64::from(spec.burst.unwrap_or_default())))
}

fn global_limits(
    context: &Context<'_>,
    object: &Object,
    spec: &GlobalLimit,
    path: &str,
    faults: &mut Vec<Fault>,
) -> Option<GlobalLimits> {
    let path = format!("{path}.global");
    let place = (spec.url.as_deref(), spec.backend_ref.as_ref());
    let service = asked(context, object, place, &path);
    let service = service.map_err(|fault| faults.push(fault)).ok();
    let descriptors = spec.descriptors.iter().enumerate();
    let descriptors = descriptors
        .map(|(index, it)| counted(context, it, &format!("{path}.descriptors[{index}]"), faults))
        .collect();
    Some(GlobalLimits {
        service: service?.0,
        domain: spec.domain.clone(),
        descriptors,
        failure_mode: failure_mode(spec.failure_mode),
    })
}

fn counted(
    context: &Context<'_>,
    spec: &LimitDescriptor,
    path: &str,
    faults: &mut Vec<Fault>,
) -> Counted {
    let mut read = |text: &str, path: String| {
        expression(Expression::compile, text, &context.call, path, faults)
    };
    let mut entries = Vec::new();
    for (index, entry) in spec.entries.iter().enumerate() {
        let value = read(
            &entry.expression,
            format!("{path}.entries[{index}].expression"),
        );
        entries.extend(value.map(|value| (entry.name.clone(), value)));
    }
    let cost = spec.cost.as_ref();
    let cost = cost.and_then(|text| read(text, format!("{path}.cost")));
    let limit = spec.limit_override.as_ref();
    let limit = limit.and_then(|text| read(text, format!("{path}.limitOverride")));
    let tokens = spec.unit == Some(LimitUnit::Tokens);
    if tokens && cost.is_some() {
        let message = "a cost of tokens is not served: what a call used is counted; leave it out";
        faults.push(Fault::new(
            format!("{path}.cost"),
            "UnsupportedValue",
            message,
        ));
    }
    Counted {
        entries,
        tokens,
        cost,
        limit,
    }
}

/// What becomes of requests while a service does not answer: they are refused, unless it is said.
pub(super) fn failure_mode(spec: Option<resource::FailureMode>) -> FailureMode {
    match spec.unwrap_or_default() {
        resource::FailureMode::FailOpen => FailureMode::Open,
        resource::FailureMode::FailClosed => FailureMode::Closed,
    }
}
