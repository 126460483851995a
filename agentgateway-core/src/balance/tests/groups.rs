//! Endpoints by priority.

use super::support::*;
use crate::balance::*;

/// Two of the first group, two of the next, one of the last.
fn grouped(settings: impl FnOnce(BalancerBuilder) -> BalancerBuilder) -> (Balancer<()>, Clock) {
    let clock = Clock::default();
    let members = [("a", 0), ("b", 0), ("c", 1), ("d", 1), ("e", 5)]
        .map(|(key, priority)| Member::new(key, ()).priority(priority));
    let balancer = settings(builder(&clock, 9)).build(members);
    (balancer, clock)
}

/// What a hundred requests get, each key once, in order.
fn used(balancer: &Balancer<()>) -> String {
    let mut keys: Vec<String> = (0..100)
        .map(|_| balancer.pick().unwrap().key().to_string())
        .collect();
    keys.sort();
    keys.dedup();
    keys.concat()
}

#[test]
fn the_next_group_is_used_when_none_of_those_before_is_healthy() {
    let (balancer, clock) = grouped(|builder| builder);
    assert_eq!(used(&balancer), "ab");
    eject(&balancer, "a");
    assert_eq!(used(&balancer), "b");
    // Half of the set is no limit for a group with another behind it.
    eject(&balancer, "b");
    assert_eq!(used(&balancer), "cd");
    eject(&balancer, "c");
    eject(&balancer, "d");
    assert_eq!(used(&balancer), "e");
    clock.advance(secs(1));
    let mut probe = balancer.pick().unwrap();
    assert_eq!((&**probe.key(), probe.is_probe()), ("a", true));
    probe.settle(Outcome::Success);
    balancer.pick().unwrap().settle(Outcome::Failure);
    assert_eq!(used(&balancer), "a");
}

#[test]
fn attempts_of_one_request_go_on_to_the_next_group() {
    let (balancer, _) = grouped(|builder| builder);
    let tried = Tried::new();
    let criteria = Criteria::new().tried(&tried);
    let keys: String = (0..5)
        .map(|_| balancer.pick_for(&criteria).unwrap().key().to_string())
        .collect();
    let mut groups = [&keys[..2], &keys[2..4], &keys[4..]].map(str::to_owned);
    for group in &mut groups {
        let mut letters: Vec<char> = group.chars().collect();
        letters.sort_unstable();
        *group = letters.into_iter().collect();
    }
    assert_eq!(groups, ["ab", "cd", "e"]);
    // Nothing is left: the first group again.
    let again = balancer.pick_for(&criteria).unwrap();
    assert!(["a", "b"].contains(&&**again.key()));
}

#[test]
fn an_affinity_is_followed_within_the_group_in_use() {
    let (balancer, _) = grouped(|builder| builder);
    let criteria = Criteria::new().affinity(Affinity::of("conversation"));
    let home = |balancer: &Balancer<()>| {
        let keys: Vec<_> = (0..5)
            .map(|_| balancer.pick_for(&criteria).unwrap().key().to_string())
            .collect();
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
        keys[0].clone()
    };
    assert!(["a", "b"].contains(&&*home(&balancer)));
    eject(&balancer, "a");
    eject(&balancer, "b");
    assert!(["c", "d"].contains(&&*home(&balancer)));
}

#[test]
fn a_group_behind_the_one_in_use_is_not_probed_until_it_is_needed() {
    let (balancer, clock) = grouped(|builder| builder);
    eject(&balancer, "c");
    clock.advance(secs(5));
    assert_eq!(used(&balancer), "ab");
    assert_eq!(health(&balancer, "c"), Health::Ejected(secs(0)));
    eject(&balancer, "a");
    assert_eq!(used(&balancer), "b");
    eject(&balancer, "b");
    let probe = balancer.pick().unwrap();
    assert_eq!((&**probe.key(), probe.is_probe()), ("c", true));
}

#[test]
fn when_all_are_out_the_first_group_is_asked_first() {
    let (balancer, _) = grouped(|builder| builder.ejection(Ejection::new().max_share(1.0)));
    for key in ["a", "b", "c", "d", "e"] {
        eject(&balancer, key);
    }
    assert_eq!(used(&balancer), "ab");
}

#[test]
fn the_last_group_keeps_its_share() {
    let clock = Clock::default();
    let members = ["a", "b", "c", "d"].map(|key| Member::new(key, ()).priority(3));
    let balancer = builder(&clock, 1).build(members);
    for _ in 0..500 {
        balancer.pick().unwrap().settle(Outcome::Failure);
    }
    let standings = balancer.standings();
    let out = standings.iter().filter(|one| one.health != Health::Healthy);
    assert_eq!(out.count(), 2);
}

#[test]
fn an_update_moves_endpoints_between_groups() {
    let (balancer, _) = grouped(|builder| builder);
    eject(&balancer, "c");
    balancer.update([
        Member::new("a", ()).priority(2),
        Member::new("c", ()).priority(1),
        Member::new("f", ()).priority(1),
    ]);
    assert_eq!(used(&balancer), "f");
    assert!(matches!(health(&balancer, "c"), Health::Ejected(_)));
}
