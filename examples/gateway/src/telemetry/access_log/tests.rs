use std::{
    convert::Infallible,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use agentgateway_core::{
    Body,
    context::{AuthMethod, Principal, RequestId, RouteName},
    policy::{Decision, Policy, PolicyLayer},
};
use bytes::Bytes;
use http::{Request, Response, request};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::{Layer, ServiceExt, service_fn};

use super::*;
use crate::{
    expression::{Expression, Vocabulary},
    telemetry::{AccessLogPolicy, ExportStats, GatewayName, Scope, Tracing, sink::Sink},
};

#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines of these requests, and how many evaluations failed.
async fn lines(policy: AccessLogPolicy, paths: &[&str], text: bool) -> (String, u64) {
    let (kept, stats) = (Kept::default(), ExportStats::default());
    let name = GatewayName::new("ns", "gw");
    let tracing = Tracing::detached();
    let socket = tracing.scope(&Scope::listener(&name, "http"));
    let lost = stats.log_lines_dropped.clone();
    let sink = Sink::to(kept.clone(), "access-log", lost, text);
    let log = Log::new(policy, name, sink.clone(), stats.clone());
    let log = Some(Arc::new(log));
    socket.of(&Request::new(()), |slot| slot.log.store(log));
    let service = AccessLogLayer::new(socket.clone())
        .layer(PolicyLayer::new(Known).layer(service_fn(answer)));
    for path in paths {
        let request = Request::post(*path)
            .extension(RequestId::new("r-1").unwrap())
            .header("authorization", "Bearer sk-secret")
            .header("host", "h.example:80")
            .header("user-agent", "agent \"1\"\t")
            .header(
                "traceparent",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            );
        let request = request.body(()).unwrap();
        let response = service.clone().oneshot(request).await.unwrap();
        let _ = response.into_body().collect().await;
    }
    socket.of(&Request::new(()), |slot| slot.log.store(None));
    sink.flush().await;
    let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    (text, stats.expression_errors.get())
}

/// Knows who calls by the path.
#[derive(Debug)]
struct Known;

impl Policy for Known {
    fn name(&self) -> &str {
        "known"
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        if let Some(name) = head.uri.path().strip_prefix("/of/") {
            Principal::new(AuthMethod::ApiKey, name).insert(&mut head.extensions);
        }
        Decision::Pass
    }
}

async fn answer(request: Request<()>) -> Result<Response<Body>, Infallible> {
    let code = if request.uri().path() == "/bad" {
        502
    } else {
        200
    };
    let mut response = Response::builder().status(code);
    if let Some(extensions) = response.extensions_mut() {
        extensions.insert(RouteName::new("/v1/*"));
    }
    Ok(response
        .body(Body::from(Bytes::from_static(b"ok")))
        .unwrap())
}

fn compile(text: &str) -> Expression {
    let names = Vocabulary::request().with_principal().with_response();
    Expression::compile(text, &names).unwrap()
}

#[tokio::test]
async fn a_line_holds_what_the_conventions_name_and_no_secret() {
    let mut policy = AccessLogPolicy::new("ns/log");
    for (name, text) in [
        ("auth", "request.headers['authorization']"),
        ("team", "request.headers['x-team']"),
        ("code2", "response.code + 1"),
        ("broken", "1 / (response.code - 200)"),
    ] {
        policy.add.push((name.to_owned(), compile(text)));
    }
    policy.remove.push("url.path".to_owned());
    let (text, errors) = lines(policy, &["/v1/x?key=secret"], false).await;
    let line: Value = serde_json::from_str(&text).unwrap();
    for (name, expected) in [
        ("agentgateway.gateway", Value::from("ns/gw")),
        ("agentgateway.request_id", "r-1".into()),
        ("http.request.method", "POST".into()),
        ("http.response.status_code", 200.into()),
        ("http.route", "/v1/*".into()),
        ("agentgateway.end", "complete".into()),
        ("code2", 201.into()),
    ] {
        assert_eq!(line[name], expected, "{name} in {text}");
    }
    assert!(line["http.server.request.duration"].as_f64().unwrap() >= 0.0);
    assert!(line["timestamp"].as_str().unwrap().starts_with("20"));
    assert!(line.get("url.path").is_none() && line.get("team").is_none());
    assert!(!text.contains("secret"), "{text}");
    assert_eq!(
        errors, 1,
        "the division; a header that is absent is no fault"
    );
}

#[tokio::test]
async fn a_filter_sees_the_request_or_the_answer() {
    let mut policy = AccessLogPolicy::new("ns/log");
    policy.filter = Some(compile("response.code >= 500 && request.path == '/bad'"));
    let (text, _) = lines(policy.clone(), &["/", "/bad", "/"], false).await;
    assert_eq!(text.lines().count(), 1);
    assert!(text.contains(r#""error.type":"502""#), "{text}");
    policy.filter = Some(compile("request.path == '/a'"));
    let (text, _) = lines(policy, &["/", "/a", "/b"], false).await;
    assert_eq!(text.lines().count(), 1);
}

#[tokio::test]
async fn a_filter_may_ask_who_has_called() {
    let mut policy = AccessLogPolicy::new("ns/log");
    policy.filter = Some(compile("principal.name == 'alice'"));
    let (text, _) = lines(policy, &["/of/bob", "/of/alice"], false).await;
    assert_eq!(text.lines().count(), 1, "{text}");
    let line: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["agentgateway.principal"], "alice");
    assert_eq!(line["agentgateway.outcome"], "ok");
}

#[tokio::test]
async fn on_a_terminal_it_is_text() {
    let (text, _) = lines(AccessLogPolicy::new("ns/log"), &["/a"], true).await;
    assert!(
        text.contains(r#"url.path="/a""#) && text.ends_with('\n'),
        "{text}"
    );
    assert!(text.contains(r#"agentgateway.outcome="ok""#), "{text}");
}
