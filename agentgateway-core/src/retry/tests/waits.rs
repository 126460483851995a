//! How long is waited, and for whom.

use std::{
    task::Poll,
    time::{Duration, SystemTime},
};

use proptest::prelude::*;
use tokio_test::{assert_pending, assert_ready_ok, task};

use super::support::*;
use crate::{
    balance::Tried,
    error::{Error, ErrorKind, Origin},
};

const NOON: &str = "Wed, 21 Oct 2026 12:00:00 GMT";

/// In how many milliseconds the second attempt comes; none when the first is the answer.
async fn waited(rig: &mut Rig, status: u16, fields: &[(&str, &str)]) -> Option<u64> {
    let mut call = rig.call(get());
    rig.answer_with(status, fields);
    if call.poll().is_ready() {
        return None;
    }
    let begun = tokio::time::Instant::now();
    let (_sender, response) = answer(200, &[]);
    loop {
        tokio::time::advance(ms(5)).await;
        assert_pending!(call.poll());
        if let Poll::Ready(next) = task::spawn(rig.peer.next_request()).poll() {
            next.unwrap().1.send_response(response);
            break;
        }
    }
    let waited = begun.elapsed().as_millis() as u64;
    assert_ready_ok!(call.poll());
    // Behind the backoff.
    Some(waited - 25)
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_waited_for_up_to_the_longest() {
    for (status, value, expected) in [
        (503, "2", Some(2_000)),
        (503, "0", Some(0)),
        (429, "2", Some(2_000)),
        (503, "60", Some(60_000)),
        (503, "61", None),
        (429, "61", None),
        (503, "18446744073709551615", None),
        (503, "Wed, 21 Oct 2026 12:00:03 GMT", Some(3_000)),
        (503, "Wed, 21 Oct 2026 11:00:00 GMT", Some(0)),
        (503, "Wed, 21 Oct 2026 13:00:00 GMT", None),
        // Not read: the backoff alone; and 429 is then no invitation.
        (503, "soon", Some(0)),
        (503, "-1", Some(0)),
        (503, "9e99", Some(0)),
        (429, "soon", None),
    ] {
        let mut rig = Rig::new();
        let fields = [("retry-after", value), ("date", NOON)];
        let found = waited(&mut rig, status, &fields).await;
        assert_eq!(found, expected, "{status} {value}");
        let told = if found.is_some() {
            "attempt 2"
        } else {
            "retry_after"
        };
        assert_eq!(rig.told.read(), [told], "{status} {value}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_date_without_another_counts_from_the_clock() {
    let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_792_584_000);
    let mut rig = Rig::with(|layer| layer.clock(move || noon));
    let fields = [("retry-after", "Wed, 21 Oct 2026 12:00:04 GMT")];
    assert_eq!(waited(&mut rig, 503, &fields).await, Some(4_000));
}

#[tokio::test(start_paused = true)]
async fn the_longest_wait_is_a_setting() {
    let mut rig = Rig::with(|layer| layer.longest_wait(ms(1_000)));
    assert_eq!(
        waited(&mut rig, 503, &[("retry-after", "1")]).await,
        Some(1_000)
    );
    assert_eq!(waited(&mut rig, 503, &[("retry-after", "2")]).await, None);
}

#[tokio::test(start_paused = true)]
async fn an_error_says_when_too() {
    let mut rig = Rig::new();
    let mut call = rig.call(get());
    let error = Error::new(ErrorKind::RateLimited, "wait").with_origin(Origin::Upstream);
    rig.fail(error.with_retry_after(ms(3_000)));
    assert_pending!(call.poll());
    wait(ms(3_000)).await;
    assert_pending!(call.poll());
    assert!(rig.is_quiet());
    wait(ms(25)).await;
    assert_pending!(call.poll());
    rig.answer(200);
}

/// Fault L20: who is told to wait goes on to another endpoint at once, where there is one.
#[tokio::test(start_paused = true)]
async fn what_one_endpoint_asks_for_does_not_hold_up_another() {
    for (left, millis) in [(1, 25), (0, 7_025)] {
        let mut rig = Rig::new();
        let tried = Tried::new();
        let mut request = get();
        request.extensions_mut().insert(tried.clone());
        let mut call = rig.call(request);
        tried.set_left(left);
        rig.answer_with(429, &[("retry-after", "7")]);
        assert_pending!(call.poll());
        wait(ms(millis - 5)).await;
        assert_pending!(call.poll());
        assert!(rig.is_quiet());
        wait(ms(5)).await;
        assert_pending!(call.poll());
        rig.answer(200);
        assert_ready_ok!(call.poll());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Fault H52: whatever a service says in `Retry-After`, a request waits for it no longer than is allowed, or not at all.
    #[test]
    fn no_retry_after_is_waited_for_longer_than_is_allowed(
        value in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..40),
            any::<u64>().prop_map(|seconds| seconds.to_string().into_bytes()),
            (0..200_u64).prop_map(|seconds| seconds.to_string().into_bytes()),
            "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"
                .prop_map(String::into_bytes),
        ],
        limited: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut rig = Rig::new();
            let mut call = rig.call(get());
            let (_, reply) = rig.next();
            let (_sender, mut response) = answer(if limited { 429 } else { 503 }, &[]);
            if let Ok(value) = http::HeaderValue::from_bytes(&value) {
                response.headers_mut().insert("retry-after", value);
            }
            reply.send_response(response);
            if call.poll().is_pending() {
                tokio::time::advance(Duration::from_millis(60_026)).await;
                assert_pending!(call.poll());
                assert!(task::spawn(rig.peer.next_request()).poll().is_ready());
            }
        });
    }
}
