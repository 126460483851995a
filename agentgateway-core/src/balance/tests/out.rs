//! Endpoints that somebody takes out, and sets of which all are out.

use super::support::*;
use crate::balance::*;

fn keys(balancer: &Balancer<()>) -> String {
    let mut keys: Vec<String> = (0..100)
        .filter_map(|_| Some(balancer.pick()?.key().to_string()))
        .collect();
    keys.sort();
    keys.dedup();
    keys.concat()
}

#[test]
fn what_is_taken_out_gets_nothing_until_it_is_taken_back() {
    let (balancer, _) = balancer(["a", "b"]);
    assert!(balancer.set_out("a", true));
    assert_eq!(health(&balancer, "a"), Health::Out);
    assert_eq!(keys(&balancer), "b");
    balancer.update(members(["a", "b", "c"]));
    assert_eq!(keys(&balancer), "bc", "its key has stayed");
    assert!(balancer.set_out("a", false));
    assert_eq!(keys(&balancer), "abc");
    assert!(!balancer.set_out("nobody", true));
}

#[test]
fn what_is_taken_out_is_not_probed_and_its_ejection_goes_on() {
    let (balancer, clock) = balancer(["a", "b"]);
    eject(&balancer, "a");
    balancer.set_out("a", true);
    clock.advance(secs(5));
    assert_eq!(keys(&balancer), "b");
    let criteria = Criteria::new().affinity(Affinity::of("x"));
    assert_eq!(&**balancer.pick_for(&criteria).unwrap().key(), "b");
    balancer.set_out("a", false);
    let probe = balancer.pick().unwrap();
    assert_eq!((&**probe.key(), probe.is_probe()), ("a", true));
}

#[test]
fn the_panic_rule_holds_for_what_is_taken_out_too() {
    let (balancer, _) = balancer(["a", "b"]);
    balancer.set_out("a", true);
    balancer.set_out("b", true);
    assert_eq!(keys(&balancer), "ab");
}

#[test]
fn what_is_taken_out_counts_among_the_ejected() {
    let (balancer, _) = balancer(["a", "b", "c", "d"]);
    balancer.set_out("a", true);
    balancer.set_out("b", true);
    for _ in 0..20 {
        tell(&balancer, "c", Outcome::Failure);
    }
    assert_eq!(health(&balancer, "c"), Health::Healthy, "half is out");
}

#[test]
fn fails_fast_while_all_are_out_and_probes_one_at_a_time() {
    let clock = Clock::default();
    let balancer = builder(&clock, 5)
        .ejection(Ejection::new().max_share(1.0))
        .fail_fast()
        .build(members(["a", "b"]));
    eject(&balancer, "a");
    assert_eq!(balancer.soonest(), Some(secs(1)));
    assert_eq!(keys(&balancer), "b");
    clock.advance(ms(400));
    eject(&balancer, "b");
    assert!(balancer.pick().is_none() && !balancer.is_empty());
    assert_eq!(balancer.soonest(), Some(ms(600)));
    clock.advance(ms(600));
    let probe = balancer.pick().unwrap();
    assert_eq!((&**probe.key(), probe.is_probe()), ("a", true));
    assert!(balancer.pick().is_none());
    assert_eq!(balancer.soonest(), Some(ms(400)));
    drop(probe);
    balancer.pick().unwrap().settle(Outcome::Success);
    assert_eq!(keys(&balancer), "a");
}

#[test]
fn says_how_many_are_left_to_try() {
    let (balancer, _) = balancer(["a", "b", "c"]);
    let tried = Tried::new();
    assert_eq!((balancer.left(&tried), tried.left()), (3, 0));
    tried.insert("a");
    assert_eq!(balancer.left(&tried), 2);
    eject(&balancer, "b");
    assert_eq!(balancer.left(&tried), 1);
    balancer.set_out("c", true);
    assert_eq!(balancer.left(&tried), 0);
}
