//! With the layer of the protocol inside.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use agentgateway_core::Peeked;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};

use super::support::*;
use crate::{BatchLayer, McpCall, McpLayer, policy::tools::ToolRules};

/// The answer through both layers, and the methods of what was told of, with how each ended.
async fn asked(headers: &[(&str, &str)], body: &str) -> (Response<Bytes>, Vec<String>) {
    let ear = Arc::new(Mutex::new(Vec::new()));
    let layer = McpLayer::new()
        .tools(ToolRules::deny_all().allow("echo"))
        .on_finished({
            let ear = ear.clone();
            move |finished| {
                let method = finished.call.and_then(McpCall::method);
                let method = method.map_or("refused", |method| method.as_str());
                let end = finished.end.as_str();
                ear.lock().unwrap().push(format!("{method} {end}"));
            }
        });
    let server = service_fn(|request: Request<Peeked<Peeked<Full<Bytes>>>>| async move {
        let call = request.extensions().get::<McpCall>().cloned().unwrap();
        let mut response = Response::new(Full::default());
        match call.id() {
            Some(id) => {
                let text = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#);
                *response.body_mut() = Full::from(text);
                let json = "application/json".parse().unwrap();
                response.headers_mut().insert("content-type", json);
            }
            None => *response.status_mut() = http::StatusCode::ACCEPTED,
        }
        Ok::<_, Infallible>(response)
    });
    let app = ServiceBuilder::new()
        .layer(BatchLayer::new())
        .layer(layer)
        .service(server);
    let answer = app.oneshot(post(headers, body)).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let told = std::mem::take(&mut *ear.lock().unwrap());
    (Response::from_parts(head, body), told)
}

fn call(id: u32, tool: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}"}}}}"#)
}

#[tokio::test]
async fn each_call_is_judged_and_told_of_by_itself() {
    let body = format!("[{},{},{NOTE}]", call(1, "echo"), call(2, "rm"));
    let (answer, mut told) = asked(&[], &body).await;
    let all: Vec<serde_json::Value> = serde_json::from_slice(answer.body()).unwrap();
    assert!(all[0]["result"].is_object(), "{all:?}");
    assert_eq!(all[1]["error"]["code"], -32602, "{all:?}");
    told.sort();
    let expected = [
        "notifications/initialized complete",
        "tools/call complete",
        "tools/call failed",
    ];
    assert_eq!(told, expected);
}

/// Fault M07: a batch of a revision that has none: 400.
#[tokio::test]
async fn a_batch_of_any_other_revision_is_refused_in_the_protocols_form() {
    let body = format!("[{}]", request("1"));
    for version in ["2024-11-05", "2025-06-18", "2025-11-25", "2026-07-28"] {
        let (answer, told) = asked(&[("mcp-protocol-version", version)], &body).await;
        assert_eq!(answer.status(), 400, "{version}");
        assert!(text(&answer).contains("-32600"), "{version}");
        assert_eq!(told, ["refused failed"]);
    }
    let (answer, _) = asked(&[("mcp-protocol-version", "2025-03-26")], &body).await;
    assert_eq!(answer.status(), 200);
}

/// Fault M07: too many messages, none, one that is none, `initialize`, an id twice: 400, and nothing is done.
#[tokio::test]
async fn what_is_no_batch_is_refused_as_a_whole() {
    let many = vec![NOTE; 65].join(",");
    for (messages, words) in [
        (String::new(), "empty"),
        (many, "65 messages; send 64 at most"),
        (format!("{},{}", request("1"), request("1")), "twice"),
        (format!("{},7", request("1")), "message 2 of the batch"),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#.to_owned(),
            "initialize",
        ),
    ] {
        let (answer, told) = asked(&[], &format!("[{messages}]")).await;
        assert_eq!(answer.status(), 400, "{words}");
        let said = text(&answer);
        let is_said = said.contains("-32600") && said.contains(words) && !said.contains("\"id\"");
        assert!(is_said, "{words}: {said}");
        assert_eq!(told, ["refused failed"]);
    }
}

/// A message of a later revision does not hide in a batch.
#[tokio::test]
async fn no_message_is_of_another_revision() {
    let later = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#;
    let (answer, _) = asked(&[], &format!("[{later}]")).await;
    assert_eq!(answer.status(), 400);
    assert!(text(&answer).starts_with(r#"[{"jsonrpc":"2.0","id":1,"error":{"code":-32020"#));
}

/// A batch whose first bytes come one by one, behind white space; and a call that is not waited for.
#[tokio::test]
async fn a_body_is_read_only_where_it_may_be_a_batch() {
    let seen = |pieces: Vec<Bytes>, hangs| async move {
        let body = Script {
            frames: pieces.into_iter().map(Ok).collect(),
            hangs,
        };
        let inner = service_fn(|request: Request<Peeked<Script>>| async move {
            let whole = request.body().whole();
            Ok::<_, agentgateway_core::Error>(Response::new(Full::from(whole.unwrap_or_default())))
        });
        let request = Request::post("/mcp").header("content-type", "application/json");
        let answer = BatchLayer::new()
            .layer(inner)
            .oneshot(request.body(body).unwrap())
            .await;
        answer
            .unwrap()
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes()
    };
    let body = format!("  [{}]", request("1"));
    let pieces = body
        .as_bytes()
        .chunks(1)
        .map(Bytes::copy_from_slice)
        .collect();
    let said = seen(pieces, false).await;
    assert!(
        said.starts_with(br#"[{"jsonrpc":"2.0","id":1,"error""#),
        "{said:?}"
    );
    // It never ends, and what stands inside may refuse it by its head.
    let said = seen(vec![Bytes::from_static(b" {")], true).await;
    assert_eq!(said, "");
}

/// Nothing of it ever comes.
#[tokio::test]
async fn a_body_that_says_that_it_is_too_long_is_not_waited_for() {
    struct Declared;
    impl http_body::Body for Declared {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
            std::task::Poll::Pending
        }

        fn size_hint(&self) -> http_body::SizeHint {
            http_body::SizeHint::with_exact(4 * 1024 * 1024 + 1)
        }
    }
    let inner = service_fn(|_: Request<Peeked<Peeked<Declared>>>| async {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    });
    let app = (BatchLayer::new(), McpLayer::new()).layer(inner);
    let request = Request::post("/mcp").header("content-type", "application/json");
    let answer = app.oneshot(request.body(Declared).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 413);
}

#[tokio::test]
async fn what_is_no_array_passes_as_it_is() {
    let (answer, told) = asked(&[], &call(1, "echo")).await;
    assert_eq!(text(&answer), r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
    assert_eq!(told, ["tools/call complete"]);
    let (answer, _) = asked(&[], "[").await;
    assert!(text(&answer).contains("-32700"));
    // Too long to be looked at: the layer inside refuses it.
    let long = format!("[{}]", " ".repeat(4 * 1024 * 1024));
    let (answer, _) = asked(&[], &long).await;
    assert_eq!(answer.status(), 413);
}
