//! What ejects, besides failures in a row and the rate.

use super::support::*;
use crate::balance::*;

fn with(ejection: Ejection) -> (Balancer<()>, Clock) {
    let clock = Clock::default();
    let ejection = ejection.max_share(1.0);
    let balancer = builder(&clock, 3)
        .ejection(ejection)
        .build(members(["a", "b"]));
    (balancer, clock)
}

/// None of the usual signals.
fn quiet() -> Ejection {
    Ejection::new().consecutive_failures(0).success_rate(0.0)
}

const OVERLOADED: Outcome = Outcome::Overloaded { retry_after: None };

fn asks_for(seconds: u64) -> Outcome {
    Outcome::Overloaded {
        retry_after: Some(secs(seconds)),
    }
}

fn is_out(balancer: &Balancer<()>) -> bool {
    health(balancer, "a") != Health::Healthy
}

#[test]
fn each_signal_can_be_off() {
    let (balancer, _) = with(quiet());
    for outcome in [Outcome::Failure, OVERLOADED].repeat(100) {
        tell(&balancer, "a", outcome);
    }
    assert!(!is_out(&balancer));
}

#[test]
fn one_failure_may_be_enough() {
    let (balancer, _) = with(quiet().consecutive_failures(1));
    tell(&balancer, "a", OVERLOADED);
    assert!(!is_out(&balancer), "an overload is no failure");
    tell(&balancer, "a", Outcome::Failure);
    assert!(is_out(&balancer));
}

#[test]
fn a_low_score_of_health_ejects_and_a_success_puts_it_off() {
    // 1, 0.7, 0.49: the second failure is below a half.
    let (balancer, _) = with(quiet().health_threshold(0.5));
    tell(&balancer, "a", Outcome::Failure);
    assert!(!is_out(&balancer));
    // 0.79, then 0.553: a success has put it off.
    tell(&balancer, "a", Outcome::Success);
    tell(&balancer, "a", OVERLOADED);
    assert!(!is_out(&balancer));
    // 0.387.
    tell(&balancer, "a", Outcome::Failure);
    assert!(is_out(&balancer));
}

#[test]
fn a_success_never_ejects_however_low_the_score() {
    let (balancer, _) = with(quiet().health_threshold(1.0));
    tell(&balancer, "a", Outcome::Success);
    assert!(!is_out(&balancer));
    tell(&balancer, "a", Outcome::Failure);
    assert!(is_out(&balancer));
}

#[test]
fn an_endpoint_comes_back_with_the_score_that_it_is_given() {
    for (restored, failures) in [(None, 1), (Some(1.0), 2), (Some(0.0), 1)] {
        let mut ejection = quiet().health_threshold(0.5);
        if let Some(score) = restored {
            ejection = ejection.restored_health(score);
        }
        let (balancer, clock) = with(ejection);
        tell(&balancer, "a", Outcome::Failure);
        tell(&balancer, "a", Outcome::Failure);
        clock.advance(secs(1));
        let mut probe = balancer.pick().unwrap();
        assert!(probe.is_probe());
        probe.settle(Outcome::Success);
        drop(probe);
        for _ in 0..failures {
            assert!(!is_out(&balancer), "{restored:?}");
            tell(&balancer, "a", Outcome::Failure);
        }
        assert!(is_out(&balancer), "{restored:?}");
    }
}

#[test]
fn the_first_failure_after_a_probes_head_ejects_whatever_the_signals() {
    let (balancer, clock) = with(quiet().health_threshold(0.8));
    tell(&balancer, "a", Outcome::Failure);
    clock.advance(secs(1));
    let mut probe = balancer.pick().unwrap();
    probe.answered();
    assert!(!is_out(&balancer));
    tell(&balancer, "a", OVERLOADED);
    assert!(is_out(&balancer), "the score is low still");

    let (balancer, clock) = with(quiet().consecutive_failures(3));
    eject_after(&balancer, 3);
    clock.advance(secs(1));
    balancer.pick().unwrap().answered();
    tell(&balancer, "a", Outcome::Failure);
    assert!(is_out(&balancer));
}

fn eject_after(balancer: &Balancer<()>, failures: u32) {
    for _ in 0..failures {
        assert!(!is_out(balancer));
        tell(balancer, "a", Outcome::Failure);
    }
    assert!(is_out(balancer));
}

#[test]
fn ejections_may_grow_by_their_base() {
    let ejection = quiet()
        .consecutive_failures(1)
        .linear_time(secs(3), secs(10));
    let (balancer, clock) = with(ejection);
    tell(&balancer, "a", Outcome::Failure);
    for seconds in [3, 6, 9, 10, 10] {
        assert_eq!(health(&balancer, "a"), Health::Ejected(secs(seconds)));
        clock.advance(secs(seconds));
        balancer.pick().unwrap().settle(Outcome::Failure);
    }
}

/// Fault L20: an endpoint that is told 429, 503 or 529 is left alone as long as it asks, or as is usual, while others take the requests; then one request probes it.
#[test]
fn an_endpoint_that_wants_to_be_left_alone_cools_down() {
    for (outcome, seconds) in [(asks_for(20), 20), (OVERLOADED, 7), (asks_for(3_000), 60)] {
        let (balancer, clock) = with(quiet().cooldown(secs(7)));
        tell(&balancer, "a", outcome);
        assert_eq!(health(&balancer, "a"), Health::Ejected(secs(seconds)));
        let tried = Tried::new();
        let criteria = Criteria::new().tried(&tried);
        for _ in 0..20 {
            assert_eq!(&**balancer.pick().unwrap().key(), "b");
        }
        assert_eq!(&**balancer.pick_for(&criteria).unwrap().key(), "b");
        clock.advance(secs(seconds) - ms(1));
        assert_eq!(&**balancer.pick().unwrap().key(), "b");
        clock.advance(ms(1));
        let mut probe = balancer.pick().unwrap();
        assert_eq!((&**probe.key(), probe.is_probe()), ("a", true));
        assert_eq!(&**balancer.pick().unwrap().key(), "b", "one probe");
        probe.settle(Outcome::Success);
        assert!(!is_out(&balancer));
    }
}

#[test]
fn cooling_down_says_nothing_of_health() {
    let ejection = quiet().consecutive_failures(1).cooldown(secs(5));
    let (balancer, clock) = with(ejection);
    // A probe that is told to wait waits no longer than it is told.
    tell(&balancer, "a", asks_for(5));
    for _ in 0..10 {
        assert_eq!(health(&balancer, "a"), Health::Ejected(secs(5)));
        clock.advance(secs(5));
        balancer.pick().unwrap().settle(OVERLOADED);
    }
    clock.advance(secs(5));
    balancer.pick().unwrap().settle(Outcome::Failure);
    assert_eq!(health(&balancer, "a"), Health::Ejected(secs(1)));
}
