use super::support::*;
use crate::balance::*;

#[test]
fn endpoints_that_stay_keep_load_latency_and_health() {
    let (balancer, clock) = balancer(["a", "b", "c"]);
    let mut lease = lease_of(&balancer, "a");
    clock.advance(ms(50));
    lease.answered();
    eject(&balancer, "b");
    let before = standing(&balancer, "a");
    let out = health(&balancer, "b");

    balancer.update(members(["b", "a", "new", "newer"]));
    let after = standing(&balancer, "a");
    assert_eq!((after.in_flight, after.latency), (1, before.latency));
    assert_eq!(health(&balancer, "b"), out);
    assert_eq!(standing(&balancer, "new").latency, None);
    drop(lease);
    assert_eq!(standing(&balancer, "a").in_flight, 0);
}

#[test]
fn takes_new_weights_and_values() {
    let balancer = Balancer::new([Member::new("a", 1)]);
    let lease = balancer.pick().unwrap();
    balancer.update([Member::new("a", 2).weight(7)]);
    assert_eq!((*lease.value(), *balancer.pick().unwrap().value()), (1, 2));
    assert_eq!(balancer.standings()[0].weight, 7);
    assert_eq!(balancer.standings()[0].in_flight, 1);
}

#[test]
fn lease_of_an_endpoint_that_left_stays_valid() {
    let (balancer, _) = balancer(["a"]);
    let mut lease = balancer.pick().unwrap();
    balancer.update(members(["b"]));
    lease.settle(Outcome::Failure);
    drop(lease);
    balancer.update(members(["a"]));
    assert_eq!(standing(&balancer, "a").latency, None, "a new endpoint");
    balancer.update([]);
    assert!(balancer.pick().is_none());
}

#[test]
fn ejected_endpoint_is_probed_in_the_new_set_too() {
    let (balancer, clock) = balancer(["a", "b", "c"]);
    eject(&balancer, "c");
    balancer.update(members(["c", "d", "e"]));
    clock.advance(secs(1));
    let lease = balancer.pick().unwrap();
    assert_eq!((&**lease.key(), lease.is_probe()), ("c", true));
}
