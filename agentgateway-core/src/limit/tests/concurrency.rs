use std::time::Duration;

use http_body_util::BodyExt;
use tokio::time::advance;
use tokio_test::{assert_pending, assert_ready, assert_ready_err, assert_ready_ok, task};

use super::support::*;
use crate::{
    error::{Error, ErrorKind},
    limit::{concurrency::ConcurrencyLimit, *},
};

const SECOND: Duration = Duration::from_secs(1);

/// Fault H56: above the limit a request is refused at once with 503 and `Retry-After`; the place is free when the body has ended.
#[tokio::test(start_paused = true)]
async fn a_place_is_held_to_the_end_of_the_body() {
    let limit = ConcurrencyLimit::new("listener").total(2);
    let mut rig = Rig::new(limit.clone());
    let mut waits = rig.call(of("alice"));
    assert_pending!(waits.poll());
    let _unanswered = rig.next();
    let (sender, response) = rig.answered(of("alice"), 200);
    assert_eq!(limit.in_flight(), 2);
    let refused = rig.refused(of("bob"));
    assert_eq!(refused.kind(), ErrorKind::Overloaded);
    assert_eq!(refused.retry_after(), Some(SECOND));
    assert_eq!(refused.decided_by().map(|by| &**by), Some("listener"));
    drop(sender);
    let mut body = response.into_body();
    assert!(assert_ready!(task::spawn(body.frame()).poll()).is_none());
    assert_eq!(
        limit.in_flight(),
        1,
        "the body has ended and is still there"
    );
    drop(waits);
    assert_eq!(limit.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn every_end_gives_the_place_back() {
    let limit = ConcurrencyLimit::new("listener")
        .total(1)
        .each(Key::principal(), 1);
    let mut rig = Rig::new(limit.clone());
    let mut call = rig.call(of("alice"));
    rig.next()
        .send_error(Error::new(ErrorKind::Timeout, "late"));
    assert_ready_err!(call.poll());
    let (sender, response) = rig.answered(of("alice"), 200);
    let mut body = response.into_body();
    sender.abort(Error::new(ErrorKind::Unavailable, "broke"));
    assert!(
        assert_ready!(task::spawn(body.frame()).poll())
            .unwrap()
            .is_err()
    );
    drop(rig.answered(of("alice"), 200));
    assert_eq!((limit.in_flight(), limit.keys_in_flight()), (0, 0));
}

/// Fault H56: above a caller's own limit a request is refused with 429, and other callers are not touched.
#[tokio::test(start_paused = true)]
async fn a_caller_at_its_limit_is_told_so_and_others_pass() {
    let limit = ConcurrencyLimit::new("listener")
        .total(4)
        .each(Key::principal(), 2);
    let mut rig = Rig::new(limit.clone());
    let held = [
        rig.answered(of("alice"), 200),
        rig.answered(of("alice"), 200),
    ];
    let refused = rig.refused(of("alice"));
    assert_eq!(refused.kind(), ErrorKind::RateLimited);
    assert_eq!(refused.retry_after(), Some(SECOND));
    assert_eq!(refused.decided_by().map(|by| &**by), Some("listener each"));
    assert!(!refused.message().contains("alice"));
    let others = [
        rig.answered(of("bob"), 200),
        rig.answered(http::Request::new(()), 200),
    ];
    // One that is refused for want of room holds no place of its own either.
    assert_eq!(rig.refused(of("carol")).kind(), ErrorKind::Overloaded);
    assert_eq!((limit.in_flight(), limit.keys_in_flight()), (4, 2));
    drop((held, others));
    assert_eq!((limit.in_flight(), limit.keys_in_flight()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_are_served_in_order() {
    let limit = ConcurrencyLimit::new("route").total(1).queue(2, SECOND);
    let mut rig = Rig::new(limit.clone());
    let first = rig.answered(of("a"), 200);
    let (mut second, mut third) = (rig.call(of("b")), rig.call(of("c")));
    assert_pending!(second.poll());
    assert_pending!(third.poll());
    assert_eq!(rig.refused(of("d")).kind(), ErrorKind::Overloaded);
    drop(first);
    assert!(second.is_woken() && !third.is_woken());
    assert_pending!(second.poll());
    rig.next().send_response(empty());
    drop(assert_ready_ok!(second.poll()));
    assert_pending!(third.poll());
    rig.next().send_response(empty());
    drop(assert_ready_ok!(third.poll()));
    assert_eq!(limit.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_has_waited_too_long_is_refused() {
    let limit = ConcurrencyLimit::new("route").queue(1, SECOND).total(1);
    let mut rig = Rig::new(limit.clone());
    let held = rig.answered(of("a"), 200);
    let mut late = rig.call(of("b"));
    assert_pending!(late.poll());
    advance(SECOND + Duration::from_millis(1)).await;
    assert_eq!(assert_ready_err!(late.poll()).kind(), ErrorKind::Overloaded);
    // One who leaves the queue makes room in it.
    let mut leaves = rig.call(of("c"));
    assert_pending!(leaves.poll());
    drop(leaves);
    let mut stays = rig.call(of("d"));
    assert_pending!(stays.poll());
    drop(held);
    assert!(stays.is_woken());
}
