use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::{server::Server, *};
use crate::store::{Allowance, Ledger, Rate, RateStore, Reserved, StoreError};

const HOUR: Duration = Duration::from_secs(3600);

/// Fault L30 (part): where the store is down at the start, each question is answered at once; when it comes it is asked, without a restart.
#[tokio::test]
async fn a_redis_that_is_not_there_yet_is_away() {
    let Some(mut server) = Server::stopped(&[]) else {
        return;
    };
    let redis = away(&server);
    let rates = [Rate::per_hour(10)];
    assert_eq!(
        now(redis.take("a", &rates, 1)).unwrap_err(),
        StoreError::Away
    );
    tokio::spawn(redis.maintain());
    sleep(Duration::from_millis(100)).await;
    assert_eq!(
        now(redis.take("a", &rates, 1)).unwrap_err(),
        StoreError::Away
    );
    assert!(!redis.standing().is_present);
    server.restart();
    timeout(SOON, redis.present()).await.unwrap();
    assert!(soon(redis.take("a", &rates, 1)).await.unwrap().allowed);
    assert!(redis.standing().is_present);
}

/// Fault L29: a store that goes away is away at once, and is asked again when it is back; what was to be written in between is written then.
#[tokio::test]
async fn a_redis_that_is_restarted_is_found_again() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let redis = gateway(&server).await;
    let (rates, allowance) = ([Rate::per_hour(10)], Allowance::new(100, HOUR));
    let Reserved::Granted(lost) = soon(redis.reserve("a", 50, allowance)).await.unwrap() else {
        panic!("it is empty");
    };
    server.stop();
    until(|| !redis.standing().is_present).await;
    let begun = Instant::now();
    for _ in 0..1000 {
        assert_eq!(
            now(redis.take("a", &rates, 1)).unwrap_err(),
            StoreError::Away
        );
    }
    assert!(begun.elapsed() < DEADLINE, "{:?}", begun.elapsed());
    // The server will not know it any more.
    redis.settle(lost, 20);
    redis.charge_spending("a", 7, allowance);
    assert_eq!(redis.standing().owed, 2);
    server.restart();
    timeout(SOON, redis.settled()).await.unwrap();
    let spent: u64 = server.ask(&["HGET", "test:spent:{a}", "spent"]);
    assert_eq!(spent, 7);
    assert!(soon(redis.take("a", &rates, 1)).await.unwrap().allowed);
    assert_eq!(redis.standing().lost, 0);
}

/// Fault L29: a store that is silent costs each request its deadline and no more, then nothing; requests do not wait for each other.
#[tokio::test]
async fn a_redis_that_is_silent_is_given_up() {
    let Some(server) = Server::start() else {
        return;
    };
    let redis = gateway(&server).await;
    let rates = [Rate::per_hour(1000)];
    server.suspend();
    let begun = Instant::now();
    let asked = (0..100).map(|_| soon(redis.take("a", &rates, 1)));
    let words = join_all(asked).await;
    let took = begun.elapsed();
    let late = |word: &&_| **word == Err(StoreError::Late);
    assert!(words.iter().filter(late).count() >= 3);
    // Those behind the third need not wait to their own end.
    assert!(words.iter().all(Result::is_err), "{words:?}");
    assert!(took >= DEADLINE && took < DEADLINE * 3, "{took:?}");
    assert_eq!(
        now(redis.take("a", &rates, 1)).unwrap_err(),
        StoreError::Away
    );
    assert!(!redis.standing().is_present);
    server.resume();
    timeout(SOON, redis.present()).await.unwrap();
    assert!(soon(redis.take("a", &rates, 1)).await.unwrap().allowed);
}

#[tokio::test]
async fn one_late_answer_ends_nothing() {
    let Some(server) = Server::start() else {
        return;
    };
    let redis = gateway(&server).await;
    let rates = [Rate::per_hour(1000)];
    for _ in 0..5 {
        server.suspend();
        let late = soon(redis.take("a", &rates, 1)).await;
        assert_eq!(late.unwrap_err(), StoreError::Late);
        server.resume();
        assert!(soon(redis.take("a", &rates, 1)).await.is_ok());
    }
    assert!(redis.standing().is_present);
}

#[tokio::test]
async fn what_is_owed_is_bounded() {
    let Some(server) = Server::stopped(&[]) else {
        return;
    };
    let redis = away(&server);
    for _ in 0..10_005 {
        RateStore::charge(&redis, "a", &[Rate::per_hour(1)], 1);
    }
    let standing = redis.standing();
    assert_eq!((standing.owed, standing.lost), (10_000, 5));
}

#[tokio::test]
async fn who_stops_maintaining_is_away() {
    let Some(server) = Server::start() else {
        return;
    };
    let redis = away(&server);
    for _ in 0..2 {
        let maintaining = tokio::spawn(redis.maintain());
        timeout(SOON, redis.present()).await.unwrap();
        maintaining.abort();
        until(|| !redis.standing().is_present).await;
        let word = now(redis.take("a", &[Rate::per_hour(1)], 1));
        assert_eq!(word.unwrap_err(), StoreError::Away);
    }
}

impl Redis {
    fn charge_spending(&self, key: &str, spent: u64, allowance: Allowance) {
        Ledger::charge(self, key, spent, allowance);
    }
}
