//! How much may be asked.

use std::{borrow::Cow, sync::Arc, time::Duration};

use agentgateway_core::{
    envoy::ratelimit::{Descriptor, GlobalRateLimit, LimitOverride, RateUnit},
    limit::{Key, rate::RateLimit},
    policy::Policy,
};
use http::request;

use super::{Group, cases, text_of, whole_of};
use crate::assemble::{Parts, backend};
use crate::config::snapshot::{Cases, Counted, GlobalLimits, LocalRates, Part, RateLimits, Whose};
use crate::expression::{Expression, Facts, Scalar};

/// The key of all requests of which an expression comes to no value.
const NO_VALUE: &str = "(no value)";
/// How long a service has to count. It is asked before each request.
const PATIENCE: Duration = Duration::from_secs(1);

/// The limits of this kind.
pub(super) fn rate_limit(
    parts: &Parts,
    part: &Part<Cases<RateLimits>>,
    whose: Whose,
) -> Result<Group, String> {
    cases(&part.spec, |limits, case| {
        let name = format!("{}{case}", part.name);
        let mut all: Vec<Arc<dyn Policy>> = Vec::new();
        for local in limits.local_of(whose) {
            all.push(Arc::new(parts.counters.keep(rates(local, &name))));
        }
        if let (Some(asked), Whose::Everybodys) = (&limits.global, whose) {
            all.push(Arc::new(global(parts, asked, &name)?));
        }
        Ok(all)
    })
}

/// Its name is what the counters are known by: it says all that makes them others.
fn rates(local: &LocalRates, name: &str) -> RateLimit {
    let of = if local.tokens { " tokens" } else { "" };
    let name = format!("{name}{of}{}", by(local.key.as_ref()));
    let limit = RateLimit::new(name, key(local.key.as_ref()), local.rates.iter().copied());
    if local.tokens { limit.tokens() } else { limit }
}

pub(super) fn by(key: Option<&Expression>) -> String {
    key.map_or_else(String::new, |key| format!(" by {}", key.text()))
}

/// Who is counted together: those of whom an expression says the same, or all. Of whom it says null is not
/// counted. Those of whom it comes to no value, since a name in it is missing, are one, and so are those of
/// whom it says the empty text: no caller is free of limits by what it leaves out or empty.
pub(super) fn key(expression: Option<&Expression>) -> Key {
    let Some(expression) = expression.cloned() else {
        return Key::everybody();
    };
    Key::new(move |head| {
        let value = match expression.evaluate_value(&Facts::request(head)) {
            Ok(value) => value?.to_string(),
            Err(_) => String::new(),
        };
        Some(if value.is_empty() {
            Cow::Borrowed(NO_VALUE)
        } else {
            Cow::Owned(value)
        })
    })
}

fn global(parts: &Parts, asked: &GlobalLimits, name: &str) -> Result<GlobalRateLimit, String> {
    let (client, endpoint) = backend::service(parts, asked.service.place(), true)?;
    let mut policy = GlobalRateLimit::new(&*asked.domain, endpoint, client)
        .deadline(PATIENCE)
        .named(format!("{name}.global"))
        .failure_mode(asked.failure_mode);
    for counted in &asked.descriptors {
        policy = policy.descriptor(descriptor(counted));
    }
    Ok(policy)
}

fn descriptor(counted: &Counted) -> Descriptor {
    let mut descriptor = Descriptor::new();
    for (name, value) in &counted.entries {
        let value = value.clone();
        descriptor = descriptor.entry(&**name, move |head| text_of(&value, head));
    }
    if counted.tokens {
        descriptor = descriptor.tokens();
    }
    if let Some(cost) = &counted.cost {
        let cost = cost.clone();
        // What cannot be counted is one request.
        descriptor = descriptor.cost(move |head| whole_of(&cost, head).unwrap_or(1));
    }
    match &counted.limit {
        Some(limit) => {
            let limit = limit.clone();
            descriptor.limit_override(move |head| another_limit(&limit, head))
        }
        None => descriptor,
    }
}

/// What an expression says as `{"unit": "minute", "requestsPerUnit": 5}`.
fn another_limit(limit: &Expression, head: &request::Parts) -> Option<LimitOverride> {
    let said = limit.evaluate_value(&Facts::request(head)).ok()??;
    let Scalar::Text(said) = said else {
        return None;
    };
    let said: serde_json::Value = serde_json::from_str(&said).ok()?;
    let unit = match said.get("unit")?.as_str()?.to_ascii_lowercase().as_str() {
        "second" => RateUnit::Second,
        "minute" => RateUnit::Minute,
        "hour" => RateUnit::Hour,
        "day" => RateUnit::Day,
        "month" => RateUnit::Month,
        "year" => RateUnit::Year,
        _ => return None,
    };
    let requests = said.get("requestsPerUnit")?.as_u64()?;
    Some(LimitOverride::new(u32::try_from(requests).ok()?, unit))
}
