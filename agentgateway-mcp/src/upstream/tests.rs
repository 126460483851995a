use std::sync::{Arc, Mutex};

use agentgateway_core::{Error, ErrorKind, Peeked, telemetry::TelemetryLayer};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri, header};
use http_body_util::{BodyExt, Full};
use tokio_test::{assert_pending, assert_ready, task::spawn};
use tower::{Layer, ServiceExt, service_fn};
use tower_test::mock;

use super::*;
use crate::{McpCall, McpKind, McpLayer, call::Facts, telemetry::McpClient};

type Sent = (Uri, HeaderMap, Bytes);

/// Sends a request through the layer and the upstream; what the client was handed, and the status.
async fn sent(upstream: &McpUpstreamLayer, request: Request<Full<Bytes>>) -> (Option<Sent>, u16) {
    let seen = Arc::new(Mutex::new(None));
    let client = service_fn({
        let seen = seen.clone();
        move |request: Request<Peeked<Full<Bytes>>>| {
            let seen = seen.clone();
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                *seen.lock().unwrap() = Some((head.uri, head.headers, body));
                Ok::<_, Error>(Response::new(Full::<Bytes>::default()))
            }
        }
    });
    let attempt = TelemetryLayer::client().instrument(McpClient::new());
    let app = McpLayer::new().layer(attempt.layer(upstream.layer(client)));
    let status = app.oneshot(request).await.unwrap().status().as_u16();
    let seen = seen.lock().unwrap().take();
    (seen, status)
}

fn upstream() -> McpUpstreamLayer {
    McpUpstreamLayer::new("https://mcp.example.org:8443/own/mcp?k=v".parse().unwrap())
}

fn request(body: &'static str) -> Request<Full<Bytes>> {
    let mut request = Request::post("http://gateway/team/mcp?token=x");
    for (name, value) in [
        ("content-type", "application/json"),
        ("accept", "application/json"),
        ("accept", "text/event-stream"),
        ("accept-encoding", "gzip"),
        ("authorization", "Bearer of-the-client"),
        ("cookie", "c=1"),
        ("host", "gateway"),
        ("content-length", "9"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-own", "1"),
        ("mcp-session-id", "s"),
        ("mcp-param-region", "eu"),
        ("user-agent", "test"),
        ("last-event-id", "e"),
    ] {
        request = request.header(name, value);
    }
    request.body(Full::from(body)).unwrap()
}

const PING: &str = r#" {"jsonrpc":"2.0", "id":1,"method":"ping"}"#;

/// Fault M34: the client's token: stays here, the server's own credential goes.
#[tokio::test]
async fn goes_to_the_endpoint_with_what_is_allowed() {
    let (seen, _) = sent(&upstream(), request(PING)).await;
    let (uri, headers, body) = seen.unwrap();
    assert_eq!(uri, "https://mcp.example.org:8443/own/mcp?k=v");
    assert_eq!(body, PING);
    let mut names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "accept",
            "accept",
            "content-type",
            "last-event-id",
            "mcp-param-region",
            "mcp-session-id",
            "user-agent"
        ]
    );
}

/// Fault M34: the client's token: stays here, the server's own credential goes.
#[tokio::test]
async fn credentials_are_the_servers_own() {
    let own = upstream().credential(
        header::AUTHORIZATION,
        HeaderValue::from_static("Bearer own"),
    );
    assert!(!format!("{own:?}").contains("Bearer"));
    let (seen, _) = sent(&own, request(PING)).await;
    assert_eq!(seen.unwrap().1["authorization"], "Bearer own");

    let named = upstream().forward_header(header::AUTHORIZATION);
    let (seen, _) = sent(&named, request(PING)).await;
    assert!(!seen.unwrap().1.contains_key("authorization"));

    let open = upstream()
        .dangerous_forward_authorization(true)
        .forward_header("x-own".parse().unwrap());
    let (seen, _) = sent(&open, request(PING)).await;
    let headers = seen.unwrap().1;
    assert_eq!(headers["authorization"], "Bearer of-the-client");
    assert_eq!(headers["x-own"], "1");
    let (seen, _) = sent(&open.dangerous_forward_authorization(false), request(PING)).await;
    assert!(!seen.unwrap().1.contains_key("authorization"));
}

#[tokio::test]
async fn what_is_no_call_is_refused() {
    for (method, media, status) in [
        (Method::POST, "text/plain", 415),
        (Method::GET, "text/html", 405),
        (Method::PUT, "application/json", 405),
    ] {
        let request = Request::builder()
            .method(method)
            .header("content-type", media);
        let (seen, found) = sent(&upstream(), request.body(Full::from(PING)).unwrap()).await;
        assert_eq!((seen.is_none(), found), (true, status));
    }
}

#[tokio::test]
async fn readiness_and_errors_are_those_of_the_client() {
    let (mut service, mut handle) =
        mock::spawn_layer::<Request<Peeked<Full<Bytes>>>, Response<()>, _>(upstream());
    handle.allow(0);
    assert_pending!(service.poll_ready());
    handle.allow(1);
    assert_ready!(service.poll_ready()).unwrap();

    // What is no call does not reach the client.
    let stray = Request::get("/").body(Peeked::untouched(Full::default()));
    let mut refused = spawn(service.call(stray.unwrap()));
    let error = assert_ready!(refused.poll()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MethodNotAllowed);
    assert_pending!(refused.poll(), "polled again, it does not panic");

    assert_ready!(service.poll_ready()).unwrap();
    let mut head_only = Request::get("/")
        .body(Peeked::untouched(Full::default()))
        .unwrap();
    head_only
        .extensions_mut()
        .insert(McpCall::from(Facts::new(McpKind::ListenStream)));
    let mut called = spawn(service.call(head_only));
    assert_pending!(called.poll());
    let (sent, answer) = handle.next_request().await.unwrap();
    assert_eq!(sent.uri().path(), "/own/mcp");
    answer.send_error("the client's own words");
    let error = assert_ready!(called.poll()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(!error.to_string().contains("own words"));
}

#[tokio::test]
async fn a_page_is_no_answer() {
    for (status, media, body, found) in [
        (200, "Text/HTML; charset=utf-8", PING, 502),
        (404, "text/html", PING, 404),
        (200, "application/json", PING, 200),
        (202, "text/html", r#"{"jsonrpc":"2.0","method":"x"}"#, 202),
    ] {
        let client = service_fn(move |_: Request<Peeked<Full<Bytes>>>| async move {
            let answer = Response::builder().status(status);
            let answer = answer.header("content-type", media);
            Ok::<_, Error>(answer.body(Full::<Bytes>::default()).unwrap())
        });
        let app = McpLayer::new().layer(upstream().layer(client));
        let answer = app.oneshot(request(body)).await.unwrap();
        assert_eq!(answer.status().as_u16(), found, "{status} {media}");
    }
}

#[test]
fn services_and_futures_can_be_shared() {
    fn shared<T: Clone + Send + Sync>() {}
    fn sent<T: Send>() {}
    shared::<McpUpstreamLayer>();
    shared::<McpUpstream<()>>();
    shared::<McpLayer>();
    shared::<crate::Mcp<()>>();
    sent::<
        agentgateway_core::upstream::AttemptFuture<std::future::Ready<Result<Response<()>, Error>>>,
    >();
}
