use agentgateway_core::telemetry::TraceContext;
use http::{Method, Request};
use http_body_util::Full;
use proptest::prelude::*;

use super::support::{JSON, call, parsed, post};
use crate::{Era, McpKind, McpMethod};

#[tokio::test]
async fn a_tool_call_is_read_whole() {
    let body = r#" {"method":"tools\/call", "id": 1.0e0, "jsonrpc":"2.0","extra":[1e400],
        "params":{"arguments":{"name":"x","name":"y"},"name":"se\u0061rch",
        "_meta":{"progressToken":"t","traceparent":"00-0000000000000000000000000000000a-000000000000000b-01",
        "tracestate":"a=b","baggage":"c=d"}}}"#;
    let call = call(
        &[
            ("mcp-session-id", "s1"),
            ("mcp-protocol-version", "2025-06-18"),
        ],
        body,
    )
    .await;
    assert_eq!(call.kind(), McpKind::Request);
    assert_eq!(call.id().unwrap().as_raw(), b"1.0e0");
    assert_eq!(call.method(), Some(&McpMethod::TOOLS_CALL));
    assert_eq!(
        (call.tool(), call.prompt(), call.resource()),
        (Some("search"), None, None)
    );
    assert_eq!(call.progress_token().unwrap().as_raw(), b"\"t\"");
    assert_eq!(call.protocol_version().unwrap().as_str(), "2025-06-18");
    assert_eq!(
        (call.era(), call.session_id().unwrap().as_str()),
        (Era::Legacy, "s1")
    );
    let trace = TraceContext::new(10, 11, true).unwrap();
    let trace = trace.with_state(Some("a=b")).with_baggage(Some("c=d"));
    assert_eq!(call.trace(), Some(&trace));
    assert!(
        !format!("{call:?}").contains("s1"),
        "a session id is a secret"
    );
}

#[tokio::test]
async fn kinds_are_told_apart() {
    for (body, kind) in [
        (
            r#"{"jsonrpc":"2.0","id":"a","method":"x"}"#,
            McpKind::Request,
        ),
        (
            r#"{"jsonrpc":"2.0","method":"x","params":[1]}"#,
            McpKind::Notification,
        ),
        (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, McpKind::Response),
        (
            r#"{"jsonrpc":"2.0","error":{"code":1,"message":""}}"#,
            McpKind::Response,
        ),
    ] {
        assert_eq!(call(&[], body).await.kind(), kind, "{body}");
    }
}

#[tokio::test]
async fn the_revision_is_found_where_it_is_said() {
    let initialize = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2024-11-05"}}"#;
    let modern = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#;
    let version = |call: &crate::McpCall| call.protocol_version().map(|v| v.as_str().to_owned());
    let found = call(&[], initialize).await;
    assert_eq!(version(&found).as_deref(), Some("2024-11-05"));
    // A handshake is of an earlier revision, whatever it proposes.
    let newest = initialize.replace("2024-11-05", "2026-07-28");
    let found = call(&[("mcp-session-id", "s")], &newest).await;
    assert_eq!((version(&found), found.era()), (None, Era::Legacy));
    let found = call(&[("mcp-protocol-version", "2025-11-25")], initialize).await;
    assert_eq!(version(&found).as_deref(), Some("2025-11-25"));
    let found = call(&[("mcp-session-id", "s")], modern).await;
    assert_eq!((found.era(), found.session_id()), (Era::Modern, None));
    let found = call(
        &[],
        r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"protocolVersion":"x"}}"#,
    )
    .await;
    assert_eq!(version(&found), None);
}

#[tokio::test]
async fn heads_that_say_everything_are_calls() {
    let with = |method: Method, name: &str, value: &str| {
        let request = Request::builder()
            .method(method)
            .uri("/mcp")
            .header(name, value);
        parsed(
            request
                .header("last-event-id", "e9")
                .body(Full::default())
                .unwrap(),
        )
    };
    let (call, _) = with(
        Method::GET,
        "accept",
        "text/html;q=0, Text/Event-Stream;q=1",
    )
    .await
    .unwrap();
    let call = call.unwrap();
    assert_eq!(
        (call.kind(), call.last_event_id()),
        (McpKind::ListenStream, Some("e9"))
    );
    let (call, _) = with(Method::DELETE, "mcp-session-id", "s").await.unwrap();
    assert_eq!(call.unwrap().kind(), McpKind::EndSession);
    for (method, name, value) in [
        (Method::GET, "accept", "application/json"),
        (Method::DELETE, "accept", "*/*"),
        (Method::OPTIONS, "accept", "text/event-stream"),
        (Method::HEAD, "accept", "text/event-stream"),
        (Method::PUT, "content-type", "application/json"),
    ] {
        assert!(with(method, name, value).await.unwrap().0.is_none());
    }
}

#[tokio::test]
async fn other_posts_pass_untouched() {
    let (call, body) = parsed(post(&[("content-type", "application/grpc")], "{{{"))
        .await
        .unwrap();
    assert!(call.is_none());
    assert_eq!(body, "{{{");
}

#[tokio::test]
async fn a_layer_that_is_off_parses_nothing() {
    use agentgateway_core::Peeked;
    use http::Response;
    use tower::{Layer, ServiceExt, service_fn};

    let inner = service_fn(|request: Request<Peeked<Full<bytes::Bytes>>>| async move {
        assert!(request.extensions().get::<crate::McpCall>().is_none());
        Ok::<_, std::convert::Infallible>(Response::new(request.into_body()))
    });
    let app = crate::McpLayer::new().enabled(false).layer(inner);
    assert_eq!(
        app.oneshot(post(&[JSON], "no JSON"))
            .await
            .unwrap()
            .status(),
        200
    );
}

/// Fault M04: these headers coded, badly coded, twice: decoded, then compared.
#[tokio::test]
async fn mirrored_headers_may_be_coded() {
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wörld"}}"#;
    let found = call(
        &[
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/call"),
            ("mcp-name", "=?base64?d8O2cmxk?="),
        ],
        body,
    )
    .await;
    assert_eq!(found.tool(), Some("wörld"));
    // An older revision has no such headers; where they are there they say the same.
    let found = call(&[("mcp-name", "=?base64?d8O2cmxk?=")], body).await;
    assert_eq!(found.tool(), Some("wörld"));
}

proptest! {
    /// Whatever a client sends is answered or passed, byte for byte.
    #[test]
    fn nothing_panics_and_nothing_changes(body in ".{0,200}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            match parsed(post(&[JSON], &body)).await {
                Ok((_, passed)) => assert_eq!(passed, body.as_bytes()),
                Err((status, text)) => {
                    assert_eq!(status, 400);
                    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
                }
            }
        });
    }

    /// A name is found wherever it stands and however it is spelled, and a second one is refused.
    /// Fault M06: a tool, method or id given twice: 400.
    #[test]
    fn names_are_found_or_refused(name in any::<String>(), twice in any::<bool>(), escaped in any::<bool>()) {
        let quoted = serde_json::to_string(&name).unwrap();
        let key = if escaped { "n\\u0061me" } else { "name" };
        let second = if twice { format!(",\"{key}\":{quoted}") } else { String::new() };
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"a":[{{"name":1}}],"name":{quoted}{second}}}}}"#
        );
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found = runtime.block_on(parsed(post(&[JSON], &body)));
        match found {
            Ok((call, _)) => {
                prop_assert!(!twice);
                let call = call.unwrap();
                prop_assert_eq!(call.tool(), Some(name.as_str()));
            }
            Err((status, text)) => {
                prop_assert!(twice);
                prop_assert_eq!(status.as_u16(), 400);
                prop_assert!(text.contains("-32600") && text.contains("second time"));
            }
        }
    }
}

/// What a server answers better than we do passes: methods that its revision does not have, with
/// whatever parameters.
#[tokio::test]
async fn a_method_that_was_removed_goes_to_the_server() {
    let modern = ("mcp-protocol-version", "2026-07-28");
    for method in ["resources/subscribe", "resources/unsubscribe"] {
        for params in ["", r#","params":{}"#, r#","params":{"uri":7}"#] {
            let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}"{params}}}"#);
            let found = call(&[modern, ("mcp-name", "x")], &body).await;
            assert_eq!((found.resource(), found.era()), (None, Era::Modern));
            let legacy = parsed(post(&[JSON], &body)).await.unwrap_err();
            assert!(legacy.1.contains("-32602"), "{}", legacy.1);
        }
        let body =
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{"uri":"a:b"}}}}"#);
        let found = call(&[modern, ("mcp-name", "x")], &body).await;
        assert_eq!(found.resource(), Some("a:b"));
    }
}

#[tokio::test]
async fn params_may_be_null() {
    for method in ["tools/list", "ping", "notifications/initialized"] {
        let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":null}}"#);
        assert_eq!(call(&[], &body).await.method().unwrap(), &method);
    }
}

#[tokio::test]
async fn answers_are_asked_for_uncoded() {
    use agentgateway_core::Peeked;
    use bytes::Bytes;
    use http::Response;
    use tower::{Layer, ServiceExt, service_fn};

    let stream = Request::get("/mcp").header("accept", "text/event-stream");
    for (coded, request) in [
        (
            false,
            post(&[JSON], r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#),
        ),
        (false, stream.body(Full::default()).unwrap()),
        (true, post(&[("content-type", "text/plain")], "x")),
    ] {
        let (mut head, body) = request.into_parts();
        head.headers
            .insert("accept-encoding", "gzip".parse().unwrap());
        let inner = service_fn(move |request: Request<Peeked<Full<Bytes>>>| async move {
            assert_eq!(request.headers().contains_key("accept-encoding"), coded);
            Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))
        });
        let app = crate::McpLayer::new().layer(inner);
        app.oneshot(Request::from_parts(head, body)).await.unwrap();
    }
}
