//! The official LLM SDKs, with a mock of their providers behind.

use agentgateway_tests::{Manifests, Peer, TestGateway, post, python, run_client};

fn manifests(peer: &Peer) -> Manifests {
    let provider = |kind: &str| {
        format!(
            "{{ai: {{provider: {{{kind}: {{}}, host: 127.0.0.1, port: {}}}}}, \
             policies: {{auth: {{secretRef: {{name: key}}}}}}}}",
            peer.port()
        )
    };
    Manifests::default()
        .secret("key", "sk-of-the-gateway")
        .route("llm", "/openai", Some("/"), &provider("openai"))
        .route("llm", "/anthropic", Some("/"), &provider("anthropic"))
        .route("llm", "/gemini", Some("/"), &provider("gemini"))
}

async fn before(peer: &Peer) -> TestGateway {
    TestGateway::serve(&manifests(peer)).await
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

/// Fault L24: the official SDKs read over what keeps their streams alive, and make the same of them.
#[tokio::test(flavor = "multi_thread")]
async fn streams_that_are_kept_alive_are_the_same_to_every_sdk() {
    // Twice in each silence between two events.
    let peer = Peer::node("aimock.mjs", &["0", "125"]).await;
    let raw = "{rawConfig: {llm: {streams: {keepAlive: 50ms}}}}";
    let gateway = TestGateway::serve(&manifests(&peer).parameters(raw)).await;
    let url = |path: &str| format!("{}{path}", gateway.url("llm"));
    for (path, body, word) in [
        (
            "/openai/v1/chat/completions",
            r#"{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"hi"}]}"#,
            ": keep-alive\n\n",
        ),
        (
            "/anthropic/v1/messages",
            r#"{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#,
            "event: ping\ndata: {\"type\": \"ping\"}\n\n",
        ),
    ] {
        let answer = post(&url(path), &[], body).await;
        let text = String::from_utf8_lossy(answer.body());
        assert!(text.matches(word).count() > 1, "{text}");
    }
    let only = |names: &'static str| ["--only", names];
    let chat = only("chat_stream,chat_stream_usage,chat_tool_stream,responses_stream");
    run_client(
        python("py"),
        "openai_client.py",
        &[&[&*url("/openai/v1")], &chat[..]].concat(),
    )
    .await;
    let messages = only("messages_stream,helper_stream,tool_stream");
    run_client(
        python("py"),
        "anthropic_client.py",
        &[&[&*url("/anthropic")], &messages[..]].concat(),
    )
    .await;
    // It would not read over a comment: nothing is written for it.
    let gemini = only("stream,tool_stream");
    run_client(
        python("py"),
        "genai_client.py",
        &[&[&*url("/gemini")], &gemini[..]].concat(),
    )
    .await;
}
