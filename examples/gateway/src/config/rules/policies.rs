//! Rules of policies at the side of backends, wherever they stand.

use std::time::Duration;

use super::Sheet;
use crate::config::object::field::member;
use crate::config::resource::BackendPolicies;

const SECOND: Duration = Duration::from_secs(1);

/// Holds policies against their rules.
pub(super) fn check(policies: &BackendPolicies, path: &str, sheet: &mut Sheet<'_>) {
    if let Some(http) = &policies.http {
        let path = member(&member(path, "http"), "requestTimeout");
        let timeout = http.request_timeout.as_deref();
        sheet.at_least(&path, timeout, Duration::from_millis(1), "1ms");
    }
    if let Some(tcp) = &policies.tcp {
        let at = member(path, "tcp");
        let timeout = tcp.connect_timeout.as_deref();
        let least = Duration::from_millis(100);
        sheet.at_least(&member(&at, "connectTimeout"), timeout, least, "100ms");
        if let Some(keepalive) = &tcp.keepalive {
            let at = member(&at, "keepalive");
            for (name, given) in [("time", &keepalive.time), ("interval", &keepalive.interval)] {
                sheet.at_least(&member(&at, name), given.as_deref(), SECOND, "1 second");
            }
        }
    }
    let eviction = policies.health.as_ref().and_then(|it| it.eviction.as_ref());
    if let Some(eviction) = eviction {
        let at = member(&member(&member(path, "health"), "eviction"), "duration");
        sheet.at_least(&at, eviction.duration.as_deref(), SECOND, "1 second");
    }
}
