use agentgateway_core::{
    authz::{Authorization, Rule},
    context::ClientAddr,
    forwarded::Networks,
    policy::{Decision, Policy},
    server::{Admission, Config, ProxyProtocol},
};
use http::Request;

use crate::{
    assemble::PlannedSocket,
    config::snapshot::{ConnectionSettings, HttpSettings, ProxyHeader},
};

/// What a socket's policies say of its connections, over the server's defaults. `trusted` are the load
/// balancers that are believed about their clients.
pub(super) fn config(planned: &PlannedSocket, trusted: &Networks) -> Config {
    let ConnectionSettings {
        proxy_header,
        handshakes,
        ..
    } = &planned.connections;
    let mut config = of_http(&planned.http).admission(admission(&planned.connections));
    if let Some(limit) = handshakes.as_ref().and_then(|terms| terms.timeout) {
        config = config.handshake_timeout(limit);
    }
    if let Some(asked) = proxy_header {
        if trusted.is_empty() {
            tracing::warn!(
                port = planned.port,
                "proxyProtocol is asked for, and no load balancer is trusted; --trusted-proxies says \
                 which"
            );
        }
        config = config.proxy_protocol(proxy_protocol(*asked, trusted.clone()));
    }
    config
}

fn proxy_protocol(asked: ProxyHeader, trusted: Networks) -> ProxyProtocol {
    let rules = match asked.required {
        true => ProxyProtocol::required(trusted),
        false => ProxyProtocol::optional(trusted),
    };
    match asked.only {
        Some(version) => rules.only(version),
        None => rules,
    }
}

/// Rules about requests, asked about one that says nothing but who has opened the connection.
fn admission(connections: &ConnectionSettings) -> Option<Admission> {
    if connections.admission.is_empty() {
        return None;
    }
    let rules = connections.admission.iter().map(|part| {
        let conditions = part.spec.conditions.clone();
        Rule::new(part.spec.effect, part.name.clone(), conditions)
    });
    let rules = Authorization::new(rules);
    Some(Admission::new(move |client| {
        let (mut head, ()) = Request::new(()).into_parts();
        head.extensions.insert(ClientAddr::new(client));
        matches!(rules.decide(&mut head), Decision::Pass)
    }))
}

/// What a listener's policy says of its connections, over the server's defaults.
///
/// `max_buffer_size` is no matter of connections: the stacks read it.
fn of_http(http: &HttpSettings) -> Config {
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
