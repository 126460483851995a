use std::collections::HashMap;

use super::support::*;
use crate::balance::*;

#[test]
fn empty_set_has_nothing_to_pick() {
    let (balancer, _) = balancer([]);
    assert!(balancer.pick().is_none());
    let criteria = Criteria::new().affinity(Affinity::of("x"));
    assert!(balancer.pick_for(&criteria).is_none());
}

#[test]
fn load_counts_until_the_lease_is_dropped() {
    let (balancer, _) = balancer(["a"]);
    let mut first = balancer.pick().unwrap();
    let second = balancer.pick().unwrap();
    assert_eq!(standing(&balancer, "a").in_flight, 2);
    first.answered();
    first.settle(Outcome::Success);
    assert_eq!(standing(&balancer, "a").in_flight, 2);
    drop(first);
    assert_eq!(standing(&balancer, "a").in_flight, 1);
    drop(second);
    assert_eq!(standing(&balancer, "a").in_flight, 0);
}

#[test]
fn new_endpoint_gets_one_request_until_it_has_answered() {
    let (balancer, clock) = balancer(["old"]);
    let mut lease = balancer.pick().unwrap();
    clock.advance(ms(100));
    lease.settle(Outcome::Success);
    drop(lease);
    balancer.update(members(["old", "new"]));

    let mut first = balancer.pick().unwrap();
    assert_eq!(&**first.key(), "new");
    // 1 s twice against 100 ms for each: nine go to the old one before a second to the new one.
    let others: Vec<_> = (0..9).map(|_| balancer.pick().unwrap()).collect();
    assert!(others.iter().all(|lease| &**lease.key() == "old"));
    clock.advance(ms(10));
    first.answered();
    assert_eq!(&**balancer.pick().unwrap().key(), "new");
}

#[test]
fn latency_is_that_of_the_head() {
    let (balancer, clock) = balancer(["a"]);
    let mut lease = balancer.pick().unwrap();
    clock.advance(ms(250));
    lease.answered();
    clock.advance(ms(1));
    lease.answered();
    lease.settle(Outcome::Success);
    let latency = standing(&balancer, "a").latency.unwrap();
    assert!(latency > ms(249) && latency <= ms(250), "{latency:?}");
}

#[test]
fn who_gives_up_waiting_raises_the_latency_and_who_leaves_early_does_not_lower_it() {
    let (balancer, clock) = balancer(["a"]);
    let lease = balancer.pick().unwrap();
    clock.advance(secs(3));
    drop(lease);
    let raised = standing(&balancer, "a").latency.unwrap();
    assert!(raised > ms(2_999), "{raised:?}");
    drop(balancer.pick());
    assert_eq!(standing(&balancer, "a").latency.unwrap(), raised);
    assert_eq!(health(&balancer, "a"), Health::Healthy);
}

#[test]
fn first_outcome_counts() {
    let (balancer, _) = balancer(["a"]);
    for _ in 0..4 {
        tell(&balancer, "a", Outcome::Failure);
    }
    let mut lease = balancer.pick().unwrap();
    lease.settle(Outcome::Success);
    lease.settle(Outcome::Failure);
    drop(lease);
    for _ in 0..4 {
        tell(&balancer, "a", Outcome::Failure);
    }
    assert_eq!(health(&balancer, "a"), Health::Healthy);
    tell(&balancer, "a", Outcome::Failure);
    assert_ne!(health(&balancer, "a"), Health::Healthy);
}

#[test]
fn idle_equal_endpoints_share_by_weight() {
    let clock = Clock::default();
    let members = [("a", 3), ("b", 1), ("c", 4)].map(|(key, w)| Member::new(key, ()).weight(w));
    let balancer = builder(&clock, 1).build(members);
    let mut counts: HashMap<_, u32> = HashMap::new();
    for _ in 0..8_000 {
        let mut lease = balancer.pick().unwrap();
        *counts.entry(lease.key().to_string()).or_default() += 1;
        clock.advance(ms(10));
        lease.settle(Outcome::Success);
    }
    for (key, wanted) in [("a", 3_000), ("b", 1_000), ("c", 4_000)] {
        let found = counts[key];
        assert!(found.abs_diff(wanted) < wanted / 8, "{key}: {found}");
    }
}

#[test]
fn full_load_is_held_by_weight() {
    let clock = Clock::default();
    let members = [("a", 3), ("b", 1), ("c", 6)].map(|(key, w)| Member::new(key, ()).weight(w));
    let balancer = builder(&clock, 2).build(members);
    let mut leases: Vec<_> = (0..1_000).map(|_| balancer.pick().unwrap()).collect();
    for lease in &mut leases {
        lease.answered();
    }
    for (key, wanted) in [("a", 300), ("b", 100), ("c", 600)] {
        let found = standing(&balancer, key).in_flight;
        assert!(found.abs_diff(wanted) < wanted / 5, "{key}: {found}");
    }
}

#[test]
fn tried_endpoints_come_last_and_are_written_down() {
    let (balancer, _) = balancer(["a", "b", "c"]);
    let tried = Tried::new();
    let criteria = Criteria::new().tried(&tried);
    let mut keys: Vec<_> = (0..3)
        .map(|_| balancer.pick_for(&criteria).unwrap().key().to_string())
        .collect();
    let order: Vec<_> = tried.keys().iter().map(ToString::to_string).collect();
    assert_eq!(order, keys);
    keys.sort();
    assert_eq!(keys, ["a", "b", "c"]);
    assert!(balancer.pick_for(&criteria).is_some());
    assert_eq!(tried.keys().len(), 3);
}

#[test]
fn handles_are_shared_between_threads() {
    fn assert_all<T: Send + Sync>() {}
    fn assert_clone<T: Clone>() {}
    assert_all::<Balancer<()>>();
    assert_clone::<Balancer<()>>();
    assert_all::<Lease<()>>();
    assert_all::<Balance<()>>();
    assert_all::<Tried>();
    assert_all::<ResponseFuture<(), ByStatus>>();
    assert_all::<ResponseBody<crate::body::StallTimeout<bytes::Bytes>>>();
}

#[test]
fn threads_that_pick_and_end_leave_nothing_behind() {
    let balancer = Balancer::new(members(["a", "b", "c"]));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let balancer = balancer.clone();
            scope.spawn(move || {
                let chance = Chance::new(thread);
                for _ in 0..5_000 {
                    let mut lease = balancer.pick().unwrap();
                    match chance.next() % 4 {
                        0 => lease.settle(Outcome::Success),
                        1 => lease.settle(Outcome::Failure),
                        2 => lease.answered(),
                        _ => {}
                    }
                    if chance.next() % 64 == 0 {
                        balancer.update(members(["a", "b", "c"]));
                    }
                }
            });
        }
    });
    let standings = balancer.standings();
    assert!(standings.iter().all(|standing| standing.in_flight == 0));
    let out = |standing: &&Standing| standing.health != Health::Healthy;
    assert!(standings.iter().filter(out).count() <= 1);
}
