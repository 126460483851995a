//! What is sent again.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use agentgateway_tests::raw::{RawUpstream, eventually};

use super::*;

const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// A service that is busy for so many requests, and then is not.
async fn busy(for_requests: usize) -> RawUpstream {
    let asked = Arc::new(AtomicUsize::new(0));
    RawUpstream::start(move |mut connection| {
        let asked = Arc::clone(&asked);
        async move {
            while connection.request().await.is_some() {
                let number = asked.fetch_add(1, Ordering::Relaxed);
                connection
                    .send(if number < for_requests { BUSY } else { OK })
                    .await;
            }
        }
    })
    .await
}

fn route(port: u16, rule: &str, traffic: &str) -> String {
    let traffic = format!("traffic: {traffic}");
    [
        served("mcp", "again", &at(port, ""), rule),
        policy("again", &of_route("again"), &traffic),
    ]
    .join(SEPARATOR)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_says_how_often_and_beats_the_policy() {
    let service = busy(2).await;
    let rule = "retry: {attempts: 2, codes: [503]}";
    let policy = "{retry: {attempts: 1}}";
    let (gateway, _servers) = before_demo(&route(service.port(), rule, policy)).await;
    let url = format!("{}/again", gateway.url("mcp"));
    let answer = agentgateway_tests::get(&url).await;
    assert_eq!((answer.status(), service.begun()), (StatusCode::OK, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_safe_is_sent_again_where_the_policy_says_that_it_is() {
    let policy =
        |precondition: &str| format!("{{retry: {{attempts: 3, backoff: 1ms{precondition}}}}}");
    let service = busy(1).await;
    let (gateway, _servers) = before_demo(&route(service.port(), "", &policy(""))).await;
    let url = format!("{}/again", gateway.url("mcp"));
    let once = post(&url, &[], "pay").await;
    let counts = (once.status(), service.begun());
    assert_eq!(counts, (StatusCode::SERVICE_UNAVAILABLE, 1));

    let service = busy(1).await;
    let keyed = ", precondition: 'request.headers[\"idempotency-key\"] != \"\"'";
    let (gateway, _servers) = before_demo(&route(service.port(), "", &policy(keyed))).await;
    let url = format!("{}/again", gateway.url("mcp"));
    let twice = post(&url, &[("idempotency-key", "7")], "pay").await;
    assert_eq!((twice.status(), service.begun()), (StatusCode::OK, 2));
    let bodies: Vec<_> = service.requests().into_iter().map(|it| it.body).collect();
    assert_eq!(bodies, [b"pay", b"pay"]);
}

/// A list is read twice where it must be; a tool is never run twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_protocol_says_which_calls_are_safe() {
    let server = busy(usize::MAX).await;
    let targets = format!(
        "{{mcp: {{targets: [{{name: busy, static: {{host: 127.0.0.1, port: {}}}}}]}}}}",
        server.port()
    );
    let rule = format!("{FROM_THE_ROOT}\n    retry: {{attempts: 2, backoff: 1ms}}");
    let objects = served("mcp", "busy", &targets, &rule);
    let (gateway, _servers) = before_demo(&objects).await;
    let url = format!("{}/busy", gateway.url("mcp"));
    let list = call(&url, None, "tools/list", json!({})).await;
    assert_eq!(list.status(), StatusCode::SERVICE_UNAVAILABLE);
    eventually("all attempts", || server.begun() == 3).await;
    let echo = json!({ "name": "echo", "arguments": {} });
    let tool = call(&url, None, "tools/call", echo).await;
    assert_eq!(tool.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(server.begun(), 4);
}
