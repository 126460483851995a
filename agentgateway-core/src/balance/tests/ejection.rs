use super::support::*;
use crate::balance::*;

const OVERLOADED: Outcome = Outcome::Overloaded { retry_after: None };

fn asks_for(seconds: u64) -> Outcome {
    Outcome::Overloaded {
        retry_after: Some(secs(seconds)),
    }
}

/// The next request, which must be the probe of an endpoint.
fn probe_of(balancer: &Balancer<()>, key: &str) -> Lease<()> {
    let lease = balancer.pick().unwrap();
    assert_eq!((&**lease.key(), lease.is_probe()), (key, true));
    lease
}

#[test]
fn failures_in_a_row_eject_and_others_take_the_requests() {
    let (balancer, _) = balancer(["a", "b"]);
    eject(&balancer, "a");
    assert_eq!(health(&balancer, "a"), Health::Ejected(secs(1)));
    for _ in 0..100 {
        assert_eq!(&**balancer.pick().unwrap().key(), "b");
    }
}

#[test]
fn canceled_counts_neither() {
    let (balancer, _) = balancer(["a", "b"]);
    for outcome in [Outcome::Failure, Outcome::Canceled].repeat(4) {
        tell(&balancer, "a", outcome);
    }
    for _ in 0..100 {
        tell(&balancer, "a", Outcome::Canceled);
    }
    assert_eq!(health(&balancer, "a"), Health::Healthy);
    tell(&balancer, "a", Outcome::Failure);
    assert_ne!(health(&balancer, "a"), Health::Healthy);
}

#[test]
fn overload_counts_in_the_rate_alone() {
    let (balancer, _) = balancer(["a", "b"]);
    for _ in 0..9 {
        tell(&balancer, "a", OVERLOADED);
    }
    assert_eq!(health(&balancer, "a"), Health::Healthy);
    tell(&balancer, "a", OVERLOADED);
    assert_ne!(health(&balancer, "a"), Health::Healthy);
}

#[test]
fn overload_neither_ends_nor_lengthens_a_row() {
    let (balancer, _) = balancer(["a", "b"]);
    for outcome in [Outcome::Failure, OVERLOADED].repeat(4) {
        tell(&balancer, "a", outcome);
    }
    assert_eq!(health(&balancer, "a"), Health::Healthy);
    tell(&balancer, "a", Outcome::Failure);
    assert_ne!(health(&balancer, "a"), Health::Healthy);
}

#[test]
fn rate_is_that_of_the_window() {
    let (balancer, clock) = balancer(["a", "b"]);
    for outcome in [Outcome::Failure, Outcome::Success, Outcome::Failure].repeat(3) {
        tell(&balancer, "a", outcome);
    }
    clock.advance(secs(10));
    tell(&balancer, "a", Outcome::Failure);
    assert_eq!(health(&balancer, "a"), Health::Healthy);
    for outcome in [Outcome::Failure, Outcome::Success, Outcome::Failure].repeat(3) {
        tell(&balancer, "a", outcome);
    }
    assert_ne!(health(&balancer, "a"), Health::Healthy);
}

#[test]
fn failed_probe_goes_back_for_longer_up_to_the_longest() {
    let (balancer, clock) = balancer(["a", "b"]);
    eject(&balancer, "a");
    for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
        assert_eq!(health(&balancer, "a"), Health::Ejected(secs(seconds)));
        clock.advance(secs(seconds) - ms(1));
        assert_eq!(&**balancer.pick().unwrap().key(), "b");
        clock.advance(ms(1));
        probe_of(&balancer, "a").settle(Outcome::Failure);
    }
}

#[test]
fn one_probe_at_a_time_and_the_next_when_it_is_given_up() {
    let (balancer, clock) = balancer(["a", "b"]);
    eject(&balancer, "a");
    clock.advance(secs(1));
    let probe = probe_of(&balancer, "a");
    assert_eq!(health(&balancer, "a"), Health::Probed);
    for _ in 0..20 {
        assert_eq!(&**balancer.pick().unwrap().key(), "b");
    }
    // Dropped without an outcome, it makes place at once.
    drop(probe);
    let mut hangs = probe_of(&balancer, "a");
    clock.advance(secs(59));
    assert_eq!(&**balancer.pick().unwrap().key(), "b");
    clock.advance(secs(1));
    let mut second = probe_of(&balancer, "a");
    hangs.settle(Outcome::Failure);
    assert_eq!(
        health(&balancer, "a"),
        Health::Probed,
        "the old one is no word"
    );
    second.settle(Outcome::Success);
    assert_eq!(health(&balancer, "a"), Health::Healthy);
}

#[test]
fn head_of_a_probe_readmits_and_its_broken_body_ejects_for_longer() {
    let (balancer, clock) = balancer(["a", "b"]);
    eject(&balancer, "a");
    clock.advance(secs(1));
    let mut probe = probe_of(&balancer, "a");
    probe.answered();
    assert_eq!(health(&balancer, "a"), Health::Healthy);
    probe.settle(Outcome::Failure);
    assert_eq!(health(&balancer, "a"), Health::Ejected(secs(2)));
}

#[test]
fn times_start_over_after_a_healthy_time() {
    let (balancer, clock) = balancer(["a", "b"]);
    eject(&balancer, "a");
    clock.advance(secs(1));
    probe_of(&balancer, "a").settle(Outcome::Failure);
    clock.advance(secs(2));
    probe_of(&balancer, "a").settle(Outcome::Success);
    clock.advance(secs(2));
    eject(&balancer, "a");
    assert_eq!(
        health(&balancer, "a"),
        Health::Ejected(secs(4)),
        "2 s are not more than 2 s"
    );
    clock.advance(secs(4));
    probe_of(&balancer, "a").settle(Outcome::Success);
    clock.advance(secs(5));
    eject(&balancer, "a");
    assert_eq!(health(&balancer, "a"), Health::Ejected(secs(1)));
}

#[test]
fn what_began_before_an_ejection_says_nothing_after_it() {
    let (balancer, clock) = balancer(["a", "b"]);
    let mut old = [(); 3].map(|()| lease_of(&balancer, "a"));
    eject(&balancer, "a");
    old[0].settle(Outcome::Success);
    assert_ne!(health(&balancer, "a"), Health::Healthy);
    clock.advance(secs(1));
    probe_of(&balancer, "a").answered();
    old[1].settle(Outcome::Failure);
    assert_eq!(health(&balancer, "a"), Health::Healthy);
}

#[test]
fn retry_after_is_the_least_time_of_an_ejection_and_is_bounded() {
    let (balancer, clock) = balancer(["a", "b"]);
    tell(&balancer, "a", asks_for(20));
    assert_eq!(
        health(&balancer, "a"),
        Health::Healthy,
        "one 429 ejects nobody"
    );
    clock.advance(secs(5));
    eject(&balancer, "a");
    assert_eq!(health(&balancer, "a"), Health::Ejected(secs(15)));
    clock.advance(secs(15));
    probe_of(&balancer, "a").settle(asks_for(10_000_000));
    assert_eq!(health(&balancer, "a"), Health::Ejected(secs(60)));
}

/// Fault H51: a probe that is told 429 leaves the endpoint ejected, for as long as `Retry-After` says.
#[test]
fn probe_that_is_told_to_wait_waits() {
    let (balancer, clock) = balancer(["a", "b"]);
    eject(&balancer, "a");
    clock.advance(secs(1));
    probe_of(&balancer, "a").settle(asks_for(30));
    assert_eq!(health(&balancer, "a"), Health::Ejected(secs(30)));
    clock.advance(secs(29));
    for _ in 0..20 {
        assert_eq!(&**balancer.pick().unwrap().key(), "b");
    }
    clock.advance(secs(1));
    probe_of(&balancer, "a").settle(Outcome::Success);
    assert_eq!(health(&balancer, "a"), Health::Healthy);
}

#[test]
fn no_more_than_the_largest_share_is_out() {
    let (balancer, _) = balancer(["a", "b", "c", "d", "e"]);
    for _ in 0..500 {
        balancer.pick().unwrap().settle(Outcome::Failure);
    }
    let standings = balancer.standings();
    let out = standings.iter().filter(|one| one.health != Health::Healthy);
    assert_eq!(out.count(), 2);
}

#[test]
fn when_all_are_out_all_are_asked_and_who_answers_is_back() {
    let clock = Clock::default();
    let balancer = builder(&clock, 5)
        .ejection(Ejection::new().max_share(1.0))
        .build(members(["a", "b"]));
    eject(&balancer, "a");
    eject(&balancer, "b");
    let picks: Vec<_> = (0..50).map(|_| balancer.pick().unwrap()).collect();
    for key in ["a", "b"] {
        assert!(picks.iter().any(|lease| &**lease.key() == key));
    }
    assert!(picks.iter().all(|lease| !lease.is_probe()));
    drop(picks);
    tell(&balancer, "a", Outcome::Failure);
    assert_eq!(health(&balancer, "a"), Health::Ejected(secs(1)));
    tell(&balancer, "a", Outcome::Success);
    assert_eq!(health(&balancer, "a"), Health::Healthy);
}

#[test]
fn can_be_turned_off() {
    let clock = Clock::default();
    let balancer = builder(&clock, 5)
        .ejection(Ejection::off())
        .build(members(["a", "b"]));
    for _ in 0..100 {
        tell(&balancer, "a", Outcome::Failure);
    }
    assert_eq!(health(&balancer, "a"), Health::Healthy);
}

/// Fault O12: failures of exchanges that were under way while this process stood still eject nobody, and their time is no latency.
#[tokio::test(start_paused = true)]
async fn a_pause_of_this_process_ejects_nobody() {
    let pulse = Pulse::new();
    let beating = tokio::spawn(pulse.run());
    tokio::task::yield_now().await;
    let balancer = Balancer::builder().pulse(pulse).build(members(["a", "b"]));
    let running = [(); 20].map(|()| balancer.pick().unwrap());
    tokio::time::advance(secs(60)).await;
    for (place, mut lease) in running.into_iter().enumerate() {
        match place % 4 {
            0 => drop(lease),
            1 => lease.answered(),
            _ => lease.settle(Outcome::Failure),
        }
    }
    // The next beat, and exchanges of the time after it.
    for _ in 0..20 {
        tokio::time::advance(ms(100)).await;
        tokio::task::yield_now().await;
    }
    for standing in balancer.standings() {
        assert_eq!((standing.health, standing.latency), (Health::Healthy, None));
    }
    for _ in 0..5 {
        assert_eq!(health(&balancer, "a"), Health::Healthy);
        tell(&balancer, "a", Outcome::Failure);
    }
    assert_ne!(health(&balancer, "a"), Health::Healthy);
    beating.abort();
}
