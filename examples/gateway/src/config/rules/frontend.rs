//! Rules of policies at the client's side of a Gateway.

use std::time::Duration;

use super::Sheet;
use crate::config::object::field::member;
use crate::config::resource::{FrontendHttp, FrontendPolicies, Quantity};

pub(super) fn check(frontend: &FrontendPolicies, sheet: &mut Sheet<'_>) {
    if let Some(http) = &frontend.http {
        self::http(http, sheet);
    }
}

fn http(http: &FrontendHttp, sheet: &mut Sheet<'_>) {
    let path = |name: &str| member("spec.frontend.http", name);
    let clocks = [
        ("http1IdleTimeout", &http.http1_idle_timeout),
        ("http2KeepaliveInterval", &http.http2_keepalive_interval),
        ("http2KeepaliveTimeout", &http.http2_keepalive_timeout),
        ("maxConnectionDuration", &http.max_connection_duration),
    ];
    for (name, value) in clocks {
        sheet.at_least(
            &path(name),
            value.as_deref(),
            Duration::from_secs(1),
            "1 second",
        );
    }
    if let Some(size) = http.http2_frame_size.as_ref().and_then(Quantity::bytes) {
        let path = path("http2FrameSize");
        sheet.fault_if(
            size < 16_384,
            &path,
            "http2FrameSize must be at least 16384 bytes",
        );
        sheet.fault_if(
            size > 1_677_215,
            &path,
            "http2FrameSize must be at most 1677215 bytes",
        );
    }
    let sizes = [
        (
            "http2ConnectionWindowSize",
            &http.http2_connection_window_size,
        ),
        ("http2FrameSize", &http.http2_frame_size),
        ("http2MaxHeaderSize", &http.http2_max_header_size),
        ("http2WindowSize", &http.http2_window_size),
        ("maxBufferSize", &http.max_buffer_size),
    ];
    for (name, size) in sizes {
        let bytes = size.as_ref().map(Quantity::bytes);
        let fits = |bytes: Option<u64>| {
            bytes.is_some_and(|size| (1..=u64::from(u32::MAX)).contains(&size))
        };
        sheet.fault_if(
            bytes.is_some_and(|bytes| !fits(bytes)),
            &path(name),
            "value must be at least 1 byte and fit within uint32",
        );
    }
}
