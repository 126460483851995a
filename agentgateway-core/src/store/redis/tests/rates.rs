use std::{cell::Cell, time::Duration};

use futures_util::future::join_all;
use proptest::{prelude::*, test_runner::TestRunner};

use super::{server::Server, *};
use crate::store::{MemoryRates, Rate, RateStore, Taken};

const HOUR: Duration = Duration::from_secs(3600);

async fn take(redis: &Redis, key: &str, rates: &[Rate], permits: u64) -> Taken {
    soon(redis.take(key, rates, permits)).await.unwrap()
}

#[tokio::test]
async fn two_gateways_share_a_rate() {
    let Some(server) = Server::start() else {
        return;
    };
    let (one, two) = (gateway(&server).await, gateway(&server).await);
    let rates = [Rate::per_hour(30), Rate::per_minute(1000)];
    let asked = (0..100).map(|number| {
        let redis = if number % 2 == 0 { &one } else { &two };
        take(redis, "alice", &rates, 1)
    });
    let taken = join_all(asked).await;
    let allowed = taken.iter().filter(|taken| taken.allowed).count();
    assert_eq!(allowed, 30);
    let refused = take(&two, "alice", &rates, 1).await;
    assert_eq!(
        (refused.allowed, refused.rate, refused.remaining),
        (false, 0, 0)
    );
    let wait = refused.retry_after;
    assert!(wait > HOUR / 30 - SOON && wait <= HOUR / 30, "{wait:?}");
    assert!(refused.full_after > HOUR - SOON && refused.full_after <= HOUR);
    assert!(take(&one, "bob", &rates, 1).await.allowed);
}

#[tokio::test]
async fn what_one_gateway_charges_the_other_waits_for() {
    let Some(server) = Server::start() else {
        return;
    };
    let (one, two) = (gateway(&server).await, gateway(&server).await);
    let rates = [Rate::per_hour(100)];
    assert!(take(&two, "alice", &rates, 0).await.allowed);
    one.charge("alice", &rates, 250);
    one.settled().await;
    let refused = take(&two, "alice", &rates, 0).await;
    assert!(!refused.allowed);
    assert!(refused.retry_after > HOUR, "{refused:?}");
    one.charge("bob", &rates, u64::MAX);
    one.settled().await;
    let wait = take(&two, "bob", &rates, 0).await.retry_after;
    assert!(wait <= HOUR * 25, "{wait:?}");
    assert_eq!(one.standing().lost, 0);
}

#[tokio::test]
async fn a_bucket_fills_and_is_forgotten_when_it_is_full() {
    let Some(server) = Server::start() else {
        return;
    };
    let redis = gateway(&server).await;
    let rates = [Rate::per_second(20).burst(1)];
    assert!(take(&redis, "alice", &rates, 1).await.allowed);
    let refused = take(&redis, "alice", &rates, 1).await;
    assert!(refused.retry_after <= Duration::from_millis(50));
    sleep(refused.retry_after).await;
    assert!(take(&redis, "alice", &rates, 1).await.allowed);
    let keys: Vec<String> = server.ask(&["KEYS", "*"]);
    assert_eq!(keys, ["test:rate:{alice}"]);
    let left: i64 = server.ask(&["PTTL", "test:rate:{alice}"]);
    assert!((500..=1100).contains(&left), "{left}");
}

#[tokio::test]
async fn a_clock_that_is_set_back_stops_nothing() {
    let Some(server) = Server::start() else {
        return;
    };
    let redis = gateway(&server).await;
    let rates = [Rate::per_second(20)];
    take(&redis, "alice", &rates, 20).await;
    // As it would be if the clock had been an hour ahead.
    let key = "test:rate:{alice}";
    let field = "20/1000000/20";
    let now: (u64, u64) = server.ask(&["TIME"]);
    let ahead = format!("0 {}", (now.0 + 3600) * 1_000_000);
    let _: i64 = server.ask(&["HSET", key, field, &ahead]);
    let refused = take(&redis, "alice", &rates, 1).await;
    assert!(!refused.allowed);
    sleep(refused.retry_after).await;
    assert!(take(&redis, "alice", &rates, 1).await.allowed);
}

#[tokio::test]
async fn scripts_that_the_server_forgot_are_loaded_again() {
    let Some(server) = Server::start() else {
        return;
    };
    let redis = gateway(&server).await;
    let rates = [Rate::per_hour(10)];
    for remaining in (7..10).rev() {
        let () = server.ask(&["SCRIPT", "FLUSH"]);
        assert_eq!(take(&redis, "alice", &rates, 1).await.remaining, remaining);
    }
}

/// The script does the same sums as the memory.
#[test]
fn redis_and_memory_agree() {
    let Some(server) = Server::start() else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let redis = runtime.block_on(gateway(&server));
    // So slow that no permit comes while this runs.
    let rate = (0_u64..20, 1_u64..30)
        .prop_map(|(permits, burst)| Rate::new(permits, HOUR * 24 * 365).burst(burst));
    let rates = prop::collection::vec(rate, 1..4);
    let steps = prop::collection::vec((0_u64..8, any::<bool>()), 1..20);
    let number = Cell::new(0);
    // Two rates may be as near their end as each other, but for the time between two questions.
    let (same, other) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(ProptestConfig::with_cases(100));
    let ran = runner.run(&(rates, steps), |(mut rates, steps)| {
        rates.dedup();
        number.set(number.get() + 1);
        let (memory, key) = (MemoryRates::new(), format!("key {}", number.get()));
        for (permits, charges) in steps {
            if charges {
                memory.charge(&key, &rates, permits);
                redis.charge(&key, &rates, permits);
                runtime.block_on(redis.settled());
                continue;
            }
            let here = now(memory.take(&key, &rates, permits)).unwrap();
            let there = runtime.block_on(take(&redis, &key, &rates, permits));
            prop_assert_eq!(here.allowed, there.allowed);
            if here.rate == there.rate {
                same.set(same.get() + 1);
                prop_assert_eq!(here.remaining, there.remaining);
            } else {
                other.set(other.get() + 1);
            }
            let difference = here.retry_after.abs_diff(there.retry_after);
            prop_assert!(difference < SOON, "{:?} and {:?}", here, there);
        }
        Ok(())
    });
    ran.unwrap();
    assert!(other.get() * 20 < same.get(), "{other:?} of {same:?}");
}
