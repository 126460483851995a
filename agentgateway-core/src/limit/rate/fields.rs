use std::{fmt::Write as _, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::store::{Rate, Taken};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// What clients are told of a limit, as Structured Fields (RFC 9651).
#[derive(Clone, Debug)]
pub(super) struct Fields {
    policy: Option<HeaderValue>,
    /// The names of the rates, as quoted strings.
    names: Arc<[String]>,
}

impl Fields {
    pub(super) fn new(policy: &str, rates: &[Rate]) -> Self {
        let names: Arc<[String]> = (0..rates.len()).map(|place| name(policy, place)).collect();
        let mut text = String::new();
        for (name, rate) in names.iter().zip(rates) {
            let comma = if text.is_empty() { "" } else { ", " };
            let (quota, window) = (rate.capacity(), whole_seconds(window(*rate)));
            let _ = write!(text, "{comma}{name};q={quota};w={window}");
        }
        Self {
            policy: HeaderValue::from_str(&text).ok(),
            names,
        }
    }

    pub(super) fn tell(&self, taken: &Taken) -> HeaderMap {
        let mut told = HeaderMap::new();
        if let Some(policy) = &self.policy {
            told.insert(POLICY, policy.clone());
        }
        if let Some(name) = self.names.get(taken.rate) {
            let (left, full) = (taken.remaining, whole_seconds(taken.full_after));
            if let Ok(limit) = HeaderValue::from_str(&format!("{name};r={left};t={full}")) {
                told.insert(LIMIT, limit);
            }
        }
        told
    }
}

/// Adds members to lists that others may have begun.
pub(super) fn append(headers: &mut HeaderMap, told: HeaderMap) {
    let mut last = None;
    for (name, value) in told {
        last = name.or(last);
        if let Some(name) = &last {
            headers.append(name.clone(), value);
        }
    }
}

/// The time in which as many come as a bucket holds.
fn window(rate: Rate) -> Duration {
    let share = rate.capacity() as f64 / (rate.permits() as f64).max(1.0);
    Duration::try_from_secs_f64(rate.period().as_secs_f64() * share).unwrap_or(Duration::MAX)
}

fn whole_seconds(time: Duration) -> u64 {
    time.as_secs()
        .saturating_add(u64::from(time.subsec_nanos() > 0))
}

/// A quoted string: what may not stand in one is left out.
fn name(policy: &str, place: usize) -> String {
    let plain = |char: &char| matches!(char, ' '..='~') && !matches!(char, '"' | '\\');
    let policy: String = policy.chars().filter(plain).collect();
    format!("\"{policy}-{place}\"")
}
