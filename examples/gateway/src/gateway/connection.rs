use agentgateway_core::server::Config;

use crate::config::snapshot::HttpSettings;

/// What a listener's policy says of its connections, over the server's defaults.
///
/// `max_buffer_size` is no matter of connections: the stacks read it.
pub(super) fn config(http: &HttpSettings) -> Config {
    // How long a drain takes is said when it begins.
    let mut config = Config::new();
    if let Some(limit) = http.http1_idle_timeout {
        config = config.idle_timeout(limit);
    }
    if let Some(fields) = http.http1_max_headers {
        config = config.max_headers(usize::try_from(fields).unwrap_or(usize::MAX));
    }
    if let Some(bytes) = http.http2_window_size {
        config = config.stream_window_bytes(bytes);
    }
    if let Some(bytes) = http.http2_connection_window_size {
        config = config.connection_window_bytes(bytes);
    }
    if let Some(bytes) = http.http2_frame_size {
        config = config.max_frame_bytes(bytes);
    }
    if let Some(bytes) = http.http2_max_header_size {
        config = config.max_header_list_bytes(bytes);
    }
    if let Some(silence) = http.http2_keepalive_interval {
        config = config.ping_interval(silence);
    }
    if let Some(limit) = http.http2_keepalive_timeout {
        config = config.ping_timeout(limit);
    }
    if let Some(limit) = http.max_connection_duration {
        config = config.max_connection_age(limit);
    }
    config
}
