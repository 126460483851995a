//! The official LLM SDKs, with recorded streams of the real providers behind.

use std::{convert::Infallible, path::Path};

use agentgateway_core::server::{Config, Drain, Listener, RequestBody, serve};
use agentgateway_tests::{Manifests, TestGateway, python, run_client, shared_data};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::task::JoinHandle;

/// A provider that answers everything with one recorded stream, cut into odd pieces.
struct Replay {
    port: u16,
    running: JoinHandle<()>,
}

impl Replay {
    async fn of(recording: &Path) -> Self {
        let text = std::fs::read_to_string(recording).unwrap();
        let recorded: serde_json::Value = serde_json::from_str(&text).unwrap();
        let body = Bytes::from(recorded["response"]["text"].as_str().unwrap().to_owned());
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
            .await
            .unwrap();
        let port = listener.local_addr().port();
        let service = tower::service_fn(move |_: Request<RequestBody>| {
            let pieces = pieces(&body)
                .into_iter()
                .map(|piece| Ok::<_, Infallible>(Frame::data(piece)));
            let body = StreamBody::new(tokio_stream::iter(pieces));
            let answer = Response::builder().header("content-type", "text/event-stream");
            std::future::ready(Ok::<_, Infallible>(answer.body(body).unwrap()))
        });
        let running = tokio::spawn(async move {
            serve(listener, service, Config::new(), Drain::new()).await;
        });
        Self { port, running }
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// Pieces of 1 to 97 bytes, in an order that looks like none.
fn pieces(body: &Bytes) -> Vec<Bytes> {
    let (mut rest, mut step, mut pieces) = (body.clone(), 7, Vec::new());
    while !rest.is_empty() {
        step = (step * 31 + 11) % 97;
        pieces.push(rest.split_to((step + 1).min(rest.len())));
    }
    pieces
}

async fn replay(kind: &str, recording: &str, client: &str, base: &str, checks: &str) {
    let Some(folder) = shared_data("llm/recordings") else {
        return;
    };
    let upstream = Replay::of(&folder.join(recording)).await;
    let provider = format!(
        "{{ai: {{provider: {{{kind}: {{}}, host: 127.0.0.1, port: {}}}}}}}",
        upstream.port
    );
    let gateway =
        TestGateway::serve(&Manifests::default().route("llm", "/", None, &provider)).await;
    let url = format!("{}{base}", gateway.url("llm"));
    run_client(
        python("py"),
        client,
        &[&url, "--only", checks, "--expect", ""],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openai_chat_with_and_without_its_usage() {
    let recording = "openai-chat/stream/test_dbos_agent_iter.0.api.openai.com.json";
    let checks = "chat_stream,chat_stream_usage";
    replay("openai", recording, "openai_client.py", "/v1", checks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openai_responses() {
    let recording = "openai-responses/stream/test_openai_include_raw_annotations_streaming.2.api.openai.com.json";
    replay(
        "openai",
        recording,
        "openai_client.py",
        "/v1",
        "responses_stream",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn anthropic_with_thinking() {
    let recording = "anthropic-messages/stream/test_anthropic_model_thinking_part_stream.0.api.anthropic.com.json";
    replay(
        "anthropic",
        recording,
        "anthropic_client.py",
        "",
        "messages_stream",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gemini() {
    let recording =
        "gemini/stream/test_google_model_stream.0.generativelanguage.googleapis.com.json";
    replay("gemini", recording, "genai_client.py", "", "stream").await;
}
