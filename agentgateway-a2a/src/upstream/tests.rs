use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use agentgateway_core::ErrorKind;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tower_layer::Layer;

use super::A2aUpstreamLayer;
use crate::A2aLayer;

async fn forwarded(
    layer: A2aUpstreamLayer,
    request: Request<&'static str>,
) -> Result<(String, HeaderMap), ErrorKind> {
    let seen = Mutex::new(None);
    let client = service_fn(|request: Request<&'static str>| {
        let (head, body) = request.into_parts();
        assert_eq!(body, "body");
        *seen.lock().unwrap() = Some((head.uri.to_string(), head.headers));
        async { Ok::<_, Infallible>(Response::new(())) }
    });
    match layer.layer(client).oneshot(request).await {
        Ok(_) => Ok(seen.lock().unwrap().take().unwrap()),
        Err(error) => Err(error.kind()),
    }
}

fn names(headers: &HeaderMap) -> Vec<&str> {
    let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    names
}

fn request(path: &str) -> Request<&'static str> {
    let mut builder = Request::post(path);
    for name in [
        "host",
        "authorization",
        "cookie",
        "x-api-key",
        "accept-encoding",
        "content-type",
        "a2a-version",
        "a2a-extensions",
        "x-a2a-extensions",
        "x-a2a-hops",
        "x-a2a-skill",
        "traceparent",
        "grpc-timeout",
        "last-event-id",
    ] {
        builder = builder.header(name, "1");
    }
    builder.body("body").unwrap()
}

#[tokio::test]
async fn directs_requests_and_lets_known_headers_through() {
    let layer = A2aUpstreamLayer::new("https://agent.example/base".parse().unwrap());
    let (uri, headers) = forwarded(layer, request("/message:send?A2A-Version=1.0"))
        .await
        .unwrap();
    assert_eq!(
        uri,
        "https://agent.example/base/message:send?A2A-Version=1.0"
    );
    assert_eq!(
        names(&headers),
        [
            "a2a-extensions",
            "a2a-version",
            "content-type",
            "grpc-timeout",
            "last-event-id",
            "traceparent",
            "x-a2a-extensions",
            "x-a2a-hops",
            "x-a2a-skill",
        ]
    );
}

#[tokio::test]
async fn forwards_more_when_asked() {
    let layer = A2aUpstreamLayer::new("agent:1".parse().unwrap())
        .forward_authorization(true)
        .forward_header(HeaderName::from_static("x-api-key"));
    let (uri, headers) = forwarded(layer, request("/")).await.unwrap();
    assert_eq!(uri, "http://agent:1/");
    assert!(headers.contains_key("authorization") && headers.contains_key("x-api-key"));
    assert!(!headers.contains_key("cookie"));

    let layer = A2aUpstreamLayer::new("agent:1".parse().unwrap())
        .forward_header(http::header::AUTHORIZATION);
    let (_, headers) = forwarded(layer, request("/")).await.unwrap();
    assert!(!headers.contains_key("authorization"));
}

#[tokio::test]
async fn the_agents_own_credential_stands_in_for_the_clients() {
    let layer = A2aUpstreamLayer::new("agent:1".parse().unwrap())
        .forward_authorization(true)
        .credential(
            http::header::AUTHORIZATION,
            HeaderValue::from_static("Bearer own"),
        );
    assert!(!format!("{layer:?}").contains("Bearer"));
    let (_, headers) = forwarded(layer, request("/")).await.unwrap();
    let sent: Vec<_> = headers.get_all("authorization").iter().collect();
    assert_eq!(sent, ["Bearer own"]);
    assert!(sent[0].is_sensitive());
}

#[tokio::test]
async fn refuses_paths_that_leave_the_base() {
    let layer = A2aUpstreamLayer::new("agent:1/base".parse().unwrap());
    let error = forwarded(layer, request("/../admin")).await.unwrap_err();
    assert_eq!(error, ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn a_page_is_no_answer_to_a_call() {
    use crate::{A2aBinding, A2aCall, A2aOperation, A2aVersion, call::Facts};

    let call = || {
        let operation = A2aOperation::SendMessage;
        A2aCall::from(Facts::new(operation, A2aBinding::JsonRpc, A2aVersion::V1_0))
    };
    for (is_call, status, media, passes) in [
        (true, 200, "Text/HTML; charset=utf-8", false),
        (true, 404, "text/html", true),
        (true, 200, "application/json", true),
        (false, 200, "text/html", true),
    ] {
        let client = service_fn(move |_: Request<&'static str>| async move {
            let answer = Response::builder().status(status);
            Ok::<_, Infallible>(answer.header("content-type", media).body(()).unwrap())
        });
        let mut request = request("/");
        if is_call {
            request.extensions_mut().insert(call());
        }
        let layer = A2aUpstreamLayer::new("agent:1".parse().unwrap());
        let answer = layer.layer(client).oneshot(request).await;
        let kind = answer.map_err(|error| error.kind()).err();
        assert_eq!(
            kind,
            (!passes).then_some(ErrorKind::BadAnswer),
            "{status} {media}"
        );
    }
}

/// Fault A25: upstream agent answers 200 with HTML, with wrong content type: mapped to A2A errors; with a JSON-RPC error under 500: passed, and reported with its status.
#[tokio::test]
async fn what_is_no_answer_is_an_error_of_a2a() {
    const ERROR: &str = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"no"}}"#;
    const FINE: &str = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
    for (status, media, says, expected) in [
        (200, "text/html", "<html>login</html>", 502),
        (200, "text/plain", FINE, 502),
        (202, "application/octet-stream", "?", 502),
        (200, "application/json", FINE, 200),
        (200, "", FINE, 200),
        (500, "application/json", ERROR, 500),
        (503, "text/html", "<html>", 503),
    ] {
        let told = Arc::new(Mutex::new(Vec::new()));
        let record = told.clone();
        let layer = A2aLayer::new().on_finished(move |finished| {
            let report = (finished.status, finished.report.error_code);
            record.lock().unwrap().push(report);
        });
        let service = ServiceBuilder::new()
            .layer(layer)
            .layer(A2aUpstreamLayer::new("agent:1".parse().unwrap()))
            .service(service_fn(move |_: Request<_>| async move {
                let mut response = Response::builder().status(status);
                if !media.is_empty() {
                    response = response.header("content-type", media);
                }
                Ok::<_, Infallible>(response.body(Full::new(Bytes::from(says))).unwrap())
            }));
        let call = r#"{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{"id":"t"}}"#;
        let by_rpc = Request::post("/").header("content-type", "application/json");
        let by_rpc = by_rpc.body(Full::new(Bytes::from(call))).unwrap();
        let by_rest = Request::get("/tasks/t").body(Full::default()).unwrap();
        for (request, mapped) in [
            (by_rpc, r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32006,"#),
            (by_rest, r#"{"error":{"code":502,"status":"INTERNAL","#),
        ] {
            let answer = service.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), expected, "{media}");
            let body = answer.into_body().collect().await.unwrap().to_bytes();
            let text = std::str::from_utf8(&body).unwrap();
            if expected == 502 {
                assert!(text.starts_with(mapped), "{text}");
                assert!(text.contains("INVALID_AGENT_RESPONSE"), "{text}");
                assert!(!text.contains("login"), "{text}");
            } else {
                assert_eq!(text, says);
            }
        }
        let told = told.lock().unwrap();
        assert_eq!(told.len(), 2);
        if status == 500 {
            assert_eq!(
                told[0],
                (Some(StatusCode::INTERNAL_SERVER_ERROR), Some(-32603))
            );
        }
    }
}

/// Fault A25: a card's address that answers with something else passes, but for a page of success.
#[tokio::test]
async fn a_card_may_be_of_any_type() {
    let service = ServiceBuilder::new()
        .layer(A2aLayer::new().rewrite_cards(false))
        .layer(A2aUpstreamLayer::new("agent:1".parse().unwrap()))
        .service(service_fn(|_: Request<_>| async {
            let response = Response::builder().header("content-type", "text/plain");
            Ok::<_, Infallible>(response.body(Full::new(Bytes::from("{}"))).unwrap())
        }));
    let request = Request::get("/.well-known/agent-card.json");
    let request = request.body(Full::<Bytes>::default()).unwrap();
    assert_eq!(service.oneshot(request).await.unwrap().status(), 200);
}
