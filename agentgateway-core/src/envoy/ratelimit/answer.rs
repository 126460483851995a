use std::{fmt::Write, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::unit::window;
use crate::envoy::{
    fields::{self, MAX_FIELDS},
    wire::{
        common,
        ratelimit::{Code, DescriptorStatus, RateLimitResponse},
    },
};

/// The fields that a service asks for, without those that it may not write.
pub(super) fn named(list: &[common::HeaderValue]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for field in list.iter().take(MAX_FIELDS) {
        let name = HeaderName::try_from(field.key.as_str());
        let value = HeaderValue::from_bytes(field.bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            if fields::is_free(&name) {
                fields::append(&mut headers, &name, &value);
            }
        }
    }
    headers
}

/// When every limit that is reached has room again.
pub(super) fn retry_after(answer: &RateLimitResponse) -> Option<Duration> {
    let reached = answer
        .statuses
        .iter()
        .filter(|status| Code::try_from(status.code) == Ok(Code::OverLimit));
    reached.filter_map(reset).max()
}

fn reset(status: &DescriptorStatus) -> Option<Duration> {
    status.duration_until_reset?.to_std()
}

/// Tells of the limit that is nearest its end.
///
/// # Source
/// draft-polli-ratelimit-headers-03, as Envoy writes it.
pub(super) fn tell(answer: &RateLimitResponse, headers: &mut HeaderMap) {
    let limits = answer
        .statuses
        .iter()
        .filter_map(|status| Some((status, status.current_limit?)));
    let Some((status, limit)) = limits.min_by_key(|(status, _)| status.limit_remaining) else {
        return;
    };
    let quota = limit.requests_per_unit;
    let mut words = quota.to_string();
    if let Some(window) = window(limit.unit) {
        // Writing into a String does not fail.
        let _ = write!(words, ", {quota};w={}", window.as_secs());
    }
    let reset = reset(status).unwrap_or_default().as_secs();
    for (name, value) in [
        ("x-ratelimit-limit", HeaderValue::try_from(words).ok()),
        ("x-ratelimit-remaining", Some(status.limit_remaining.into())),
        ("x-ratelimit-reset", Some(reset.into())),
    ] {
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
}
