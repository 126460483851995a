//! What is sent again, and what is handed on.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use tokio_test::{assert_pending, assert_ready, assert_ready_err, assert_ready_ok, task};
use tower_layer::Layer;
use tower_service::Service;

use super::support::*;
use crate::{
    balance::Tried,
    body::Body,
    context::Attempt,
    error::{Error, ErrorKind, Origin},
    retry::*,
};

#[tokio::test(start_paused = true)]
async fn forwards_readiness_and_its_errors() {
    let mut rig = Rig::new();
    rig.peer.allow(0);
    assert_pending!(rig.service.poll_ready());
    rig.peer.send_error("closed");
    let error = assert_ready_err!(rig.service.poll_ready());
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn an_answer_passes_as_it_is() {
    let mut rig = Rig::new();
    let mut call = rig.call(post(Bytes::from_static(b"question")));
    let (request, reply) = rig.next();
    assert_eq!(request.extensions().get(), Some(&Attempt::new(1)));
    assert_eq!(
        request.into_body().collect().await.unwrap().to_bytes(),
        "question"
    );
    let (sender, mut response) = answer(201, &[("x", "y")]);
    response.extensions_mut().insert("kept");
    reply.send_response(response);
    let response = assert_ready_ok!(call.poll());
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["x"], "y");
    assert_eq!(response.extensions().get(), Some(&"kept"));
    assert_eq!(response.extensions().get::<Attempt>(), None);
    drop(sender);
    assert!(rig.told.read().is_empty());
    assert_pending!(call.poll(), "polled again behind its end");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_failed_is_followed_by_another_after_a_wait() {
    let mut rig = Rig::new();
    let mut request = get();
    request.headers_mut().insert("x", "y".parse().unwrap());
    request.extensions_mut().insert("kept");
    let mut call = rig.call(request);
    let (first, reply) = rig.next();
    let (mut sender, response) = answer(503, &[]);
    reply.send_response(response);
    assert_pending!(call.poll());
    let frame = http_body::Frame::data(Bytes::from_static(b"unread"));
    assert!(sender.try_send(frame).is_err(), "its body is gone");
    advance_to_next(&mut rig, &mut call).await;

    let (second, reply) = rig.next();
    assert_eq!(second.method(), first.method());
    assert_eq!(second.headers(), first.headers());
    assert_eq!(second.extensions().get(), Some(&"kept"));
    assert_eq!(second.extensions().get(), Some(&Attempt::new(2)));
    let (_sender, response) = answer(200, &[]);
    reply.send_response(response);
    let response = assert_ready_ok!(call.poll());
    assert_eq!(response.status(), 200);
    assert_eq!(response.extensions().get(), Some(&Attempt::new(2)));
    assert_eq!(rig.told.read(), ["attempt 2"]);
}

/// Nothing comes before the wait is over, and the next attempt then.
async fn advance_to_next(rig: &mut Rig, call: &mut Calling<Transient>) {
    wait(ms(20)).await;
    assert_pending!(call.poll());
    assert!(rig.is_quiet());
    wait(ms(5)).await;
    assert_pending!(call.poll());
}

#[tokio::test(start_paused = true)]
async fn the_last_answer_is_handed_on_when_all_fail() {
    let mut rig = Rig::with(|layer| layer.retries(2));
    let mut call = rig.call(get());
    for (status, wait_ms) in [(502, 25), (503, 50)] {
        rig.answer(status);
        assert_pending!(call.poll());
        wait(ms(wait_ms)).await;
        assert_pending!(call.poll());
    }
    let (_, reply) = rig.next();
    let (mut sender, response) = answer(504, &[("x", "last")]);
    let frame = http_body::Frame::data(Bytes::from_static(b"why"));
    sender.try_send(frame).unwrap();
    drop(sender);
    reply.send_response(response);
    let response = assert_ready_ok!(call.poll());
    assert_eq!(
        (response.status().as_u16(), &response.headers()["x"]),
        (504, &"last".parse().unwrap())
    );
    assert_eq!(
        response.into_body().collect().await.unwrap().to_bytes(),
        "why"
    );
    assert_eq!(rig.told.read(), ["attempt 2", "attempt 3", "attempts"]);
}

#[tokio::test(start_paused = true)]
async fn statuses_and_errors_are_judged() {
    let upstream = |kind| Error::new(kind, "no").with_origin(Origin::Upstream);
    let again = [502, 503, 504];
    for status in [
        200, 204, 301, 400, 404, 408, 429, 500, 501, 502, 503, 504, 505, 529,
    ] {
        let mut rig = Rig::new();
        let mut call = rig.call(get());
        rig.answer(status);
        assert_eq!(
            call.poll().is_pending(),
            again.contains(&status),
            "{status}"
        );
    }
    for (error, again) in [
        (upstream(ErrorKind::Unavailable), true),
        (upstream(ErrorKind::Timeout), true),
        (upstream(ErrorKind::BadAnswer), false),
        (upstream(ErrorKind::RateLimited), false),
        (
            upstream(ErrorKind::RateLimited).with_retry_after(ms(5)),
            true,
        ),
        (
            upstream(ErrorKind::Overloaded).with_retry_after(ms(5)),
            true,
        ),
        (
            Error::new(ErrorKind::Overloaded, "no").with_retry_after(ms(5)),
            false,
        ),
        (Error::new(ErrorKind::Forbidden, "no"), false),
        (
            Error::new(ErrorKind::InvalidRequest, "no").with_unprocessed(),
            false,
        ),
        (
            upstream(ErrorKind::Timeout).with_origin(Origin::Gateway),
            false,
        ),
        (Error::new(ErrorKind::Canceled, "gone"), false),
    ] {
        let mut rig = Rig::new();
        let mut call = rig.call(get());
        let kind = (error.kind(), error.origin());
        rig.fail(error);
        match call.poll() {
            std::task::Poll::Pending => assert!(again, "{kind:?}"),
            std::task::Poll::Ready(result) => {
                let error = result.unwrap_err();
                assert!(!again, "{kind:?}");
                assert_eq!((error.kind(), error.origin()), kind);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_judge_can_be_asked_for_more_and_for_less() {
    let judge = Transient::new()
        .statuses([StatusCode::CONFLICT, StatusCode::TOO_MANY_REQUESTS])
        .or_when(|request, answer| {
            request.headers.contains_key("x-more") && answer.headers.contains_key("x-again")
        })
        .only(|request| !request.headers.contains_key("x-once"));
    for (request_field, status, answer_field, again) in [
        ("x", 409, "x", true),
        ("x", 429, "x", true),
        ("x", 503, "x", false),
        ("x-more", 200, "x-again", true),
        ("x-more", 200, "x", false),
        ("x-once", 409, "x", false),
    ] {
        let judge = judge.clone();
        let mut rig = Rig::with(|layer| layer.judge(judge));
        let mut request = get();
        let name: http::HeaderName = request_field.parse().unwrap();
        request.headers_mut().insert(name, "1".parse().unwrap());
        let mut call = rig.call(request);
        rig.answer_with(status, &[(answer_field, "1")]);
        assert_eq!(call.poll().is_pending(), again, "{request_field} {status}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_retries_nothing_is_kept() {
    let mut rig = Rig::with(|layer| layer.retries(0));
    let mut call = rig.call(get());
    let request = rig.answer(503);
    assert!(request.extensions().get::<Tried>().is_none());
    assert_eq!(assert_ready_ok!(call.poll()).status(), 503);
    assert!(rig.told.read().is_empty());
}

#[tokio::test(start_paused = true)]
async fn attempts_share_what_was_tried() {
    let mut rig = Rig::new();
    let tried = Tried::new();
    let mut request = get();
    request.extensions_mut().insert(tried.clone());
    let mut call = rig.call(request);
    rig.answer(503)
        .extensions()
        .get::<Tried>()
        .unwrap()
        .insert("a");
    assert_pending!(call.poll());
    wait(ms(25)).await;
    assert_pending!(call.poll());
    let second = rig.answer(200);
    let seen = second.extensions().get::<Tried>().unwrap().keys();
    assert_eq!(seen, tried.keys());
    assert_eq!(&*seen[0], "a");
}

#[tokio::test(start_paused = true)]
async fn what_breaks_behind_the_head_is_not_sent_again() {
    let mut rig = Rig::new();
    let mut call = rig.call(get());
    let (_, reply) = rig.next();
    let (sender, response) = answer(200, &[]);
    reply.send_response(response);
    let mut body = assert_ready_ok!(call.poll()).into_body();
    sender.abort(Error::new(ErrorKind::Unavailable, "broken"));
    assert!(
        assert_ready!(task::spawn(body.frame()).poll())
            .unwrap()
            .is_err()
    );
    assert!(rig.is_quiet() && rig.told.read().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_service_is_waited_for_before_each_attempt() {
    let mut rig = Rig::new();
    rig.peer.allow(1);
    let mut call = rig.call(get());
    rig.answer(503);
    assert_pending!(call.poll());
    wait(ms(25)).await;
    assert_pending!(call.poll());
    assert!(rig.is_quiet());
    rig.peer.allow(1);
    assert!(call.is_woken());
    assert_pending!(call.poll());
    rig.answer(200);
    assert_ready_ok!(call.poll());

    rig.peer.allow(1);
    let mut call = rig.call(get());
    rig.answer(503);
    assert_pending!(call.poll());
    wait(ms(25)).await;
    assert_pending!(call.poll());
    rig.peer
        .send_error(Error::new(ErrorKind::Forbidden, "closed"));
    assert_eq!(assert_ready_err!(call.poll()).kind(), ErrorKind::Forbidden);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_drops_its_attempt_and_begins_no_other() {
    let (held, gone) = std::sync::mpsc::channel::<()>();
    let inner = tower::service_fn(move |_: Request<Body>| {
        let held = held.clone();
        async move {
            let _held = held;
            std::future::pending::<()>().await;
            Ok::<_, Error>(Response::new(()))
        }
    });
    let mut call = task::spawn(RetryLayer::new().layer(inner).call(get()));
    assert_pending!(call.poll());
    drop(call);
    assert!(matches!(
        gone.try_recv(),
        Err(std::sync::mpsc::TryRecvError::Disconnected)
    ));

    let mut rig = Rig::new();
    let mut call = rig.call(get());
    rig.answer(503);
    assert_pending!(call.poll());
    drop(call);
    wait(ms(100)).await;
    assert!(rig.is_quiet());
}

#[test]
fn is_shared_between_threads() {
    fn all<T: Clone + Send + Sync>() {}
    fn send<T: Send>() {}
    all::<RetryLayer>();
    all::<Retry<Client, Transient>>();
    all::<Budget>();
    send::<ResponseFuture<Client, Transient, Body>>();
}
