//! The official LLM SDKs, with a mock of their providers behind.

use agentgateway_tests::{Manifests, Peer, TestGateway, python, run_client};

async fn before(peer: &Peer) -> TestGateway {
    let provider = |kind: &str| {
        format!(
            "{{ai: {{provider: {{{kind}: {{}}, host: 127.0.0.1, port: {}}}}}, \
             policies: {{auth: {{secretRef: {{name: key}}}}}}}}",
            peer.port()
        )
    };
    let manifests = Manifests::default()
        .secret("key", "sk-of-the-gateway")
        .route("llm", "/openai", Some("/"), &provider("openai"))
        .route("llm", "/anthropic", Some("/"), &provider("anthropic"))
        .route("llm", "/gemini", Some("/"), &provider("gemini"));
    TestGateway::serve(&manifests).await
}

#[tokio::test(flavor = "multi_thread")]
async fn openai_chat_and_responses() {
    let peer = Peer::node("aimock.mjs", &[]).await;
    let gateway = before(&peer).await;
    let url = format!("{}/openai/v1", gateway.url("llm"));
    run_client(python("py"), "openai_client.py", &[&url]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn anthropic_messages() {
    let peer = Peer::node("aimock.mjs", &[]).await;
    let gateway = before(&peer).await;
    let url = format!("{}/anthropic", gateway.url("llm"));
    run_client(python("py"), "anthropic_client.py", &[&url]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gemini_at_both_paths() {
    let peer = Peer::node("aimock.mjs", &[]).await;
    let gateway = before(&peer).await;
    let url = format!("{}/gemini", gateway.url("llm"));
    run_client(python("py"), "genai_client.py", &[&url]).await;
    run_client(
        python("py"),
        "genai_client.py",
        &[&url, "--api-version", "v1beta"],
    )
    .await;
}
