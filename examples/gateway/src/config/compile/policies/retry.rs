//! When a request is sent again: by a policy, or by the rule itself.

use std::time::Duration;

use http::StatusCode;

use super::callers::{Read, part};
use super::cases::expression;
use crate::config::compile::duration::{duration, no_duration};
use crate::config::compile::{Context, Fault};
use crate::config::resource::{Retry, RouteRetry};
use crate::config::snapshot::Retrying;
use crate::expression::Expression;

/// The most that a request is sent again.
const MOST: u32 = 16;

/// By a policy.
pub(super) fn retry(context: &Context<'_>, origin: &str, spec: &Retry) -> Read<Retrying> {
    const PATH: &str = "spec.traffic.retry";
    let mut faults = Vec::new();
    let mut read = |text: Option<&String>, names, field: &str| {
        let path = format!("{PATH}.{field}");
        expression(Expression::compile_bool, text?, names, path, &mut faults)
    };
    let precondition = read(spec.precondition.as_ref(), &context.call, "precondition");
    let condition = read(spec.condition.as_ref(), &context.answer, "condition");
    let backoff = backoff(spec.backoff.as_deref(), PATH, &mut faults);
    let spec = Retrying {
        precondition,
        condition,
        ..plain(spec.attempts, &spec.codes, backoff)
    };
    part(format!("{origin} traffic.retry"), spec, faults)
}

/// By the rule at this path.
///
/// # Source
/// Gateway API, `HTTPRouteRetry` (GEP-1731).
pub(in crate::config::compile) fn of_rule(
    origin: &str,
    spec: &RouteRetry,
    path: &str,
) -> Read<Retrying> {
    let mut faults = Vec::new();
    let backoff = backoff(
        spec.backoff.as_deref(),
        &format!("{path}.retry"),
        &mut faults,
    );
    let spec = plain(spec.attempts, &spec.codes, backoff);
    part(format!("{origin} retry"), spec, faults)
}

fn plain(attempts: Option<u32>, codes: &[u16], backoff: Option<Duration>) -> Retrying {
    let codes = codes.iter().copied().map(StatusCode::from_u16);
    Retrying {
        retries: attempts.unwrap_or(1).min(MOST),
        backoff,
        // The schema says from 400 to 599.
        codes: codes.filter_map(Result::ok).collect(),
        precondition: None,
        condition: None,
    }
}

fn backoff(text: Option<&str>, path: &str, faults: &mut Vec<Fault>) -> Option<Duration> {
    let text = text?;
    let read = duration(text);
    if read.is_none() {
        let path = format!("{path}.backoff");
        faults.push(Fault::new(path, "UnsupportedValue", no_duration(text)));
    }
    read
}
