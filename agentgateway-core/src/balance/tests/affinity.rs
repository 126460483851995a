use std::collections::{HashMap, HashSet};

use super::support::*;
use crate::balance::*;

fn home(balancer: &Balancer<()>, affinity: u64) -> String {
    let criteria = Criteria::new().affinity(Affinity::of(affinity.to_le_bytes()));
    balancer.pick_for(&criteria).unwrap().key().to_string()
}

#[test]
fn the_same_key_leads_to_the_same_endpoint_in_each_replica() {
    let (one, _) = balancer(["a", "b", "c", "d"]);
    let other = Balancer::new(members(["d", "c", "b", "a"]));
    for key in 0..200 {
        assert_eq!(home(&one, key), home(&other, key));
        assert_eq!(home(&one, key), home(&one, key));
    }
}

#[test]
fn keys_spread_by_weight() {
    let clock = Clock::default();
    let members = [("a", 1), ("b", 3)].map(|(key, w)| Member::new(key, ()).weight(w));
    let balancer = builder(&clock, 3).build(members);
    let mut counts: HashMap<_, u32> = HashMap::new();
    for key in 0..4_000 {
        *counts.entry(home(&balancer, key)).or_default() += 1;
    }
    assert!(counts["a"].abs_diff(1_000) < 120, "{counts:?}");
}

#[test]
fn only_the_keys_of_an_endpoint_that_leaves_move() {
    let (balancer, _) = balancer(["a", "b", "c", "d"]);
    let before: Vec<_> = (0..500).map(|key| home(&balancer, key)).collect();
    balancer.update(members(["a", "b", "d"]));
    for (key, before) in before.iter().enumerate() {
        if before != "c" {
            assert_eq!(&home(&balancer, key as u64), before);
        }
    }
    balancer.update(members(["a", "b", "c", "d", "e"]));
    for (key, before) in before.iter().enumerate() {
        let now = home(&balancer, key as u64);
        assert!(now == *before || now == "e");
    }
}

#[test]
fn one_hot_key_cannot_overload_an_endpoint() {
    let (balancer, _) = balancer(["a", "b", "c", "d"]);
    let criteria = Criteria::new().affinity(Affinity::of("hot"));
    let mut leases = Vec::new();
    for count in 1..=400_usize {
        leases.push(balancer.pick_for(&criteria).unwrap());
        let bound = ((1.25 * count as f64 / 4.0).ceil() as usize).max(8);
        for standing in balancer.standings() {
            assert!(standing.in_flight <= bound, "{count}: {standing:?}");
        }
    }
    let first: HashSet<_> = leases.iter().take(8).map(|lease| lease.key()).collect();
    assert_eq!(first.len(), 1, "below the floor the key stays at home");
}

#[test]
fn passes_over_ejected_and_tried_endpoints_and_comes_back() {
    let (balancer, clock) = balancer(["a", "b", "c", "d"]);
    let usual = home(&balancer, 5);
    eject(&balancer, &usual);
    let second = home(&balancer, 5);
    assert_ne!(second, usual);

    let tried = Tried::new();
    tried.insert(second.clone());
    let criteria = Criteria::new()
        .affinity(Affinity::of(5_u64.to_le_bytes()))
        .tried(&tried);
    let third = balancer.pick_for(&criteria).unwrap().key().to_string();
    assert!(third != usual && third != second);

    clock.advance(secs(1));
    let criteria = Criteria::new().affinity(Affinity::of(5_u64.to_le_bytes()));
    let mut probe = balancer.pick_for(&criteria).unwrap();
    assert!(probe.is_probe());
    assert_eq!(home(&balancer, 5), second, "one probe at a time");
    probe.settle(Outcome::Success);
    assert_eq!(home(&balancer, 5), usual);
}

#[test]
fn another_key_does_not_probe() {
    let (balancer, clock) = balancer(["a", "b", "c", "d"]);
    eject(&balancer, "b");
    clock.advance(secs(1));
    let key = (0..).find(|key| home_alone(*key) != "b").unwrap();
    assert_ne!(home(&balancer, key), "b");
    assert!(matches!(health(&balancer, "b"), Health::Ejected(_)));
}

fn home_alone(key: u64) -> String {
    home(&Balancer::new(members(["a", "b", "c", "d"])), key)
}
