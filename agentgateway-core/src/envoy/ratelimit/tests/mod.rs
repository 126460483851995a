mod limits;
mod tokens;

use http::Request;

use super::*;
use crate::{
    envoy::wire::{
        common, google,
        ratelimit::{Code, DescriptorStatus, RateLimit, RateLimitDescriptor, RateLimitResponse},
    },
    upstream::Upstream,
};

fn limit(client: Upstream) -> GlobalRateLimit {
    GlobalRateLimit::new("gateway", "judge:9001".parse().unwrap(), client)
}

fn by_user() -> Descriptor {
    Descriptor::new().entry("user", |head| {
        let user = head.headers.get("x-user")?;
        Some(user.to_str().ok()?.to_owned())
    })
}

fn of(user: &str) -> Request<()> {
    Request::get("/").header("x-user", user).body(()).unwrap()
}

fn says(code: Code) -> RateLimitResponse {
    RateLimitResponse {
        overall_code: code as i32,
        ..Default::default()
    }
}

fn field(key: &str, value: &str) -> common::HeaderValue {
    common::HeaderValue {
        key: key.into(),
        value: value.into(),
        ..Default::default()
    }
}

fn status(code: Code, remaining: u32, seconds: i64) -> DescriptorStatus {
    DescriptorStatus {
        code: code as i32,
        current_limit: Some(RateLimit {
            requests_per_unit: 10,
            unit: 2,
        }),
        limit_remaining: remaining,
        duration_until_reset: Some(google::Duration { seconds, nanos: 0 }),
    }
}

/// The entries of a descriptor in one line.
fn line(descriptor: &RateLimitDescriptor) -> String {
    let entries = descriptor.entries.iter();
    let entries: Vec<_> = entries
        .map(|entry| format!("{}={}", entry.key, entry.value))
        .collect();
    entries.join(",")
}
