use super::support::*;
use crate::balance::*;

fn wished(key: &str) -> Criteria {
    Criteria::new().prefer(Prefer::new(key))
}

fn pick(balancer: &Balancer<()>, criteria: &Criteria) -> String {
    balancer.pick_for(criteria).unwrap().key().to_string()
}

#[test]
fn goes_where_it_wishes_whatever_the_load_and_the_affinity() {
    let (balancer, _) = balancer(["a", "b", "c"]);
    let leases: Vec<_> = (0..100)
        .map(|at| {
            let criteria = wished("b").affinity(Affinity::of([at]));
            balancer.pick_for(&criteria).unwrap()
        })
        .collect();
    assert!(leases.iter().all(|lease| &**lease.key() == "b"));
}

#[test]
fn goes_past_the_order_of_priorities() {
    let clock = Clock::default();
    let members = [Member::new("a", ()), Member::new("b", ()).priority(1)];
    let balancer = builder(&clock, 1).build(members);
    assert_eq!(pick(&balancer, &wished("b")), "b");
    assert_eq!(pick(&balancer, &Criteria::new()), "a");
}

#[test]
fn passes_over_who_has_left_is_out_was_tried_or_is_ejected() {
    let (balancer, _) = balancer(["a", "b"]);
    assert!(balancer.pick_for(&wished("gone")).is_some());

    balancer.set_out("a", true);
    assert_eq!(pick(&balancer, &wished("a")), "b");
    balancer.set_out("a", false);
    assert_eq!(pick(&balancer, &wished("a")), "a");

    let tried = Tried::new();
    let criteria = wished("a").tried(&tried);
    assert_eq!(pick(&balancer, &criteria), "a");
    assert_eq!(pick(&balancer, &criteria), "b");

    eject(&balancer, "a");
    assert_eq!(pick(&balancer, &wished("a")), "b");
}

#[test]
fn probes_the_one_that_it_wishes_when_that_is_due() {
    let (balancer, clock) = balancer(["a", "b"]);
    eject(&balancer, "a");
    clock.advance(secs(2));
    let mut probe = balancer.pick_for(&wished("a")).unwrap();
    assert_eq!(&**probe.key(), "a");
    assert_eq!(pick(&balancer, &wished("a")), "b", "one probe at a time");
    probe.answered();
    probe.settle(Outcome::Success);
    assert_eq!(health(&balancer, "a"), Health::Healthy);
    assert_eq!(pick(&balancer, &wished("a")), "a");
}

#[test]
fn an_empty_set_has_nobody_to_wish_for() {
    let balancer = Balancer::<()>::new([]);
    assert!(balancer.pick_for(&wished("a")).is_none());
}
