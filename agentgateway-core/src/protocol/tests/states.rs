//! Each state of the future: dropped, failed, panicked, polled again; and bodies that stay as they are.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body::{Body as HttpBody, Frame};
use http_body_util::{BodyExt, Full};
use tokio_test::{assert_pending, assert_ready, task::spawn};
use tower::ServiceExt;
use tower_layer::Layer;
use tower_service::Service;

use super::engine::{Ids, post};
use crate::{
    body::{Body, Peeked},
    error::{BoxError, Error},
    protocol::*,
    telemetry::TelemetryLayer,
};

/// A body whose frames never come.
struct Never;

impl HttpBody for Never {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Poll::Pending
    }
}

type Inner = Request<Peeked<Full<Bytes>>>;

#[tokio::test]
async fn an_error_of_readiness_is_answered() {
    let (mock, mut handle) = tower_test::mock::pair::<Inner, Response<Full<Bytes>>>();
    handle.send_error("broken");
    let ids = Ids::default();
    let mut service = ProtocolService::new(mock, ids.clone(), true);
    let Ok(answer) = service.call(post("one")).await;
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(ids.ends(), ["one failed"]);
}

#[tokio::test]
async fn a_future_polled_after_its_answer_stays_pending() {
    let (mock, _handle) = tower_test::mock::pair::<Inner, Response<Full<Bytes>>>();
    let mut service = ProtocolService::new(mock, Ids::default(), true);
    let mut call = spawn(service.call(post("over the limit")));
    let answer = assert_ready!(call.poll()).unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_pending!(call.poll());
}

#[tokio::test]
async fn a_panic_inside_ends_the_exchange() {
    let ids = Ids::default();
    let at_once = tower::service_fn(
        |_: Inner| -> std::future::Ready<Result<Response<Body>, BoxError>> { panic!("in call") },
    );
    let later = tower::service_fn(|_: Inner| async move {
        let broken: Result<Response<Body>, BoxError> = Err("never".into());
        if broken.is_err() {
            panic!("in poll")
        }
        broken
    });
    let mut one = spawn(ProtocolService::new(at_once, ids.clone(), true).call(post("one")));
    assert!(catch_unwind(AssertUnwindSafe(|| one.poll())).is_err());
    drop(one);
    let mut two = spawn(ProtocolService::new(later, ids.clone(), true).call(post("two")));
    assert!(catch_unwind(AssertUnwindSafe(|| two.poll())).is_err());
    drop(two);
    assert_eq!(ids.ends(), ["one dropped", "two dropped"]);
}

#[cfg(feature = "limit")]
#[tokio::test]
async fn a_body_that_there_is_no_memory_for_is_not_the_clients_fault() {
    use http_body_util::StreamBody;

    use crate::{
        error::ErrorKind,
        limit::heap::{Heap, MemoryUse},
    };

    for (used, status) in [
        (960, StatusCode::SERVICE_UNAVAILABLE),
        (0, StatusCode::BAD_REQUEST),
    ] {
        let heap = Heap::with_source(move || Some(MemoryUse::new(used, 1000)));
        let broken = tokio_stream::iter([
            Ok(Frame::data(Bytes::from_static(b"begun"))),
            Err(Error::new(ErrorKind::Canceled, "the client has left")),
        ]);
        let request = Request::post("/").body(StreamBody::new(broken)).unwrap();
        let inner = tower::service_fn(|_: Request<Peeked<_>>| async {
            Ok::<_, BoxError>(Response::new(Body::empty()))
        });
        let service = ProtocolService::new(inner, Ids::default(), true);
        let Ok(answer) = service.oneshot(heap.upload(request)).await;
        assert_eq!(answer.status(), status);
    }
}

#[tokio::test]
async fn a_client_that_leaves_during_a_rewrite_is_told_of() {
    let inner = tower::service_fn(|_: Inner| async {
        let answer = Response::builder().header("x-rewrite", "1");
        Ok::<_, BoxError>(answer.body(Never)?)
    });
    let ids = Ids::default();
    let mut call = spawn(ProtocolService::new(inner, ids.clone(), true).call(post("id")));
    assert_pending!(call.poll());
    drop(call);
    assert_eq!(ids.ends(), ["id dropped"]);
}

async fn empty(request: Inner) -> Result<Response<Body>, BoxError> {
    let body = request.into_body().collect().await?.to_bytes();
    let answer = Response::builder().status(if body == "304" { 304 } else { 204 });
    let answer = match body.as_ref() {
        b"events" | b"" => answer.header("x-events", "1"),
        _ => answer.header("x-rewrite", "1"),
    };
    Ok(answer.header("content-length", "7").body(Body::empty())?)
}

#[tokio::test]
async fn answers_that_have_no_body_get_none() {
    for body in ["events", "rewrite", "304"] {
        let ids = Ids::default();
        let service = ProtocolService::new(tower::service_fn(empty), ids.clone(), true);
        let Ok(answer) = service.oneshot(post(body)).await;
        assert!(answer.body().is_end_stream(), "{body}");
        assert_eq!(ids.ends(), [format!("{body} complete")]);
    }
}

#[tokio::test]
async fn an_answer_to_head_tells_no_length_that_will_change() {
    let ids = Ids::default();
    let service = ProtocolService::new(tower::service_fn(empty), ids.clone(), true);
    let mut request = post("");
    *request.method_mut() = Method::HEAD;
    let Ok(answer) = service.oneshot(request).await;
    assert!(answer.body().is_end_stream());
    assert!(!answer.headers().contains_key(header::CONTENT_LENGTH));
    assert_eq!(ids.ends(), ["get complete"]);
}

#[tokio::test]
async fn no_frame_is_copied_on_the_way_through() {
    let asked = Bytes::from(b"id".to_vec());
    let answered = Bytes::from(vec![b'x'; 1000]);
    let request = Request::post("/").body(Full::new(asked.clone())).unwrap();
    let reply = answered.clone();
    let inner = tower::service_fn(move |request: Request<_>| {
        let (asked, reply) = (asked.as_ptr_range(), reply.clone());
        async move {
            let body: Peeked<Full<Bytes>> = request.into_body();
            assert_eq!(body.whole().unwrap().as_ptr_range(), asked);
            let body = body.collect().await?.to_bytes();
            assert_eq!(body.as_ptr_range(), asked);
            Ok::<_, BoxError>(Response::new(Body::from(reply)))
        }
    });
    let service = TelemetryLayer::server().layer(ProtocolService::new(
        TelemetryLayer::client().layer(inner),
        Ids::default(),
        true,
    ));
    let Ok(answer) = service.oneshot(request).await;
    let mut body = spawn(answer.into_body());
    let frame = assert_ready!(body.enter(|cx, body| body.poll_frame(cx)));
    let data = frame.unwrap().unwrap().into_data().unwrap();
    assert_eq!(data.as_ptr_range(), answered.as_ptr_range());
    assert!(body.is_end_stream());
}

#[tokio::test]
async fn a_watched_stream_is_copied_no_more() {
    let chunk = Bytes::from(b"data: a\n\n".repeat(20));
    let reply = chunk.clone();
    let inner = tower::service_fn(move |_: Inner| {
        let answer = Response::builder().header("x-events", "1");
        let body = Body::from(reply.clone());
        async { Ok::<_, BoxError>(answer.body(body)?) }
    });
    let inner = TelemetryLayer::client().layer(inner);
    let service = ProtocolService::new(inner, Ids::default(), true);
    let Ok(answer) = service.oneshot(post("id")).await;
    let frame = answer.into_body().frame().await.unwrap().unwrap();
    assert_eq!(
        frame.into_data().unwrap().as_ptr_range(),
        chunk.as_ptr_range()
    );
}

#[tokio::test]
async fn a_timeout_of_the_runtime_is_a_timeout() {
    tokio::time::pause();
    let inner = tower::service_fn(|_: Inner| async {
        tokio::time::timeout(Duration::from_secs(1), std::future::pending::<()>()).await?;
        Ok::<_, BoxError>(Response::new(Body::empty()))
    });
    let service = ProtocolService::new(inner, Ids::default(), true);
    let Ok(answer) = service.oneshot(post("id")).await;
    assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
}

/// Takes any body.
#[derive(Clone)]
struct Anything;

impl<B> Service<Request<B>> for Anything {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = std::future::Ready<Result<Response<Body>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        std::future::ready(Ok(Response::new(Body::empty())))
    }
}

/// The body's type names `dyn Error`, and the call is awaited where it must be `Send`.
#[tokio::test]
async fn a_boxed_upload_may_be_awaited_in_a_spawned_task() {
    type Boxed = http_body_util::combinators::UnsyncBoxBody<Bytes, BoxError>;
    let service = ProtocolService::new(Anything, Ids::default(), true);
    let body = Boxed::new(Full::new(Bytes::from_static(b"id")).map_err(Into::into));
    let call = async move {
        let request = Request::post("/").body(body).unwrap();
        let Ok(answer) = service.oneshot(request).await;
        answer.status()
    };
    assert_eq!(tokio::spawn(call).await.unwrap(), StatusCode::OK);
}
