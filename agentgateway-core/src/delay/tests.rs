use std::time::Duration;

use http::{Request, request};
use tokio::time::Instant;

use super::Delay;
use crate::policy::{Decision, Policy};

/// How long a request waits.
async fn waits(delay: &Delay, path: &str) -> Duration {
    let began = Instant::now();
    let mut head = Request::get(path).body(()).unwrap().into_parts().0;
    match delay.decide(&mut head) {
        Decision::Pass => {}
        Decision::Ask(asking) => {
            asking.await;
        }
        other => panic!("{other:?}"),
    }
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn waits_for_as_long_as_it_is_told() {
    let second = Duration::from_secs(1);
    assert_eq!(waits(&Delay::new(second), "/").await, second);
    let some = Delay::from_fn(move |head: &request::Parts| match head.uri.path() {
        "/slow" => second,
        _ => Duration::ZERO,
    });
    assert_eq!(waits(&some, "/slow").await, second);
    assert_eq!(waits(&some, "/").await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn waits_no_longer_than_the_limit() {
    let longest = Delay::new(Duration::MAX);
    assert_eq!(waits(&longest, "/").await, Duration::from_secs(60));
    let limit = Duration::from_secs(5);
    assert_eq!(waits(&longest.at_most(limit), "/").await, limit);
}

#[test]
fn no_time_needs_no_runtime() {
    let mut head = Request::new(()).into_parts().0;
    let decision = Delay::new(Duration::ZERO).decide(&mut head);
    assert!(matches!(decision, Decision::Pass));
}
