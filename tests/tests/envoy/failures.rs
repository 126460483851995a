//! What a service, or what stands in its place, may do instead of answering.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use agentgateway_core::{
    ErrorKind,
    envoy::{
        FailureCounts,
        authz::{ExtAuthz, GrpcService},
        ratelimit::{Descriptor, GlobalRateLimit},
    },
    policy::FailureMode,
};
use agentgateway_tests::{
    free_port,
    raw::{RawUpstream, eventually},
};
use bytes::Bytes;
use envoy_types::pb::{
    envoy::service::{
        auth::v3::CheckResponse,
        ratelimit::v3::{RateLimitResponse, rate_limit_response::Code},
    },
    google::rpc::Status,
};
use http::Response;
use http_body::{Body, Frame};
use hyper::{server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{net::TcpListener, task::JoinHandle, time::Instant};

use super::scene::*;

/// Both policies, before whatever listens on a port.
fn policies(port: u16, deadline: Duration, mode: FailureMode) -> (ExtAuthz, GlobalRateLimit) {
    let service = GrpcService::new(endpoint(port), client()).deadline(deadline);
    let limit = GlobalRateLimit::new("gateway", endpoint(port), client()).deadline(deadline);
    let limit = limit.descriptor(Descriptor::new().constant("a", "b"));
    (
        ExtAuthz::grpc(service).failure_mode(mode),
        limit.failure_mode(mode),
    )
}

/// No word comes from this port: which is counted so, and decided by the mode.
async fn no_word_from(what: &str, port: u16, deadline: Duration, is: fn(&FailureCounts) -> u64) {
    let (authz, limit) = policies(port, deadline, FailureMode::Closed);
    let error = call(authz.clone(), get("/")).await.expect_err(what);
    assert_eq!(error.kind(), ErrorKind::Forbidden, "{what}");
    let counts = authz.counts().failures;
    assert_eq!(
        (is(&counts), counts.total(), counts.passed),
        (1, 1, 0),
        "{what}: {counts:?}"
    );
    let error = call(limit.clone(), get("/")).await.expect_err(what);
    assert_eq!(error.kind(), ErrorKind::Overloaded, "{what}");
    let counts = limit.counts().failures;
    assert_eq!(
        (is(&counts), counts.total(), counts.passed),
        (1, 1, 0),
        "{what}: {counts:?}"
    );

    let (authz, limit) = policies(port, deadline, FailureMode::Open);
    for (answer, counts) in [
        (call(authz.clone(), get("/")).await, authz.counts().failures),
        (call(limit.clone(), get("/")).await, limit.counts().failures),
    ] {
        assert_eq!(answer.expect(what).headers()["x-behind"], "1", "{what}");
        assert_eq!(
            (is(&counts), counts.total(), counts.passed),
            (1, 1, 1),
            "{what}: {counts:?}"
        );
    }
}

#[tokio::test]
async fn nobody_listens() {
    no_word_from("refused", free_port(), PATIENCE, |counts| {
        counts.unreachable
    })
    .await;
}

#[tokio::test]
async fn something_else_listens() {
    let http1 = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n";
    for bytes in [http1.as_bytes().to_vec(), b"\x00\xff".repeat(5000)] {
        let peer = RawUpstream::start(move |mut connection| {
            let bytes = bytes.clone();
            async move {
                let _ = connection.try_send(&bytes).await;
            }
        })
        .await;
        let any = |counts: &FailureCounts| counts.unreachable + counts.invalid;
        no_word_from("garbage", peer.port(), PATIENCE, any).await;
    }
}

#[tokio::test]
async fn the_connection_is_reset() {
    let peer = RawUpstream::start(|connection| async move { connection.reset() }).await;
    no_word_from("reset", peer.port(), PATIENCE, |counts| counts.unreachable).await;
}

#[tokio::test]
async fn nothing_is_ever_said() {
    let peer = RawUpstream::start(|mut connection| async move {
        connection.patiently_closed().await;
    })
    .await;
    let begun = Instant::now();
    let deadline = Duration::from_millis(200);
    no_word_from("silence", peer.port(), deadline, |counts| counts.timeout).await;
    assert!(begun.elapsed() >= 4 * deadline);
    assert!(
        begun.elapsed() < PATIENCE,
        "it does not wait for the connection's own deadline"
    );
}

/// A server of HTTP/2 whose every answer is of this head and body.
async fn answering<B>(
    head: fn() -> http::response::Builder,
    body: fn() -> B,
) -> (u16, JoinHandle<()>)
where
    B: Body<Data = Bytes, Error = std::io::Error> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let running = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service =
                service_fn(
                    move |_| async move { Ok::<_, Infallible>(head().body(body()).unwrap()) },
                );
            let server = http2::Builder::new(TokioExecutor::new());
            tokio::spawn(server.serve_connection(TokioIo::new(stream), service));
        }
    });
    (port, running)
}

/// Frames, and then an error: which is a reset of the stream on the wire.
struct Broken(Option<&'static [u8]>);

impl Body for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(match self.0.take() {
            Some(bytes) => Ok(Frame::data(Bytes::from_static(bytes))),
            None => Err(std::io::Error::other("broken")),
        }))
    }
}

/// Frames without end.
struct Endless;

impl Body for Endless {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        static ZEROS: [u8; 8192] = [0; 8192];
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&ZEROS)))))
    }
}

fn of_grpc() -> http::response::Builder {
    Response::builder().header("content-type", "application/grpc")
}

#[tokio::test]
async fn an_answer_breaks_off() {
    let (port, running) = answering(of_grpc, || Broken(Some(b"\0\0\0\0\x02\x08"))).await;
    no_word_from("a reset", port, PATIENCE, |counts| counts.unreachable).await;
    running.abort();
}

#[tokio::test]
async fn an_answer_has_no_end() {
    let (port, running) = answering(of_grpc, || Endless).await;
    no_word_from("huge", port, PATIENCE, |counts| counts.invalid).await;
    running.abort();
}

#[tokio::test]
async fn an_answer_is_a_page() {
    let head = || Response::builder().header("content-type", "text/html");
    let (port, running) = answering(head, || Endless).await;
    no_word_from("a page", port, PATIENCE, |counts| counts.invalid).await;
    running.abort();
    let head = || Response::builder().status(502);
    let (port, running) = answering(head, || Endless).await;
    no_word_from("a proxy", port, PATIENCE, |counts| counts.status).await;
    running.abort();
}

/// What both services say.
fn allowing() -> CheckResponse {
    CheckResponse {
        status: Some(Status::default()),
        ..Default::default()
    }
}

fn passing() -> RateLimitResponse {
    RateLimitResponse {
        overall_code: Code::Ok as i32,
        ..Default::default()
    }
}

/// A status without a message, as tonic sends it: in the head, which ends the stream.
#[tokio::test]
async fn the_service_says_that_it_has_failed() {
    let failing = |code: tonic::Code| move |_: &_| Err(tonic::Status::new(code, "no"));
    let judge = Start::default().authz(failing(tonic::Code::Internal)).await;
    let (authz, _) = policies(judge.port, PATIENCE, FailureMode::Closed);
    call(authz.clone(), get("/")).await.expect_err("refused");
    assert_eq!(authz.counts().failures.status, 1);
    let judge = Start::default()
        .ratelimit(|_| Err(tonic::Status::deadline_exceeded("no")))
        .await;
    let (_, limit) = policies(judge.port, PATIENCE, FailureMode::Open);
    call(limit.clone(), get("/")).await.expect("passed");
    assert_eq!(
        (
            limit.counts().failures.timeout,
            limit.counts().failures.passed
        ),
        (1, 1)
    );
    // Another service, which knows no such method.
    let (authz, _) = policies(judge.port, PATIENCE, FailureMode::Closed);
    call(authz.clone(), get("/")).await.expect_err("refused");
    assert_eq!(authz.counts().failures.status, 1);
}

#[tokio::test]
async fn the_service_is_too_slow() {
    let start = || Start {
        delay: PATIENCE,
        ..Start::default()
    };
    let judge = start().authz(|_| Ok(allowing())).await;
    let (authz, _) = policies(judge.port, Duration::from_millis(300), FailureMode::Closed);
    call(authz.clone(), get("/")).await.expect_err("refused");
    assert_eq!(authz.counts().failures.timeout, 1);
    let judge = start().ratelimit(|_| Ok(passing())).await;
    let (_, limit) = policies(judge.port, Duration::from_millis(300), FailureMode::Open);
    call(limit.clone(), get("/")).await.expect("passed");
    assert_eq!(limit.counts().failures.timeout, 1);
}

#[tokio::test]
async fn it_is_asked_again_when_it_is_back() {
    let port = free_port();
    let (authz, limit) = policies(port, PATIENCE, FailureMode::Closed);
    call(authz.clone(), get("/"))
        .await
        .expect_err("nobody listens");
    call(limit.clone(), get("/"))
        .await
        .expect_err("nobody listens");
    for _ in 0..2 {
        let judge = Start {
            port,
            ..Start::default()
        }
        .authz(|_| Ok(allowing()))
        .await;
        call(authz.clone(), get("/")).await.expect("allowed");
        assert_eq!(judge.asked().len(), 1);
        drop(judge);
        // Its listener is gone when its task is.
        let is_free = || std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
        eventually("the port is free", is_free).await;
        let judge = Start {
            port,
            ..Start::default()
        }
        .ratelimit(|_| Ok(passing()))
        .await;
        call(limit.clone(), get("/"))
            .await
            .expect("below the limit");
        assert_eq!(judge.asked().len(), 1);
        drop(judge);
        eventually("the port is free", is_free).await;
    }
    assert_eq!((authz.counts().allowed, limit.counts().passed), (2, 2));
}

#[tokio::test]
async fn a_client_that_leaves_takes_the_call_with_it() {
    let calls = Arc::<Mutex<Calls>>::default();
    let start = Start {
        delay: PATIENCE,
        calls: Arc::clone(&calls),
        ..Start::default()
    };
    let judge = start.authz(|_| Ok(allowing())).await;
    let (authz, _) = policies(judge.port, PATIENCE, FailureMode::Closed);
    tokio::select! {
        _ = call(authz.clone(), get("/")) => unreachable!("it is never answered"),
        () = eventually("the service is asked", || calls.lock().unwrap().begun == 1) => {}
    }
    eventually("the call is cancelled", || {
        calls.lock().unwrap().cancelled == 1
    })
    .await;
    assert!(judge.asked().is_empty());
    let failures = authz.counts().failures;
    assert_eq!(failures.total(), 0, "nobody has waited for it");
}
