//! What may be sent twice.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Channel, Full};
use tokio_test::{assert_pending, assert_ready_err, assert_ready_ok};

use super::support::*;
use crate::{
    body::{Body, HoldLayer, Peeked},
    error::{Error, ErrorKind},
    retry::*,
    upstream::Idempotent,
};

/// Whether a request is sent again behind a 503, and what is told when not.
async fn again(request: Request<Body>, judge: Transient) -> Result<(), Vec<String>> {
    let mut rig = Rig::with(|layer| layer.judge(judge));
    let mut call = rig.call(request);
    rig.answer(503);
    if call.poll().is_pending() {
        return Ok(());
    }
    Err(rig.told.read())
}

#[tokio::test(start_paused = true)]
async fn idempotent_methods_marks_and_safe_calls_are_sent_again_and_others_are_not() {
    let unsafe_ = || Err(vec!["not_safe".to_owned()]);
    for (method, expected) in [
        ("GET", Ok(())),
        ("HEAD", Ok(())),
        ("PUT", Ok(())),
        ("DELETE", Ok(())),
        ("OPTIONS", Ok(())),
        ("POST", unsafe_()),
        ("PATCH", unsafe_()),
        ("OWN", unsafe_()),
    ] {
        let request = Request::builder()
            .method(method)
            .body(Body::empty())
            .unwrap();
        assert_eq!(again(request, Transient::new()).await, expected, "{method}");
    }
    let mut marked = post(Body::empty());
    marked.extensions_mut().insert(Idempotent::new());
    assert_eq!(again(marked, Transient::new()).await, Ok(()));
    assert_eq!(again(calling(true), Transient::new()).await, Ok(()));
    assert_eq!(again(calling(false), Transient::new()).await, unsafe_());
}

#[tokio::test(start_paused = true)]
async fn any_method_is_not_any_call() {
    let judge = Transient::new().any_method();
    assert_eq!(again(post(Body::empty()), judge.clone()).await, Ok(()));
    assert_eq!(again(calling(true), judge.clone()).await, Ok(()));
    let refused = again(calling(false), judge).await;
    assert_eq!(refused, Err(vec!["not_safe".to_owned()]));
}

/// A tool, a message to an agent: sent again only when nothing of it was processed.
#[tokio::test(start_paused = true)]
async fn what_was_not_processed_is_sent_again_whatever_it_is() {
    for (error, again) in [
        (Error::new(ErrorKind::Unavailable, "broken"), false),
        (
            Error::new(ErrorKind::Unavailable, "refused").with_unprocessed(),
            true,
        ),
        (
            Error::new(ErrorKind::Timeout, "no connection").with_unprocessed(),
            true,
        ),
    ] {
        let mut rig = Rig::new();
        let mut call = rig.call(calling(false));
        // As a foreign error that carries it.
        let (request, reply) = rig.next();
        assert!(request.extensions().get::<Idempotent>().is_none());
        reply.send_error(std::io::Error::other(error));
        if !again {
            assert_ready_err!(call.poll());
            assert_eq!(rig.told.read(), ["not_safe"]);
            continue;
        }
        assert_pending!(call.poll());
        wait(ms(25)).await;
        assert_pending!(call.poll());
        let (request, reply) = rig.next();
        let body = request.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, "{}");
        let (_sender, response) = answer(200, &[]);
        reply.send_response(response);
        assert_ready_ok!(call.poll());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_safe_is_marked_for_the_client() {
    let mut rig = Rig::new();
    let _call = rig.call(calling(true));
    assert!(rig.answer(200).extensions().get::<Idempotent>().is_some());
    let _call = rig.call(calling(false));
    assert!(rig.answer(200).extensions().get::<Idempotent>().is_none());
}

/// Fault H48: a body that is larger than what is kept is not sent again; the first error is the answer, and the reason is counted.
#[tokio::test(start_paused = true)]
async fn a_body_that_is_too_large_is_sent_once_and_counted() {
    for (bytes, limit, again) in [
        (64 * 1024, None, true),
        (64 * 1024 + 1, None, false),
        (9, Some(8), false),
    ] {
        let mut rig = Rig::with(|layer| match limit {
            Some(limit) => layer.body_limit(limit),
            None => layer,
        });
        let mut request = post(Bytes::from(vec![b'x'; bytes]));
        *request.method_mut() = http::Method::PUT;
        let mut call = rig.call(request);
        rig.fail(Error::new(ErrorKind::Unavailable, "the first error"));
        if again {
            assert_pending!(call.poll());
            continue;
        }
        let error = assert_ready_err!(call.poll());
        assert_eq!(error.message(), "the first error");
        assert_eq!(rig.told.read(), ["body_too_large"]);
        assert!(rig.is_quiet());
    }
}

/// Fault H48: a body that streams is sent once, and the reason is counted.
#[tokio::test(start_paused = true)]
async fn a_body_that_streams_is_sent_once_and_counted() {
    let mut rig = Rig::new();
    let (_sender, body) = Channel::<Bytes, Error>::new(1);
    let request = Request::put("/").body(Body::new(body)).unwrap();
    let mut call = rig.call(request);
    rig.fail(Error::new(ErrorKind::Unavailable, "no connection").with_unprocessed());
    assert_eq!(assert_ready_err!(call.poll()).message(), "no connection");
    assert_eq!(rig.told.read(), ["body_streamed"]);
}

#[tokio::test(start_paused = true)]
async fn a_small_body_that_was_read_before_is_sent_again() {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&sent);
    let inner = tower::service_fn(move |request: Request<Peeked<Full<Bytes>>>| {
        let seen = Arc::clone(&seen);
        async move {
            let body = request.into_body().collect().await.unwrap().to_bytes();
            seen.lock().unwrap().push(body);
            let refused = Error::new(ErrorKind::Unavailable, "refused").with_unprocessed();
            Err::<Response<()>, _>(refused)
        }
    });
    let service = tower::ServiceBuilder::new()
        .layer(HoldLayer::new(64 * 1024))
        .layer(RetryLayer::new())
        .service(inner);
    let request = Request::post("/").body(Full::from("small")).unwrap();
    assert!(tower::ServiceExt::oneshot(service, request).await.is_err());
    assert_eq!(*sent.lock().unwrap(), ["small", "small"]);
}

#[tokio::test(start_paused = true)]
async fn a_body_is_sent_again_without_a_copy() {
    let bytes = Bytes::from(vec![b'x'; 1000]);
    let mut rig = Rig::with(|layer| layer.retries(3).judge(Always));
    let mut request = post(bytes.clone());
    *request.method_mut() = http::Method::PUT;
    let mut call = rig.call(request);
    for _ in 0..4 {
        let body = rig.answer(200).into_body();
        let sent = body.collect().await.unwrap().to_bytes();
        assert_eq!(sent.as_ptr(), bytes.as_ptr());
        let _ = call.poll();
        wait(ms(1_000)).await;
        let _ = call.poll();
    }
    assert!(rig.is_quiet());
}
