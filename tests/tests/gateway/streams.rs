//! Clients that leave, and a gateway that is stopped, in the middle of a stream.

use std::time::Duration;

use agentgateway_tests::{Process, TestGateway, free_port, get};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tokio::{sync::mpsc::UnboundedSender, time::timeout};

use super::provider::{KEY, Provider};

const LIMIT: Duration = Duration::from_secs(10);
const FIRST: &str =
    "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";
const USAGE: &str = "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":3}}\n\n";
const DONE: &str = "data: [DONE]\n\n";

/// A stream whose first event has come, and the provider's end of it.
async fn begun(llm: &str, provider: &mut Provider) -> (Incoming, UnboundedSender<Bytes>) {
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::post(format!("{llm}/openai/v1/chat/completions"))
        .header("content-type", "application/json")
        .body(Full::from(r#"{"model":"m","stream":true,"messages":[]}"#))
        .unwrap();
    let (answer, chunks) = tokio::join!(client.request(request), async {
        let chunks = provider.asked().await.answer("text/event-stream");
        chunks.send(Bytes::from(FIRST)).unwrap();
        chunks
    });
    let mut body = answer.unwrap().into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(first, FIRST);
    (body, chunks)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_ends_the_providers_work() {
    let mut provider = Provider::start().await;
    let gateway = TestGateway::serve(&provider.manifests()).await;
    let (body, chunks) = begun(&gateway.url("llm"), &mut provider).await;
    drop(body);
    // Nothing more is sent: the connection itself tells it.
    timeout(LIMIT, chunks.closed()).await.unwrap();
    let page = get(&gateway.admin()).await;
    let page = String::from_utf8(page.body().to_vec()).unwrap();
    assert!(
        page.contains("chat m") && page.contains("dropped"),
        "{page}"
    );
    assert!(!page.contains(KEY));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_lets_a_stream_end() {
    let mut provider = Provider::start().await;
    let manifests = provider
        .manifests()
        .ports(free_port(), free_port(), free_port());
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("gateway.yaml"), manifests.text()).unwrap();
    let config = directory.path().to_str().unwrap();
    let arguments = ["run", "--config", config, "--bind", "127.0.0.1"];
    let more = ["--admin", "127.0.0.1:0", "--drain-delay", "0"];
    let gateway = Process::start(&[&arguments[..], &more[..]].concat(), &[]).await;
    let (llm, admin) = (gateway.url("llm"), gateway.url("admin"));
    let (body, chunks) = begun(&llm, &mut provider).await;

    let (status, rest) = tokio::join!(gateway.stop(), async {
        let drains = async { while get(&format!("{admin}/readyz")).await.status() == 200 {} };
        timeout(LIMIT, drains).await.unwrap();
        for event in [USAGE, DONE] {
            chunks.send(Bytes::from(event)).unwrap();
        }
        drop(chunks);
        timeout(LIMIT, body.collect()).await.unwrap().unwrap()
    });
    assert_eq!(status, Some(0));
    // The client did not ask for the usage.
    assert_eq!(rest.to_bytes(), DONE);
}
