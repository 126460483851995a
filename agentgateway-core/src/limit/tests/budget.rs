use std::{
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use tokio::time::advance;
use tokio_test::assert_ready_err;

use super::support::*;
use crate::{
    body::End,
    context::{Meter, Used},
    error::{Error, ErrorKind},
    limit::{budget::Budget, rate::RateLimit, *},
    policy::{Decision, FailureMode, Policy},
    store::*,
};

const DAY: Duration = Duration::from_secs(86_400);
const KEY: &str = "daily/api_key 0  alice";

/// A budget of tokens for each caller.
fn daily(limit: u64) -> (Budget, Arc<Counted>) {
    let ledger = Arc::new(Counted::default());
    let budget = Budget::new("daily", Key::principal(), Allowance::new(limit, DAY));
    (budget.ledger(ledger.clone()), ledger)
}

#[tokio::test(start_paused = true)]
async fn what_was_used_takes_the_place_of_what_was_reserved() {
    let (budget, ledger) = daily(1000);
    let mut rig = Rig::new(budget);
    let (_sender, mut response) = rig.answered(call(400, 200), 200);
    assert_eq!(
        ledger.ledger.spent(KEY),
        500,
        "100 of input, twice 200 of output"
    );
    let claim = Meter::claim(response.extensions_mut()).unwrap();
    drop(response);
    assert_eq!(ledger.ledger.spent(KEY), 500, "who claimed has not spoken");
    claim.settle(&Used::tokens(90, 20), End::Complete);
    assert_eq!(ledger.ledger.spent(KEY), 110);
    assert_eq!(ledger.settled.load(SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_is_used_up_says_when_it_is_not() {
    let (budget, ledger) = daily(1000);
    let mut rig = Rig::new(budget);
    drop(rig.answered(call(4000, 0), 200));
    assert_eq!(ledger.ledger.spent(KEY), 1000, "nobody said what was used");
    advance(DAY / 4).await;
    let refused = rig.refused(of("alice"));
    assert_eq!(refused.kind(), ErrorKind::RateLimited);
    assert_eq!(refused.retry_after(), Some(DAY * 3 / 4));
    assert_eq!(refused.decided_by().map(|by| &**by), Some("daily"));
    assert!(!refused.message().contains("alice"));
    drop(rig.answered(of("bob"), 200));
    advance(DAY).await;
    drop(rig.answered(of("alice"), 200));
}

#[tokio::test(start_paused = true)]
async fn what_the_service_did_not_do_is_given_back() {
    let (budget, ledger) = daily(1000);
    let mut rig = Rig::new(budget);
    for status in [400, 429, 500] {
        drop(rig.answered(call(400, 200), status));
        assert_eq!(ledger.ledger.spent(KEY), 0, "after {status}");
    }
    for (kind, spent) in [
        (ErrorKind::Unavailable, 0),
        (ErrorKind::Overloaded, 0),
        (ErrorKind::Timeout, 500),
    ] {
        let mut call = rig.call(call(400, 200));
        rig.next().send_error(Error::new(kind, "no"));
        assert_ready_err!(call.poll());
        assert_eq!(ledger.ledger.spent(KEY), spent, "after {kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_later_policy_refuses_is_given_back() {
    let (budget, ledger) = daily(1000);
    let closed = RateLimit::new("closed", Key::everybody(), [Rate::per_hour(0)]);
    let mut rig = Rig::all([Arc::new(budget) as Arc<dyn Policy>, Arc::new(closed)]);
    rig.refused(call(400, 200));
    assert_eq!(ledger.ledger.spent(KEY), 0);
    assert_eq!(ledger.settled.load(SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_before_the_answer_has_spent_what_was_reserved() {
    let (budget, ledger) = daily(1000);
    let mut rig = Rig::new(budget);
    let waits = rig.call(call(400, 200));
    drop(waits);
    assert_eq!(ledger.ledger.spent(KEY), 500);
}

#[tokio::test(start_paused = true)]
async fn what_counts_is_the_applications_choice() {
    let (budget, ledger) = daily(1000);
    // Output alone, at three each.
    let output = |used: &Used| used.output_tokens.map(|tokens| tokens * 3);
    let mut rig = Rig::new(budget.reserve(|_| 600).measure(output));
    for (used, spent) in [(Used::tokens(7, 10), 30), (Used::tokens(7, None), 630)] {
        let (_sender, mut response) = rig.answered(of("alice"), 200);
        let claim = Meter::claim(response.extensions_mut()).unwrap();
        claim.settle(&used, End::Complete);
        assert_eq!(ledger.ledger.spent(KEY), spent);
    }
}

#[test]
fn a_thousand_parallel_calls_never_exceed_the_budget() {
    let (budget, ledger) = daily(100);
    let threads = (0..8).map(|_| {
        let budget = budget.clone();
        std::thread::spawn(move || {
            let decided = (0..125).map(|_| {
                let (mut head, ()) = of("alice").into_parts();
                budget.decide(&mut head)
            });
            let passed = decided.filter(|decision| matches!(decision, Decision::Follow(_)));
            passed.collect::<Vec<_>>()
        })
    });
    let threads: Vec<_> = threads.collect();
    let passed: Vec<_> = threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap())
        .collect();
    assert!((95..=100).contains(&passed.len()), "{}", passed.len());
    assert_eq!(ledger.ledger.spent(KEY), passed.len() as u64);
    // Each was decided and none was called.
    drop(passed);
    assert_eq!(ledger.ledger.spent(KEY), 0);
}

/// Fault L29 (part): a ledger without a word refuses with 503, or lets through what is counted in the end.
#[tokio::test(start_paused = true)]
async fn a_ledger_without_a_word_is_answered_for_as_the_mode_says() {
    for soon in [false, true] {
        let away = Arc::new(Away { soon });
        let budget = Budget::new("daily", Key::everybody(), Allowance::new(0, DAY)).ledger(away);
        let mut rig = Rig::new(budget.clone());
        let refused = rig.refused(of("alice"));
        assert_eq!(refused.kind(), ErrorKind::Overloaded);
        let mut rig = Rig::new(budget.failure_mode(FailureMode::Open));
        drop(rig.answered(of("alice"), 200));
    }
}

#[tokio::test(start_paused = true)]
async fn what_passed_without_a_reservation_is_counted_in_the_end() {
    struct Forgetful(Counted);
    impl Ledger for Forgetful {
        fn reserve(&self, _: &str, _: u64, _: Allowance) -> Later<Result<Reserved, StoreError>> {
            Later::Now(Err(StoreError::Away))
        }
        fn settle(&self, _: Reservation, _: u64) {
            panic!("nothing was reserved");
        }
        fn charge(&self, key: &str, spent: u64, allowance: Allowance) {
            self.0.charge(key, spent, allowance);
        }
    }
    let ledger = Arc::new(Forgetful(Counted::default()));
    let budget = Budget::new("daily", Key::everybody(), Allowance::new(10, DAY))
        .ledger(ledger.clone())
        .failure_mode(FailureMode::Open);
    let mut rig = Rig::new(budget);
    let (_sender, mut response) = rig.answered(of("alice"), 200);
    let claim = Meter::claim(response.extensions_mut()).unwrap();
    claim.settle(&Used::tokens(90, 20), End::Complete);
    drop(rig.answered(call(400, 200), 200));
    drop(rig.answered(call(400, 200), 500));
    assert_eq!(*ledger.0.charged.lock().unwrap(), [110, 500]);
}
