//! The official A2A SDK, of both versions and in both HTTP bindings.

use agentgateway_tests::{Manifests, Peer, TestGateway, python, run_client};

async fn before(peer: &Peer) -> TestGateway {
    let backend = format!("{{a2a: {{host: 127.0.0.1, port: {}}}}}", peer.port());
    let manifests = Manifests::default().route("a2a", "/planner", Some("/"), &backend);
    TestGateway::serve(&manifests).await
}

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_with_an_agent_of_both() {
    let peer = Peer::python("py", "a2a_agent.py", &[]).await;
    let gateway = before(&peer).await;
    let url = format!("{}/planner", gateway.url("a2a"));
    run_client(python("py"), "a2a_client.py", &[&url]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_genuine_0_3_client_with_a_genuine_0_3_agent() {
    let peer = Peer::python("py-a2a03", "a2a03_agent.py", &[]).await;
    let gateway = before(&peer).await;
    let url = format!("{}/planner", gateway.url("a2a"));
    run_client(python("py-a2a03"), "a2a03_client.py", &[&url]).await;
}
