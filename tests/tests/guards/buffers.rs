//! Bodies that are read whole before they go on.

use agentgateway_tests::raw::{RawClient, RawConnection, RawUpstream};

use super::*;

fn buffering(to: u16, buffer: &str) -> String {
    let all = "{group: gateway.networking.k8s.io, kind: Gateway, name: gateway}";
    let buffers = policy("buffers", all, &format!("traffic: {{buffer: {buffer}}}"));
    [served("mcp", "held", &at(to, ""), ""), buffers].join(SEPARATOR)
}

/// A service that answers each request with these bytes and closes.
async fn saying(bytes: &'static [u8]) -> RawUpstream {
    RawUpstream::start(move |mut connection: RawConnection| async move {
        if connection.request().await.is_some() {
            connection.send(bytes).await;
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_goes_on_when_all_of_it_is_here() {
    const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let service = RawUpstream::serving(OK).await;
    let objects = buffering(service.port(), "{request: {maxBytes: 8}}");
    let (gateway, _servers) = before_demo(&objects).await;
    let mut client = RawClient::connect(gateway.addr("mcp")).await;
    client
        .send("POST /held HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\ntell \r\n")
        .await;
    let url = format!("{}/held", gateway.url("mcp"));
    let long = post(&url, &[], "tell me more").await;
    assert_eq!(long.status(), StatusCode::PAYLOAD_TOO_LARGE, "{long:?}");
    // What came whole in the meantime has overtaken it.
    assert_eq!(post(&url, &[], "now").await.body(), "ok");
    assert_eq!(service.begun(), 1);
    client.send("2\r\nme\r\n0\r\n\r\n").await;
    let answer = client.answer().await.unwrap();
    assert!(answer.text().contains("ok"), "{answer:?}");
    let asked = service.requests().pop().unwrap();
    assert_eq!(asked.values("content-length"), ["7"], "{asked:?}");
    assert_eq!(asked.body, b"tell me");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_too_long_or_breaks_off_is_an_error() {
    let long: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\na long story";
    let broken: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\na st";
    for (said, status) in [(long, 502), (broken, 502)] {
        let service = saying(said).await;
        let objects = buffering(service.port(), "{response: {maxBytes: 8}}");
        let (gateway, _servers) = before_demo(&objects).await;
        let answer = post(&format!("{}/held", gateway.url("mcp")), &[], "{}").await;
        assert_eq!(answer.status(), status, "{answer:?}");
        assert!(said_of(&answer).is_object(), "{answer:?}");
    }
    // It goes on as it comes, where the policy says so.
    let service = saying(long).await;
    let open = "{response: {maxBytes: 8, failureMode: FailOpen}}";
    let (gateway, _servers) = before_demo(&buffering(service.port(), open)).await;
    let answer = post(&format!("{}/held", gateway.url("mcp")), &[], "{}").await;
    assert_eq!(answer.body(), "a long story");
}

fn said_of(answer: &Response<Bytes>) -> Value {
    said(answer)["error"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_stream_is_not_held() {
    let service = RawUpstream::start(|mut connection: RawConnection| async move {
        connection.request().await;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
        connection.send(format!("{head}data: 1\n\n")).await;
        connection.closed().await;
    })
    .await;
    let both = "{request: {}, response: {}}";
    let (gateway, _servers) = before_demo(&buffering(service.port(), both)).await;
    let mut client = RawClient::connect(gateway.addr("mcp")).await;
    client
        .send("POST /held HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}")
        .await;
    client.until("data: 1").await;
    // A call of a protocol is read and answered as ever.
    let list = call(&gateway.url("mcp"), None, "tools/list", json!({})).await;
    assert_eq!(status(&list), StatusCode::OK, "{list:?}");
}
