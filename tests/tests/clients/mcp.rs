//! The official MCP SDKs, of both eras, with the official example server behind.

use agentgateway_tests::{Manifests, Peer, TestGateway, python, run_client};

async fn before(peer: &Peer) -> TestGateway {
    let backend = format!(
        "{{mcp: {{targets: [{{name: peer, static: {{host: 127.0.0.1, port: {}, path: /mcp, \
         protocol: StreamableHTTP}}}}]}}}}",
        peer.port()
    );
    TestGateway::serve(&Manifests::default().route("mcp", "/mcp", None, &backend)).await
}

/// Fault M44 (part): clients of both eras behind one gateway: each is served.
#[tokio::test(flavor = "multi_thread")]
async fn typescript_v1_with_server_everything() {
    let peer = Peer::node("everything.mjs", &[]).await;
    let gateway = before(&peer).await;
    run_client(
        "node",
        "mcp_v1.mjs",
        &[&format!("{}/mcp", gateway.url("mcp"))],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typescript_v2_with_server_everything() {
    let peer = Peer::node("everything.mjs", &[]).await;
    let gateway = before(&peer).await;
    run_client(
        "node",
        "mcp_v2.mjs",
        &[&format!("{}/mcp", gateway.url("mcp"))],
    )
    .await;
}

/// Fault M44 (part): clients of both eras behind one gateway: each is served.
#[tokio::test(flavor = "multi_thread")]
async fn python_with_server_everything() {
    let peer = Peer::node("everything.mjs", &[]).await;
    let gateway = before(&peer).await;
    let url = format!("{}/mcp", gateway.url("mcp"));
    run_client(python("py"), "mcp_client.py", &[&url, "--mode", "auto"]).await;
}

/// Fault M44 (part): clients of both eras behind one gateway: each is served.
#[tokio::test(flavor = "multi_thread")]
async fn modern_clients_with_a_modern_server() {
    let peer = Peer::python("py", "mcp_server.py", &[]).await;
    let gateway = before(&peer).await;
    let url = format!("{}/mcp", gateway.url("mcp"));
    run_client(
        python("py"),
        "mcp_client.py",
        &[&url, "--mode", "2026-07-28"],
    )
    .await;
    run_client("node", "mcp_v2.mjs", &[&url, "--mode", "2026-07-28"]).await;
}
