//! MCP's official conformance suite through the gateway: servers of each era, clients of each era.
//!
//! What the suite demands of servers is shallow in places (an error text passes for a result), so
//! `answers.rs` compares what clients get with what the server says directly. `scenarios.rs` runs what it
//! demands of clients.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod answers;
mod scenarios;
mod suite;
mod tokens;

use agentgateway_tests::{Manifests, Peer, TestGateway};

/// A gateway before these servers, by the names of their targets.
pub(crate) async fn before(servers: &[(&str, &Peer)], fields: &str) -> TestGateway {
    let targets: Vec<_> = servers
        .iter()
        .map(|(name, peer)| {
            let port = peer.port();
            format!(
                "{{name: {name}, static: {{host: 127.0.0.1, port: {port}, path: /mcp, \
                 protocol: StreamableHTTP}}}}"
            )
        })
        .collect();
    before_targets(&targets.join(", "), fields).await
}

/// A gateway before these targets, with further fields of the backend.
pub(crate) async fn before_targets(targets: &str, fields: &str) -> TestGateway {
    let backend = format!("{{mcp: {{targets: [{targets}]{fields}}}}}");
    TestGateway::serve(&Manifests::default().route("mcp", "/mcp", None, &backend)).await
}

/// A gateway before a server of an era, alone or with a second server beside it; and the servers.
async fn standing(server: &str, beside: bool) -> (TestGateway, Vec<Peer>) {
    let peer = Peer::node(&format!("mcp/{server}.mjs"), &[]).await;
    if !beside {
        return (before(&[("one", &peer)], "").await, vec![peer]);
    }
    let other = Peer::node("everything.mjs", &[]).await;
    let servers = [("one", &peer), ("everything", &other)];
    let gateway = before(&servers, ", prefixMode: Never, failureMode: FailOpen").await;
    (gateway, vec![peer, other])
}

/// Serves a client of one revision by a server of an era, alone or with a second server beside it.
async fn meets(server: &str, (revision, scenarios): (&str, usize), beside: bool) {
    let (gateway, _servers) = standing(server, beside).await;
    suite::run(&gateway.url("mcp"), revision, scenarios).await;
}

/// What no server behind is needed for is refused the same before all of them.
#[tokio::test(flavor = "multi_thread")]
async fn headers_and_hosts_are_judged_whatever_stands_behind() {
    for (server, beside) in [("legacy", false), ("modern", false), ("legacy", true)] {
        let (gateway, _servers) = standing(server, beside).await;
        let guards = ["http-header-validation", "dns-rebinding-protection"];
        suite::pass(&gateway.url("mcp"), MODERN.0, &guards).await;
    }
}

const LEGACY: (&str, usize) = ("2025-11-25", 30);
const MODERN: (&str, usize) = ("2026-07-28", 37);

macro_rules! cells {
    ($($name:ident: $server:literal, $revision:ident, $beside:literal;)+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                meets($server, $revision, $beside).await;
            }
        )+
    };
}

cells! {
    legacy_clients_meet_a_legacy_server: "legacy", LEGACY, false;
    legacy_clients_meet_a_modern_server: "modern", LEGACY, false;
    modern_clients_meet_a_legacy_server: "legacy", MODERN, false;
    modern_clients_meet_a_modern_server: "modern", MODERN, false;
    legacy_clients_meet_a_legacy_server_beside_another: "legacy", LEGACY, true;
    legacy_clients_meet_a_modern_server_beside_another: "modern", LEGACY, true;
    modern_clients_meet_a_legacy_server_beside_another: "legacy", MODERN, true;
    modern_clients_meet_a_modern_server_beside_another: "modern", MODERN, true;
}
