use std::time::Duration;

use proptest::prelude::*;
use tokio::time::{Instant, advance};

use super::now;
use crate::store::{MemoryRates, Rate, RateStore, Taken};

const SECOND: Duration = Duration::from_secs(1);

fn take(store: &MemoryRates, key: &str, rates: &[Rate], permits: u64) -> Taken {
    now(store.take(key, rates, permits)).unwrap()
}

/// Fault O11: a rate's bucket is refilled by the monotonic clock, whatever the wall clock does meanwhile.
#[tokio::test(start_paused = true)]
async fn a_bucket_gives_its_burst_and_then_its_rate() {
    let (store, rates) = (MemoryRates::new(), [Rate::per_second(10).burst(3)]);
    for remaining in [2, 1, 0] {
        let taken = take(&store, "a", &rates, 1);
        assert_eq!((taken.allowed, taken.remaining), (true, remaining));
        assert_eq!(taken.retry_after, Duration::ZERO);
    }
    let refused = take(&store, "a", &rates, 1);
    assert!(!refused.allowed);
    assert_eq!(refused.retry_after, SECOND / 10);
    assert_eq!(refused.full_after, SECOND * 3 / 10);
    advance(SECOND / 10).await;
    assert!(take(&store, "a", &rates, 1).allowed);
    assert!(!take(&store, "a", &rates, 1).allowed);
    advance(SECOND * 60).await;
    assert_eq!(
        take(&store, "a", &rates, 0).remaining,
        3,
        "no more than it holds"
    );
}

#[tokio::test(start_paused = true)]
async fn all_rates_give_or_none_does() {
    let (minute, hour) = (Rate::per_minute(60).burst(2), Rate::per_hour(3));
    let (store, rates) = (MemoryRates::new(), [minute, hour]);
    assert!(take(&store, "a", &rates, 2).allowed);
    let refused = take(&store, "a", &rates, 2);
    assert!(!refused.allowed);
    assert_eq!(refused.rate, 1, "the hour makes wait longest");
    assert_eq!(refused.retry_after, SECOND * 1200);
    advance(SECOND * 2).await;
    // The hour has one left: nothing was taken from it.
    let taken = take(&store, "a", &rates, 1);
    assert_eq!((taken.allowed, taken.rate, taken.remaining), (true, 1, 0));
    assert_eq!(take(&store, "a", &[minute], 0).remaining, 1);
}

#[tokio::test(start_paused = true)]
async fn keys_do_not_share_and_a_changed_rate_begins_anew() {
    let (store, rates) = (MemoryRates::new(), [Rate::per_hour(1), Rate::per_hour(2)]);
    assert!(take(&store, "a", &rates, 1).allowed);
    assert!(!take(&store, "a", &rates, 1).allowed);
    assert!(take(&store, "b", &rates, 1).allowed);
    let changed = [Rate::per_hour(2), Rate::per_hour(5)];
    let taken = take(&store, "a", &changed, 1);
    assert_eq!(
        (taken.allowed, taken.remaining),
        (true, 0),
        "it knows the second"
    );
    assert!(!take(&store, "a", &changed, 1).allowed);
}

#[tokio::test(start_paused = true)]
async fn what_is_charged_goes_into_debt_and_is_paid_by_time() {
    let (store, rates) = (MemoryRates::new(), [Rate::per_second(10)]);
    assert!(take(&store, "a", &rates, 0).allowed);
    store.charge("a", &rates, 35);
    let refused = take(&store, "a", &rates, 0);
    assert!(!refused.allowed);
    assert_eq!(refused.remaining, 0);
    assert_eq!(refused.retry_after, SECOND * 26 / 10);
    advance(SECOND * 26 / 10).await;
    assert!(take(&store, "a", &rates, 0).allowed);
}

/// Fault L13 (part): a count that is absurd shuts its key out for a day at most.
#[tokio::test(start_paused = true)]
async fn a_debt_is_never_longer_than_a_day() {
    let store = MemoryRates::new();
    for rates in [[Rate::per_second(10)], [Rate::per_hour(1000)]] {
        for _ in 0..3 {
            store.charge("a", &rates, u64::MAX);
        }
        let wait = take(&store, "a", &rates, 0).retry_after;
        let day = SECOND * 86_400;
        assert!(wait >= day && wait < day + SECOND * 4, "{wait:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rate_of_nothing_gives_nothing() {
    let (store, rates) = (MemoryRates::new(), [Rate::per_second(0)]);
    let refused = take(&store, "a", &rates, 1);
    assert!(!refused.allowed);
    assert_eq!(refused.retry_after, SECOND);
    let zero = Rate::new(5, Duration::ZERO);
    assert_eq!(zero.period(), Duration::from_millis(1));
}

/// A peer that brings ever new keys costs no more memory, and who goes on calling keeps its bucket.
#[tokio::test(start_paused = true)]
async fn keys_are_bounded_and_those_in_use_are_kept() {
    let (store, rates) = (MemoryRates::with_max_keys(128), [Rate::per_hour(100)]);
    for number in 0..10_000 {
        take(&store, &format!("new {number}"), &rates, 1);
        if number % 8 == 0 {
            take(&store, "steady", &rates, 1);
        }
        assert!(store.len() <= 128 + 2);
    }
    assert!(!take(&store, "steady", &rates, 1).allowed);
}

proptest! {
    /// Whatever is asked and whenever: a bucket gives no more than its burst and its rate, and what
    /// it says of waiting is true.
    #[test]
    fn no_more_is_given_than_the_rate_says(
        permits in 1_u64..1000,
        period in 1_u64..100_000,
        burst in 1_u64..50,
        asked in prop::collection::vec((0_u64..20_000, 1_u64..5), 1..100),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let rates = [Rate::new(permits, Duration::from_millis(period)).burst(burst)];
        runtime.block_on(async {
            let (store, begun, mut given) = (MemoryRates::new(), Instant::now(), 0);
            for (pause, permits_asked) in asked {
                advance(Duration::from_millis(pause)).await;
                let taken = take(&store, "a", &rates, permits_asked);
                if taken.allowed {
                    given += permits_asked;
                } else if permits_asked <= burst {
                    advance(taken.retry_after + Duration::from_micros(1)).await;
                    assert!(take(&store, "a", &rates, permits_asked).allowed);
                    given += permits_asked;
                }
                let share = begun.elapsed().as_secs_f64() * 1e3 / period as f64;
                let most = burst as f64 + permits as f64 * share + 0.001;
                assert!(given as f64 <= most, "{given} of {most}");
            }
        });
    }
}
