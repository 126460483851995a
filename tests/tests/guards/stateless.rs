//! Servers of MCP behind gateways that keep no sessions, and share nothing.

use agentgateway_tests::{Manifests, Peer, TestGateway, run_client};

fn manifests(servers: &[(&str, &Peer)]) -> Manifests {
    let targets: Vec<_> = servers
        .iter()
        .map(|(name, peer)| {
            let port = peer.port();
            format!("{{name: {name}, static: {{host: 127.0.0.1, port: {port}, path: /mcp}}}}")
        })
        .collect();
    let targets = targets.join(", ");
    let modes = "prefixMode: Never, sessionRouting: Stateless";
    Manifests::default().route(
        "mcp",
        "/mcp",
        None,
        &format!("{{mcp: {{{modes}, targets: [{targets}]}}}}"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_of_a_client_is_served_by_any_gateway() {
    let modern = Peer::node("mcp/modern.mjs", &[]).await;
    let legacy = Peer::node("mcp/legacy.mjs", &[]).await;
    let everything = Peer::node("everything.mjs", &[]).await;
    for servers in [
        &[("one", &modern)][..],
        &[("one", &legacy)],
        &[("one", &legacy), ("everything", &everything)],
    ] {
        let manifests = manifests(servers);
        let gateways = [
            TestGateway::serve(&manifests).await,
            TestGateway::serve(&manifests).await,
        ];
        let urls = gateways
            .each_ref()
            .map(|gateway| format!("{}/mcp", gateway.url("mcp")))
            .join(",");
        run_client("node", "mcp_replicas.mjs", &[&urls, "--stateless"]).await;
    }
}
