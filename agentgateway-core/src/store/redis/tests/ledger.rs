use std::time::Duration;

use futures_util::future::join_all;
use tokio_test::{assert_pending, task};

use super::{super::owed::Debt, server::Server, *};
use crate::store::{Allowance, Ledger, MAX_AMOUNT, Reservation, Reserved};

const HOUR: Duration = Duration::from_secs(3600);
const KEY: &str = "test:spent:{alice}";

async fn reserve(
    redis: &Redis,
    amount: u64,
    allowance: Allowance,
) -> Result<Reservation, Duration> {
    match soon(redis.reserve("alice", amount, allowance))
        .await
        .unwrap()
    {
        Reserved::Granted(reservation) => Ok(reservation),
        Reserved::Exhausted { retry_after } => Err(retry_after),
    }
}

fn spent(server: &Server) -> u64 {
    server.ask(&["HGET", KEY, "spent"])
}

#[tokio::test]
async fn two_gateways_share_a_budget() {
    let Some(server) = Server::start() else {
        return;
    };
    let (one, two) = (gateway(&server).await, gateway(&server).await);
    let allowance = Allowance::new(100, HOUR);
    let asked = (0..1000).map(|number| {
        let redis = if number % 2 == 0 { &one } else { &two };
        reserve(redis, 1, allowance)
    });
    let reserved = join_all(asked).await;
    let granted: Vec<_> = reserved.into_iter().filter_map(Result::ok).collect();
    assert!((95..=100).contains(&granted.len()), "{}", granted.len());
    assert_eq!(spent(&server), granted.len() as u64);
    let wait = reserve(&one, 1, allowance).await.unwrap_err();
    assert!(wait > HOUR - SOON && wait <= HOUR, "{wait:?}");
    let count = granted.len() as u64;
    for reservation in granted {
        one.settle(reservation, 2);
    }
    one.settled().await;
    assert_eq!(spent(&server), count * 2);
    // Nothing is left of the reservations.
    let fields: u64 = server.ask(&["HLEN", KEY]);
    assert_eq!(fields, 1);
}

#[tokio::test]
async fn a_settlement_that_is_written_twice_counts_once() {
    let Some(server) = Server::start() else {
        return;
    };
    let redis = gateway(&server).await;
    let allowance = Allowance::new(100, HOUR);
    let reservation = reserve(&redis, 60, allowance).await.unwrap();
    redis.charge("alice", 100, allowance);
    for _ in 0..3 {
        redis.0.owed.push(Debt::Reservation {
            key: KEY.to_owned(),
            id: reservation.id(),
            spent: 10,
        });
        redis.settled().await;
        assert_eq!(spent(&server), 110);
    }
    redis.charge("alice", u64::MAX, allowance);
    redis.charge("alice", u64::MAX, allowance);
    redis.settled().await;
    assert_eq!(spent(&server), MAX_AMOUNT);
    assert_eq!(redis.standing().lost, 0);
}

#[tokio::test]
async fn a_window_that_is_over_is_forgotten() {
    let Some(server) = Server::start() else {
        return;
    };
    let redis = gateway(&server).await;
    let allowance = Allowance::new(10, Duration::from_millis(300));
    let late = reserve(&redis, 10, allowance).await.unwrap();
    let wait = reserve(&redis, 1, allowance).await.unwrap_err();
    assert!(wait <= Duration::from_millis(300));
    sleep(wait + Duration::from_millis(5)).await;
    let next = reserve(&redis, 4, allowance).await.unwrap();
    redis.settle(late, 10);
    redis.settled().await;
    assert_eq!(spent(&server), 4, "it belongs to the window before");
    redis.settle(next, 3);
    redis.charge("bob", 7, allowance);
    redis.settled().await;
    for key in [KEY, "test:spent:{bob}"] {
        let left: i64 = server.ask(&["PTTL", key]);
        assert!((1..=300).contains(&left), "{key}: {left}");
    }
}

/// Fault L14 (part): a client that leaves while its reservation is asked for has reserved nothing.
#[tokio::test]
async fn a_reservation_that_nobody_waits_for_is_given_back() {
    let Some(server) = Server::start() else {
        return;
    };
    let redis = gateway(&server).await;
    let allowance = Allowance::new(100, HOUR);
    let held = reserve(&redis, 30, allowance).await.unwrap();
    server.suspend();
    let mut asking = task::spawn(soon(redis.reserve("alice", 50, allowance)));
    assert_pending!(asking.poll());
    // The question is on its way.
    tokio::task::yield_now().await;
    assert_pending!(asking.poll());
    drop(asking);
    server.resume();
    timeout(SOON, redis.settled()).await.unwrap();
    assert_eq!(spent(&server), 30);
    redis.settle(held, 0);
    redis.settled().await;
    assert_eq!(spent(&server), 0);
}
