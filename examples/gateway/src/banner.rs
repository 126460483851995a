//! What a newcomer reads first.

use std::{fmt::Write, net::SocketAddr, path::Path};

use crate::{gateway::Gateway, telemetry::Tracing};

/// What is served and, without a configuration, one command per listener to try it with.
#[must_use]
pub fn banner(gateway: &Gateway, config: Option<&Path>, tracing: &Tracing) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write!(out, "agentgateway {}\n\n", env!("CARGO_PKG_VERSION"));
    for listener in gateway.served() {
        let _ = writeln!(
            out,
            "  {:<10} {}://{}",
            listener.name,
            if listener.tls { "https" } else { "http" },
            reachable(listener.addr)
        );
        for route in &listener.routes {
            let _ = writeln!(out, "             {route}");
        }
    }
    let _ = writeln!(
        out,
        "  {:<10} http://{}",
        "admin",
        reachable(gateway.admin_addr())
    );
    let _ = writeln!(out, "  {:<10} {}", "spans", spans(tracing));
    if config.is_none() {
        out.push_str("\nTry it:\n");
        for listener in gateway.served() {
            let command = command(&listener.name, reachable(listener.addr));
            let _ = writeln!(out, "\n{command}");
        }
        out.push('\n');
    }
    out
}

/// Where spans go: by the environment, and by policies.
fn spans(tracing: &Tracing) -> String {
    let mut told: Vec<String> = Vec::new();
    told.extend(tracing.endpoint().map(|endpoint| format!("to {endpoint}")));
    for report in tracing.report() {
        let Some(exporter) = &report.exporter else {
            continue;
        };
        let to = format!("to {}", exporter.endpoint);
        // Listeners of one Gateway may differ in other things.
        let of = format!("{to} of Gateway {}", report.gateway);
        if !told.contains(&to) && !told.contains(&of) {
            told.push(of);
        }
    }
    if told.is_empty() {
        return "not recorded; name a collector in OTEL_EXPORTER_OTLP_ENDPOINT".to_owned();
    }
    told.join(", ")
}

/// An address that a client on this machine can call.
fn reachable(addr: SocketAddr) -> SocketAddr {
    match addr {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => {
            SocketAddr::from((std::net::Ipv4Addr::LOCALHOST, v4.port()))
        }
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => {
            SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, v6.port()))
        }
        other => other,
    }
}

fn command(listener: &str, addr: SocketAddr) -> String {
    let json = "-H 'content-type: application/json'";
    match listener {
        "a2a" => format!(
            "curl -sN http://{addr}/ {json} -H 'a2a-version: 1.0' -d \
             '{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"SendStreamingMessage\",\"params\":{{\"message\":\
             {{\"messageId\":\"m1\",\"role\":\"ROLE_USER\",\"parts\":[{{\"text\":\"hello\"}}]}}}}}}'"
        ),
        "mcp" => format!(
            "curl -sN http://{addr}/mcp {json} -H 'accept: application/json, text/event-stream' -H \
             'mcp-protocol-version: 2025-11-25' -d '{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\
             \"tools/call\",\"params\":{{\"name\":\"add\",\"arguments\":{{\"a\":1,\"b\":2}}}}}}'"
        ),
        _ => format!(
            "curl -sN http://{addr}/v1/chat/completions {json} -d '{{\"model\":\"demo\",\"stream\":\
             true,\"messages\":[{{\"role\":\"user\",\"content\":\"hello\"}}]}}'"
        ),
    }
}
