//! What a service may do to a call instead of answering it, over either form and in either mode.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use tokio::time::advance;
use tokio_test::{assert_pending, task};
use tower::service_fn;
use tower_layer::Layer;
use tower_service::Service;

use super::*;
use crate::{
    body::Body,
    envoy::{
        FailureCounts,
        authz::{ExtAuthz, GrpcService, HttpService},
        ratelimit::{Descriptor, GlobalRateLimit},
        wire::{auth::CheckResponse, google, ratelimit::RateLimitResponse},
    },
    error::{BoxError, Error, ErrorKind},
    policy::{FailureMode, PolicyLayer},
    telemetry::{Propagate, Propagation, TraceContext},
    upstream::{Endpoint, Upstream},
};

fn endpoint() -> Endpoint {
    "judge.example:9001".parse().unwrap()
}

fn authz(mode: FailureMode) -> impl FnOnce(Upstream) -> ExtAuthz {
    move |client| ExtAuthz::grpc(GrpcService::new(endpoint(), client)).failure_mode(mode)
}

fn ratelimit(mode: FailureMode) -> impl FnOnce(Upstream) -> GlobalRateLimit {
    move |client| {
        GlobalRateLimit::new("gateway", endpoint(), client)
            .descriptor(Descriptor::new().constant("a", "b"))
            .failure_mode(mode)
    }
}

type Answer = Result<Response<Body>, Error>;

/// Every answer that is no word, and what it is counted as.
fn no_words() -> Vec<(&'static str, Answer, FailureCounts)> {
    let (unreachable, timeout, status, invalid) = [
        FailureCounts {
            unreachable: 1,
            ..Default::default()
        },
        FailureCounts {
            timeout: 1,
            ..Default::default()
        },
        FailureCounts {
            status: 1,
            ..Default::default()
        },
        FailureCounts {
            invalid: 1,
            ..Default::default()
        },
    ]
    .into();
    let error = |kind| Err(Error::new(kind, "no"));
    let plain = |code, kind| {
        let head = Response::builder()
            .status(code)
            .header("content-type", kind);
        Ok(head
            .body(Body::from(Bytes::from_static(b"<html>")))
            .unwrap())
    };
    let bytes = |bytes: &'static [u8]| Ok(framed(Bytes::from_static(bytes), Some(0)));
    vec![
        ("refused", error(ErrorKind::Unavailable), unreachable),
        ("overloaded", error(ErrorKind::Overloaded), unreachable),
        ("late", error(ErrorKind::Timeout), timeout),
        ("no HTTP", error(ErrorKind::BadAnswer), invalid),
        ("trailers only", Ok(trailers_only(14)), status),
        ("out of time there", Ok(trailers_only(4)), timeout),
        ("OK without a message", Ok(trailers_only(0)), invalid),
        (
            "a status behind a message",
            Ok(framed(
                Bytes::from_static(b"\0\0\0\0\x02\x08\x01"),
                Some(13),
            )),
            status,
        ),
        (
            "no status",
            Ok(framed(Bytes::from_static(b"\0\0\0\0\x02\x08\x01"), None)),
            invalid,
        ),
        ("a page", plain(200, "text/html"), invalid),
        ("a yes of another type", Ok(untyped()), invalid),
        ("a proxy", plain(503, "application/grpc"), status),
        ("no message", bytes(b""), invalid),
        ("garbage", bytes(b"\0\0\0\0\x03\xff\xff\xff"), invalid),
        ("two messages", bytes(b"\0\0\0\0\0\0\0\0\0\0"), invalid),
        ("compressed", bytes(b"\x01\0\0\0\x02\x08\x01"), invalid),
        ("neither yes nor no", bytes(b"\0\0\0\0\0"), invalid),
    ]
}

/// What is right but for its media type.
fn untyped() -> Response<Body> {
    let mut response = framed(Bytes::from_static(b"\0\0\0\0\x02\x08\x01"), Some(0));
    let kind = http::HeaderValue::from_static("application/grpc-web");
    response.headers_mut().insert("content-type", kind);
    response
}

fn with_passed(counts: FailureCounts) -> FailureCounts {
    FailureCounts {
        passed: 1,
        ..counts
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_word_the_failure_mode_decides() {
    for (what, answer, counts) in no_words() {
        let mut counted = None;
        let mut rig = Rig::new(|client| counted.insert(authz(FailureMode::Closed)(client)).clone());
        let error = rig.judged(get("/"), answer).1.refused();
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{what}");
        assert_eq!(error.decided_by().map(|by| &**by), Some("ext_authz"));
        assert_eq!(counted.unwrap().counts().failures, counts, "{what}");
    }
    for (what, answer, counts) in no_words() {
        let mut counted = None;
        let mut rig = Rig::new(|client| counted.insert(authz(FailureMode::Open)(client)).clone());
        rig.judged(get("/"), answer).1.passed();
        assert_eq!(
            counted.unwrap().counts().failures,
            with_passed(counts),
            "{what}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_word_on_limits_the_failure_mode_decides() {
    for (what, answer, counts) in no_words() {
        let mut counted = None;
        let mut rig = Rig::new(|client| {
            counted
                .insert(ratelimit(FailureMode::Closed)(client))
                .clone()
        });
        let error = rig.judged(get("/"), answer).1.refused();
        assert_eq!(error.kind(), ErrorKind::Overloaded, "{what}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
        assert_eq!(counted.unwrap().counts().failures, counts, "{what}");
    }
    for (what, answer, counts) in no_words() {
        let mut counted = None;
        let mut rig =
            Rig::new(|client| counted.insert(ratelimit(FailureMode::Open)(client)).clone());
        rig.judged(get("/"), answer).1.passed();
        assert_eq!(
            counted.unwrap().counts().failures,
            with_passed(counts),
            "{what}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_says_nothing_of_the_service_to_the_client() {
    let mut rig = Rig::new(authz(FailureMode::Closed));
    let answer = head_of_grpc()
        .header("grpc-status", "13")
        .header("grpc-message", "password=hunter2")
        .body(Body::empty());
    let error = rig.judged(get("/"), Ok(answer.unwrap())).1.refused();
    assert_eq!(error.message(), "the request cannot be authorized now");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "the service has failed: INTERNAL: password=hunter2");
}

#[tokio::test(start_paused = true)]
async fn after_a_failure_the_next_word_counts() {
    let mut rig = Rig::new(authz(FailureMode::Closed));
    let gone = Err(Error::new(ErrorKind::Unavailable, "gone"));
    rig.judged(get("/"), gone).1.refused();
    let yes = CheckResponse {
        status: Some(google::Status::default()),
        ..Default::default()
    };
    rig.judged(get("/"), Ok(grpc(&yes))).1.passed();
}

#[tokio::test(start_paused = true)]
async fn a_slow_service_is_waited_for_up_to_the_deadline() {
    let cases: [fn(Upstream) -> Arc<dyn crate::policy::Policy>; 3] = [
        |client| Arc::new(authz(FailureMode::Closed)(client)),
        |client| Arc::new(ratelimit(FailureMode::Closed)(client)),
        |client| Arc::new(ExtAuthz::http(HttpService::new(endpoint(), client))),
    ];
    for policy in cases {
        let mut rig = Rig::new(policy);
        let (mut call, _, _reply) = rig.ask(get("/"));
        advance(Duration::from_millis(199)).await;
        assert_pending!(call.poll());
        advance(Duration::from_millis(2)).await;
        assert!(call.is_woken());
        rig.outcome(call).refused();
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_trickles_in_is_late_too() {
    let mut rig = Rig::new(authz(FailureMode::Closed));
    let (mut call, _, reply) = rig.ask(get("/"));
    let (mut sender, body) = http_body_util::Channel::<Bytes, Error>::new(1);
    reply.send_response(head_of_grpc().body(Body::new(body)).unwrap());
    for _ in 0..3 {
        sender.send_data(Bytes::from_static(b"\0")).await.unwrap();
        assert_pending!(call.poll());
        advance(Duration::from_millis(60)).await;
    }
    advance(Duration::from_millis(30)).await;
    rig.outcome(call).refused();
}

#[tokio::test(start_paused = true)]
async fn a_huge_answer_is_not_read_to_its_end() {
    let long = CheckResponse {
        status: Some(google::Status {
            code: 0,
            message: "x".repeat(1000),
        }),
        ..Default::default()
    };
    for (limit, passes) in [(2000, true), (500, false)] {
        let mut rig = Rig::new(|client| {
            ExtAuthz::grpc(GrpcService::new(endpoint(), client).max_answer_bytes(limit))
        });
        match rig.judged(get("/"), Ok(grpc(&long))).1 {
            Outcome::Passed(_) => assert!(passes),
            other => assert_eq!(other.refused().kind(), ErrorKind::Forbidden),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_made_as_the_protocol_says() {
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let mut rig = Rig::new(ratelimit(FailureMode::Open));
    let request = Request::get("/")
        .header("traceparent", parent)
        .body(())
        .unwrap();
    let answer = Ok(grpc(&RateLimitResponse::default()));
    let (asked, _) = rig.judged(request, answer);
    assert_eq!(asked.head.method, "POST");
    assert_eq!(
        asked.head.uri,
        "http://judge.example:9001/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit"
    );
    for (name, value) in [
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("grpc-timeout", "200m"),
        ("traceparent", parent),
    ] {
        assert_eq!(asked.field(name), value);
    }
    let mut rig = Rig::new(authz(FailureMode::Open));
    let (asked, _) = rig.judged(get("/"), Ok(grpc(&CheckResponse::default())));
    assert_eq!(
        asked.head.uri.path(),
        "/envoy.service.auth.v3.Authorization/Check"
    );
}

/// Knows the one span.
struct Known;

impl Propagate for Known {
    fn set_parent(&self, _: &tracing::Span, _: &TraceContext) {}

    fn add_link(&self, _: &tracing::Span, _: &TraceContext) {}

    fn context(&self, _: &tracing::Span) -> Option<TraceContext> {
        TraceContext::new(0xa, 0xb, true)
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_a_child_of_the_span_that_makes_it() {
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let own = TraceContext::new(0xa, 0xb, true).unwrap().traceparent();
    let request = || {
        let request = Request::get("/").header("traceparent", parent);
        request.extension(Propagation::new(Known)).body(()).unwrap()
    };
    let mut rig = Rig::new(authz(FailureMode::Open));
    let (asked, _) = rig.judged(request(), Ok(trailers_only(14)));
    assert_eq!(asked.field("traceparent"), own);
    // For a client that opens a span of its own.
    assert!(asked.head.extensions.get::<Propagation>().is_some());
    let http = |client| ExtAuthz::http(HttpService::new(endpoint(), client));
    let (asked, _) = Rig::new(http).judged(request(), Ok(Response::new(Body::empty())));
    assert_eq!(asked.field("traceparent"), own);
    assert!(asked.head.extensions.get::<Propagation>().is_some());
}

/// Says when it is dropped.
struct Held(Arc<AtomicBool>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_takes_the_call_with_it() {
    let cancelled = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancelled);
    let silent = Upstream::new(service_fn(move |_: Request<Body>| {
        let held = Held(Arc::clone(&flag));
        async move {
            std::future::pending::<()>().await;
            drop(held);
            Ok::<_, BoxError>(Response::new(Body::empty()))
        }
    }));
    let inner =
        service_fn(|_: Request<()>| async { Ok::<_, BoxError>(Response::new(Body::empty())) });
    let mut service = PolicyLayer::new(authz(FailureMode::Closed)(silent)).layer(inner);
    let mut call = task::spawn(service.call(get("/")));
    assert_pending!(call.poll());
    assert!(!cancelled.load(Ordering::SeqCst));
    drop(call);
    assert!(cancelled.load(Ordering::SeqCst));
}

#[test]
fn policies_go_between_threads() {
    fn shared<T: Clone + Send + Sync>() {}
    shared::<ExtAuthz>();
    shared::<GlobalRateLimit>();
    shared::<GrpcService>();
    shared::<HttpService>();
}
