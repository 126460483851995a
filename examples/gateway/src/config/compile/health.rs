//! Keep-alive of connections and health of endpoints, from the policies that say so.

use std::time::Duration;

use super::duration::{duration, no_duration};
use super::{Context, Fault};
use crate::config::resource::{BackendHealth, TcpKeepalive};
use crate::config::snapshot::{Eviction, Health, Keepalive};
use crate::expression::Expression;

/// Of a keep-alive, silence and time between probes, where they are not given.
const KEEPALIVE: Duration = Duration::from_secs(180);
const PROBES: u32 = 9;
/// Of an eviction, where it is not given.
const EVICTION: Duration = Duration::from_secs(3);

/// The keep-alive that is asked for, with what is usual for what is left open.
///
/// # Errors
/// A time that is none.
pub(super) fn keepalive(spec: &TcpKeepalive, path: &str) -> Result<Keepalive, Fault> {
    Ok(Keepalive {
        idle: time(spec.time.as_deref(), KEEPALIVE, &format!("{path}.time"))?,
        interval: time(
            spec.interval.as_deref(),
            KEEPALIVE,
            &format!("{path}.interval"),
        )?,
        probes: spec.retries.unwrap_or(PROBES),
    })
}

/// Which endpoints are unhealthy, and what becomes of them.
///
/// # Errors
/// A time that is none, or a condition that no answer can be held against.
pub(super) fn health(
    context: &Context<'_>,
    spec: &BackendHealth,
    path: &str,
) -> Result<Health, Fault> {
    let mut found = Health::default();
    if let Some(text) = &spec.unhealthy_condition {
        let path = format!("{path}.unhealthyCondition");
        let fault = |message: String| Fault::new(&*path, "Invalid", message);
        let read = Expression::compile_bool(text, &context.exchange);
        let read = read.map_err(|error| fault(error.to_string()))?;
        if read.needs_request() {
            let message = "unhealthyCondition asks about the request, and is held against the \
                           answer alone, as in response.code >= 500";
            return Err(fault(message.to_owned()));
        }
        found.unhealthy = Some(read);
    }
    if let Some(spec) = &spec.eviction {
        let path = format!("{path}.eviction.duration");
        found.eviction = Some(Eviction {
            duration: time(spec.duration.as_deref(), EVICTION, &path)?,
            consecutive_failures: spec.consecutive_failures,
            threshold: spec.health_threshold,
            restored: spec.restore_health,
        });
    }
    Ok(found)
}

fn time(text: Option<&str>, usual: Duration, path: &str) -> Result<Duration, Fault> {
    text.map_or(Ok(usual), |text| {
        duration(text).ok_or_else(|| Fault::new(path, "Invalid", no_duration(text)))
    })
}
