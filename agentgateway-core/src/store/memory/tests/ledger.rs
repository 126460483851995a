use std::{sync::Arc, thread, time::Duration};

use tokio::time::advance;

use super::now;
use crate::store::*;

const MINUTE: Duration = Duration::from_secs(60);

fn reserve(
    ledger: &MemoryLedger,
    key: &str,
    amount: u64,
    allowance: Allowance,
) -> Result<Reservation, Duration> {
    match now(ledger.reserve(key, amount, allowance)).unwrap() {
        Reserved::Granted(reservation) => Ok(reservation),
        Reserved::Exhausted { retry_after } => Err(retry_after),
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_spent_takes_the_place_of_what_was_reserved() {
    let (ledger, allowance) = (MemoryLedger::new(), Allowance::new(100, MINUTE));
    let first = reserve(&ledger, "a", 60, allowance).unwrap();
    advance(MINUTE / 4).await;
    assert_eq!(
        reserve(&ledger, "a", 60, allowance).unwrap_err(),
        MINUTE * 3 / 4
    );
    ledger.settle(first, 10);
    assert_eq!(ledger.spent("a"), 10);
    let second = reserve(&ledger, "a", 90, allowance).unwrap();
    ledger.settle(second, 500);
    assert_eq!(ledger.spent("a"), 510);
    assert!(reserve(&ledger, "a", 1, allowance).is_err());
    assert!(reserve(&ledger, "b", 100, allowance).is_ok());
    advance(MINUTE).await;
    assert_eq!(ledger.spent("a"), 0);
    assert!(reserve(&ledger, "a", 100, allowance).is_ok());
}

/// Fault O11: a budget's window ends by the monotonic clock, whatever the wall clock does meanwhile.
#[tokio::test(start_paused = true)]
async fn a_settlement_belongs_to_its_window() {
    let (ledger, allowance) = (MemoryLedger::new(), Allowance::new(100, MINUTE));
    let late = reserve(&ledger, "a", 50, allowance).unwrap();
    advance(MINUTE).await;
    let _next = reserve(&ledger, "a", 70, allowance).unwrap();
    ledger.settle(late, 100);
    assert_eq!(ledger.spent("a"), 70);
    ledger.charge("a", 20, allowance);
    assert_eq!(ledger.spent("a"), 90);
}

#[tokio::test(start_paused = true)]
async fn amounts_do_not_overflow() {
    let ledger = MemoryLedger::new();
    let allowance = Allowance::new(u64::MAX, Duration::MAX);
    let reservation = reserve(&ledger, "a", u64::MAX, allowance).unwrap();
    assert_eq!(reservation.amount(), MAX_AMOUNT);
    ledger.settle(reservation, u64::MAX);
    ledger.charge("a", u64::MAX, allowance);
    assert!(reserve(&ledger, "a", 1, allowance).is_err());
}

#[test]
fn parallel_reservations_never_exceed_the_limit() {
    let (ledger, allowance) = (Arc::new(MemoryLedger::new()), Allowance::new(100, MINUTE));
    let threads = (0..10).map(|_| {
        let ledger = Arc::clone(&ledger);
        thread::spawn(move || {
            let asked = (0..100).map(|_| reserve(&ledger, "a", 1, allowance));
            asked.filter(Result::is_ok).count()
        })
    });
    let threads: Vec<_> = threads.collect();
    let granted: usize = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .sum();
    assert_eq!(granted, 100);
}

/// New keys are refused where all windows are open, and what is spent is never forgotten.
#[tokio::test(start_paused = true)]
async fn a_full_ledger_takes_new_keys_when_a_window_is_over() {
    let (ledger, allowance) = (MemoryLedger::with_max_keys(4), Allowance::new(10, MINUTE));
    for key in ["a", "b", "c"] {
        let _reservation = reserve(&ledger, key, 10, allowance).unwrap();
    }
    advance(MINUTE / 2).await;
    let _reservation = reserve(&ledger, "d", 10, allowance).unwrap();
    let refused = now(ledger.reserve("e", 1, allowance));
    assert_eq!(refused.unwrap_err(), StoreError::Full);
    assert!(reserve(&ledger, "a", 1, allowance).is_err(), "it is known");
    advance(MINUTE / 2).await;
    assert!(reserve(&ledger, "e", 10, allowance).is_ok());
    assert!(
        reserve(&ledger, "d", 1, allowance).is_err(),
        "its window is open"
    );
}
