//! What holds after any sequence of picks, ends, updates and waits.

use proptest::prelude::*;

use super::support::*;
use crate::balance::*;

const KEYS: [&str; 5] = ["a", "b", "c", "d", "e"];

#[derive(Clone, Debug)]
enum Step {
    Pick { affinity: Option<u64>, tried: u8 },
    Answer(usize),
    Settle(usize, Outcome),
    Drop(usize),
    Wait(u64),
    Update(u8),
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        2 => Just(Outcome::Success),
        4 => Just(Outcome::Failure),
        1 => Just(Outcome::Canceled),
        2 => proptest::option::of(0..100_u64).prop_map(|wait| Outcome::Overloaded {
            retry_after: wait.map(secs)
        }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (proptest::option::of(0..8_u64), any::<u8>())
            .prop_map(|(affinity, tried)| Step::Pick { affinity, tried }),
        1 => (0..99_usize).prop_map(Step::Answer),
        6 => (0..99_usize, outcome()).prop_map(|(lease, outcome)| Step::Settle(lease, outcome)),
        1 => (0..99_usize).prop_map(Step::Drop),
        2 => (0..5_000_u64).prop_map(Step::Wait),
        1 => any::<u8>().prop_map(Step::Update),
    ]
}

/// Groups of so many, in the order of the keys.
fn chosen(mask: u8, in_group: u32) -> Vec<Member<()>> {
    let keys = (0_u32..).zip(KEYS);
    keys.filter(|(place, _)| mask & (1 << place) != 0)
        .map(|(place, key)| {
            Member::new(key, ())
                .weight(place)
                .priority(place / in_group)
        })
        .collect()
}

/// The keys are in the order of their groups.
fn group_of(standing: &Standing, in_group: u32) -> u32 {
    let keys = (0_u32..).zip(KEYS);
    let mut places = keys.filter_map(|(place, key)| (*standing.key == *key).then_some(place));
    places.next().unwrap() / in_group
}

fn out(balancer: &Balancer<()>) -> usize {
    let standings = balancer.standings();
    let is_out = |standing: &&Standing| standing.health != Health::Healthy;
    standings.iter().filter(is_out).count()
}

fn pick(
    balancer: &Balancer<()>,
    affinity: Option<u64>,
    mask: u8,
    in_group: u32,
) -> Option<Lease<()>> {
    let tried = Tried::new();
    for member in chosen(mask, in_group) {
        tried.insert(member.key);
    }
    let before = balancer.standings();
    let excluded = tried.keys();
    let mut criteria = Criteria::new().tried(&tried);
    if let Some(affinity) = affinity {
        criteria = criteria.affinity(affinity.into());
    }
    let lease = balancer.pick_for(&criteria);
    let Some(lease) = lease else {
        assert!(before.is_empty(), "a set that is not empty gives one");
        return None;
    };
    let own = before.iter().find(|standing| standing.key == *lease.key());
    let own = own.expect("the pick is of the set");
    let is_healthy = |standing: &&Standing| standing.health == Health::Healthy;
    let is_fresh = |standing: &&Standing| !excluded.contains(&standing.key);
    let takes = before.iter().filter(|one| is_healthy(one) && is_fresh(one));
    let in_use = takes.map(|one| group_of(one, in_group)).min();
    if let Some(in_use) = in_use {
        assert!(
            group_of(own, in_group) <= in_use,
            "of a group that is not needed"
        );
    }
    if lease.is_probe() {
        assert!(is_fresh(&own), "no probe of what was tried");
        // A probe that hangs is given up at a time that its standing does not tell.
        assert!(matches!(
            own.health,
            Health::Ejected(std::time::Duration::ZERO) | Health::Probed
        ));
    } else if in_use.is_some() {
        assert!(is_healthy(&own) && is_fresh(&own));
    } else if before.iter().any(|one| is_healthy(&one)) {
        assert!(is_healthy(&own));
    } else if before.iter().any(|one| is_fresh(&one)) {
        assert!(is_fresh(&own));
    }
    Some(lease)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn picks_are_right_and_nobody_is_out_for_ever(
        steps in proptest::collection::vec(step(), 0..300),
        in_group in prop_oneof![Just(5_u32), 1..5_u32],
        seed: u64,
    ) {
        let clock = Clock::default();
        let balancer = builder(&clock, seed).build(chosen(31, in_group));
        let mut leases: Vec<Lease<()>> = Vec::new();
        for step in steps {
            let before = out(&balancer);
            match step {
                Step::Pick { affinity, tried } => {
                    leases.extend(pick(&balancer, affinity, tried, in_group));
                }
                Step::Wait(time) => clock.advance(ms(time)),
                Step::Update(mask) => balancer.update(chosen(mask, in_group)),
                Step::Answer(_) | Step::Settle(..) | Step::Drop(_) if leases.is_empty() => {}
                Step::Answer(place) => {
                    let place = place % leases.len();
                    leases[place].answered();
                }
                Step::Settle(place, outcome) => {
                    let place = place % leases.len();
                    leases[place].settle(outcome);
                    let size = balancer.standings().len();
                    let limit = Ejection::new().limit(size, in_group == 5);
                    prop_assert!(out(&balancer) <= before.max(limit));
                }
                Step::Drop(place) => drop(leases.swap_remove(place % leases.len())),
            }
        }
        leases.clear();
        for standing in balancer.standings() {
            prop_assert_eq!(standing.in_flight, 0);
        }
        clock.advance(secs(60));
        // Each group is probed when it is needed: those before it have failed.
        let tried = Tried::new();
        for _ in 0..5 {
            if let Some(mut lease) = balancer.pick_for(&Criteria::new().tried(&tried)) {
                lease.settle(Outcome::Success);
            }
        }
        prop_assert_eq!(out(&balancer), 0);
    }

    #[test]
    fn an_affinity_loads_nobody_above_the_bound(
        weights in proptest::collection::vec(1..9_u32, 1..7),
        keys in proptest::collection::vec(0..3_u64, 1..200),
        factor in 1.0..3.0_f64,
        floor in 0..5_usize,
    ) {
        let members = weights.iter().enumerate();
        let members = members.map(|(place, weight)| {
            Member::new(place.to_string(), ()).weight(*weight)
        });
        let balancer = Balancer::builder().affinity_bound(factor, floor).build(members);
        let total: u32 = weights.iter().sum();
        let mut leases = Vec::new();
        for key in keys {
            let criteria = Criteria::new().affinity(key.into());
            leases.push(balancer.pick_for(&criteria).unwrap());
            for standing in balancer.standings() {
                let fair = leases.len() as f64 * f64::from(standing.weight) / f64::from(total);
                let most = (factor * fair).ceil().max(floor as f64);
                // An endpoint with one that ends elsewhere may stand above; nothing ends here.
                prop_assert!(standing.in_flight as f64 <= most + 1e-6);
            }
        }
    }
}
