//! Deadlines of attempts and of all.

use std::sync::Arc;

use http::{Request, Response};
use tokio_test::{assert_pending, assert_ready_err, assert_ready_ok, task};
use tower_layer::Layer;
use tower_service::Service;

use super::support::*;
use crate::{
    body::Body,
    context::Deadline,
    error::{Error, ErrorKind, Origin},
    retry::RetryLayer,
};

#[tokio::test(start_paused = true)]
async fn an_attempt_that_takes_too_long_is_dropped_and_followed() {
    let mut rig = Rig::with(|layer| layer.attempt_deadline(ms(1_000)));
    let mut call = rig.call(get());
    let (request, _late) = rig.next();
    let left = request.extensions().get::<Deadline>().unwrap().left();
    assert_eq!(left, ms(1_000));
    wait(ms(1_000)).await;
    assert_pending!(call.poll());
    wait(ms(25)).await;
    assert_pending!(call.poll());
    let (request, reply) = rig.next();
    let left = request.extensions().get::<Deadline>().unwrap().left();
    assert_eq!(left, ms(1_000), "each has its own");
    wait(ms(999)).await;
    let (_sender, response) = answer(200, &[]);
    reply.send_response(response);
    assert_ready_ok!(call.poll());
    assert_eq!(rig.told.read(), ["attempt 2"]);
}

#[tokio::test(start_paused = true)]
async fn no_two_attempts_are_under_way_at_once() {
    let running = Arc::new(());
    let held = Arc::clone(&running);
    let inner = tower::service_fn(move |_: Request<Body>| {
        let held = Arc::clone(&held);
        async move {
            std::future::pending::<()>().await;
            drop(held);
            Ok::<_, Error>(Response::new(()))
        }
    });
    let layer = RetryLayer::new().retries(5).attempt_deadline(ms(100));
    let mut service = layer.layer(inner);
    let before = Arc::strong_count(&running);
    let mut call = task::spawn(service.call(get()));
    for _ in 0..200 {
        wait(ms(10)).await;
        let ended = call.poll().is_ready();
        // The first clone of the service is the call's.
        assert!(Arc::strong_count(&running) <= before + 2);
        if ended {
            return;
        }
    }
    panic!("six attempts of 100 ms");
}

#[tokio::test(start_paused = true)]
async fn the_last_attempt_that_takes_too_long_is_a_timeout() {
    let mut rig = Rig::with(|layer| layer.retries(0).attempt_deadline(ms(1_000)));
    let mut call = rig.call(get());
    wait(ms(1_000)).await;
    let error = assert_ready_err!(call.poll());
    assert_eq!(
        (error.kind(), error.origin()),
        (ErrorKind::Timeout, Origin::Upstream)
    );
    assert_pending!(call.poll());
}

#[tokio::test(start_paused = true)]
async fn all_attempts_end_at_the_deadline() {
    let mut rig = Rig::with(|layer| layer.retries(9).deadline(ms(1_000)));
    let mut call = rig.call(get());
    rig.answer(503);
    assert_pending!(call.poll());
    wait(ms(25)).await;
    assert_pending!(call.poll());
    let (request, _reply) = rig.next();
    let left = request.extensions().get::<Deadline>().unwrap().left();
    assert!(left < ms(980), "what is left of all: {left:?}");
    wait(ms(975)).await;
    let error = assert_ready_err!(call.poll());
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(rig.told.read(), ["attempt 2", "deadline"]);
}

#[tokio::test(start_paused = true)]
async fn where_time_is_short_less_is_waited_by_chance() {
    let mut rig = Rig::with(|layer| layer.deadline(ms(1_000)));
    let mut call = rig.call(get());
    wait(ms(990)).await;
    rig.answer_with(503, &[]);
    assert_pending!(call.poll());
    // Of the 25 ms that chance may add, half of what is left.
    wait(ms(5)).await;
    assert_pending!(call.poll());
    let (_request, _reply) = rig.next();
    wait(ms(5)).await;
    let error = assert_ready_err!(call.poll());
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_would_last_to_the_deadline_is_not_begun() {
    for outside in [false, true] {
        let mut rig = Rig::with(|layer| match outside {
            true => layer,
            false => layer.deadline(ms(5_000)),
        });
        for (seconds, again) in [("4", true), ("5", false)] {
            let mut request = get();
            if outside {
                let deadline = Deadline::after(ms(5_000)).unwrap();
                deadline.insert(request.extensions_mut());
            }
            let mut call = rig.call(request);
            rig.answer_with(503, &[("retry-after", seconds)]);
            if again {
                assert_pending!(call.poll());
                continue;
            }
            let response = assert_ready_ok!(call.poll());
            assert_eq!(response.status(), 503, "the answer is handed on");
            assert_eq!(rig.told.read(), ["deadline"]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_service_is_waited_for_until_the_deadline() {
    let mut rig = Rig::with(|layer| layer.deadline(ms(1_000)));
    rig.peer.allow(1);
    let mut call = rig.call(get());
    rig.answer(503);
    assert_pending!(call.poll());
    wait(ms(25)).await;
    assert_pending!(call.poll());
    wait(ms(975)).await;
    assert!(call.is_woken());
    assert_eq!(assert_ready_err!(call.poll()).kind(), ErrorKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_here_is_not_too_late() {
    let mut rig = Rig::with(|layer| layer.attempt_deadline(ms(1_000)).deadline(ms(1_000)));
    let mut call = rig.call(get());
    rig.answer(200);
    wait(ms(60_000)).await;
    assert_ready_ok!(call.poll());
}

/// Fault O12: attempts that this process slept through are not sent again when it wakes up.
#[tokio::test(start_paused = true)]
async fn after_a_pause_of_this_process_nothing_is_sent_again() {
    let mut rig = Rig::with(|layer| layer.attempt_deadline(ms(1_000)));
    let mut calls: Vec<_> = (0..50).map(|_| rig.call(get())).collect();
    let replies: Vec<_> = (0..50).map(|_| rig.next()).collect();
    wait(ms(60_000)).await;
    for call in &mut calls {
        let error = assert_ready_err!(call.poll());
        assert_eq!(
            (error.kind(), error.origin()),
            (ErrorKind::Timeout, Origin::Gateway)
        );
    }
    drop(replies);
    assert!(rig.is_quiet() && rig.told.read().is_empty());
}
