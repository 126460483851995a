mod resends;

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, request, response};
use http_body_util::{BodyExt, Full};
use tower::{ServiceBuilder, ServiceExt};
use tower_layer::Layer;
use tower_service::Service;
use tracing::Span;

use super::*;
use crate::{body::End, error::Error};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[test]
fn reads_what_the_specification_allows() {
    let context = TraceContext::parse(PARENT).unwrap();
    assert_eq!(context.traceparent(), PARENT);
    assert!(context.is_sampled());
    let later = "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more";
    assert_eq!(TraceContext::parse(later).unwrap().traceparent(), PARENT);
    for wrong in [
        "",
        "00",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ] {
        assert_eq!(TraceContext::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn two_parents_are_none() {
    let mut headers = HeaderMap::new();
    headers.append("traceparent", PARENT.parse().unwrap());
    assert!(TraceContext::from_headers(&headers).is_some());
    headers.append("traceparent", PARENT.parse().unwrap());
    assert!(TraceContext::from_headers(&headers).is_none());
}

#[test]
fn a_state_travels_and_an_old_one_does_not_stay() {
    let mut headers = HeaderMap::new();
    headers.insert("tracestate", "old=1".parse().unwrap());
    TraceContext::parse(PARENT).unwrap().write(&mut headers);
    assert!(!headers.contains_key("tracestate"));
    TraceContext::parse(PARENT)
        .unwrap()
        .with_state(Some("new=1"))
        .write(&mut headers);
    assert_eq!(
        TraceContext::from_headers(&headers).unwrap().state(),
        Some("new=1")
    );
}

#[test]
fn a_list_in_several_lines_is_one_list() {
    let mut headers = HeaderMap::new();
    headers.append("traceparent", PARENT.parse().unwrap());
    for (name, value) in [
        ("tracestate", "a=1"),
        ("tracestate", "b=2"),
        ("baggage", "k=v"),
    ] {
        headers.append(name, value.parse().unwrap());
    }
    let context = TraceContext::from_headers(&headers).unwrap();
    assert_eq!(context.state(), Some("a=1,b=2"));
    assert_eq!(context.baggage(), Some("k=v"));
    for _ in 0..9 {
        headers.append("tracestate", "x".repeat(1000).parse().unwrap());
    }
    assert_eq!(TraceContext::from_headers(&headers).unwrap().state(), None);
}

/// Remembers what it was told, and hands a fixed span on.
#[derive(Clone, Default)]
struct Fake(Arc<Mutex<Vec<String>>>);

impl Propagate for Fake {
    fn set_parent(&self, _: &Span, parent: &TraceContext) {
        self.0.lock().unwrap().push(parent.traceparent());
    }

    fn add_link(&self, _: &Span, _: &TraceContext) {}

    fn context(&self, _: &Span) -> Option<TraceContext> {
        TraceContext::new(1, 2, true)
    }
}

impl Instrument for Fake {
    fn begin(&self, head: &request::Parts) -> Span {
        self.0
            .lock()
            .unwrap()
            .push(format!("begin {}", head.uri.path()));
        Span::none()
    }

    fn response(&self, _: &Span, head: &response::Parts) {
        self.0
            .lock()
            .unwrap()
            .push(format!("response {}", head.status));
    }

    fn end(&self, _: &Span, end: End<'_>) {
        self.0.lock().unwrap().push(end.as_str().to_owned());
    }
}

async fn upstream(request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let parent = request
        .headers()
        .get("traceparent")
        .map(|value| value.as_bytes().to_vec());
    Ok(Response::new(Full::from(parent.unwrap_or_default())))
}

#[tokio::test]
async fn the_server_takes_the_parent_and_the_client_hands_its_span_on() {
    let fake = Fake::default();
    let service = ServiceBuilder::new()
        .layer(TelemetryLayer::server().propagation(Propagation::new(fake.clone())))
        .layer(TelemetryLayer::client().instrument(fake.clone()))
        .service_fn(upstream);
    let request = Request::get("/a")
        .header("traceparent", PARENT)
        .body(Full::default())
        .unwrap();
    let response = service.oneshot(request).await.unwrap();
    // The fake span is recorded by nobody.
    assert!(response.extensions().get::<AttemptSpan>().is_none());
    let sent = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(
        sent,
        "00-00000000000000000000000000000001-0000000000000002-01"
    );
    let told = fake.0.lock().unwrap().clone();
    assert_eq!(told, [PARENT, "begin /a", "response 200 OK", "complete"]);
}

#[test]
fn a_call_that_is_dropped_before_its_head_is_told_of() {
    let fake = Fake::default();
    let mut service = TelemetryLayer::client()
        .instrument(fake.clone())
        .layer(tower::service_fn(|_: Request<()>| {
            std::future::pending::<Result<Response<Full<Bytes>>, Infallible>>()
        }));
    let mut call = tokio_test::task::spawn(service.call(Request::new(())));
    tokio_test::assert_pending!(call.poll());
    drop(call);
    drop(service.call(Request::new(())));
    let told = fake.0.lock().unwrap().clone();
    assert_eq!(told, ["begin /", "dropped", "begin /", "dropped"]);
}

#[test]
fn a_service_that_panics_is_told_of() {
    let fake = Fake::default();
    let mut service = TelemetryLayer::client()
        .instrument(fake.clone())
        .layer(tower::service_fn(
            |_: Request<()>| -> std::future::Ready<Result<Response<Full<Bytes>>, Infallible>> {
                panic!("in call")
            },
        ));
    let call = std::panic::AssertUnwindSafe(|| drop(service.call(Request::new(()))));
    assert!(std::panic::catch_unwind(call).is_err());
    assert_eq!(*fake.0.lock().unwrap(), ["begin /", "dropped"]);
}

#[test]
fn auto_traits() {
    fn service<T: Clone + Send + Sync>() {}
    fn send<T: Send>() {}
    type Inner = tower::util::BoxCloneSyncService<Request<crate::Body>, (), Error>;
    service::<TelemetryLayer<HttpServer>>();
    service::<Telemetry<Inner, HttpClient>>();
    send::<ResponseFuture<std::future::Ready<()>, HttpServer>>();
    send::<ResponseBody<crate::Body, HttpClient>>();
}

#[tokio::test]
async fn without_propagation_the_headers_pass_untouched() {
    let service = TelemetryLayer::client().layer(tower::service_fn(upstream));
    let request = Request::get("/")
        .header("traceparent", PARENT)
        .body(Full::default())
        .unwrap();
    let body = service.oneshot(request).await.unwrap().into_body();
    assert_eq!(body.collect().await.unwrap().to_bytes(), PARENT);
}

#[tokio::test]
async fn a_service_that_fails_is_told_with_its_own_error() {
    #[derive(Clone, Default)]
    struct Kinds(Arc<Mutex<Vec<&'static str>>>);
    impl Instrument for Kinds {
        fn begin(&self, _: &request::Parts) -> Span {
            Span::none()
        }
        fn response(&self, _: &Span, _: &response::Parts) {}
        fn failed(&self, _: &Span, error: &Error) {
            self.0.lock().unwrap().push(error.kind().as_str());
        }
    }
    async fn refuse(_: Request<()>) -> Result<Response<Full<Bytes>>, Error> {
        Err(Error::new(crate::ErrorKind::RateLimited, "later"))
    }
    let kinds = Kinds::default();
    let layer = TelemetryLayer::client().instrument(kinds.clone());
    layer
        .layer(tower::service_fn(refuse))
        .oneshot(Request::new(()))
        .await
        .unwrap_err();
    assert_eq!(*kinds.0.lock().unwrap(), ["rate_limited"]);
}
