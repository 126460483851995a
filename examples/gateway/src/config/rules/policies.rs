//! Rules of policies at the side of backends, wherever they stand.

use std::time::Duration;

use super::Sheet;
use crate::config::object::field::member;
use crate::config::resource::BackendPolicies;

/// Holds policies against their rules.
pub(super) fn check(policies: &BackendPolicies, path: &str, sheet: &mut Sheet<'_>) {
    if let Some(http) = &policies.http {
        let path = member(&member(path, "http"), "requestTimeout");
        let timeout = http.request_timeout.as_deref();
        sheet.at_least(&path, timeout, Duration::from_millis(1), "1ms");
    }
    if let Some(tcp) = &policies.tcp {
        let path = member(&member(path, "tcp"), "connectTimeout");
        let timeout = tcp.connect_timeout.as_deref();
        sheet.at_least(&path, timeout, Duration::from_millis(100), "100ms");
    }
}
