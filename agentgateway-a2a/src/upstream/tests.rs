use std::{convert::Infallible, sync::Mutex};

use agentgateway_core::ErrorKind;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

use super::A2aUpstreamLayer;

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
