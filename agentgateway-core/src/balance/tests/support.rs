//! A balancer whose time and chance the test holds.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::balance::{random::mix, *};

#[derive(Clone, Debug, Default)]
pub(super) struct Clock(Arc<AtomicU64>);

impl Clock {
    pub(super) fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }

    pub(super) fn set(&self, now: Duration) {
        self.0.store(now.as_nanos() as u64, Ordering::Relaxed);
    }

    pub(super) fn advance(&self, by: Duration) {
        self.set(self.now() + by);
    }
}

/// A sequence of its own for each seed.
#[derive(Clone, Debug)]
pub(super) struct Chance(Arc<AtomicU64>);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(Arc::new(AtomicU64::new(mix(seed))))
    }

    pub(super) fn next(&self) -> u64 {
        let step = 0x9e37_79b9_7f4a_7c15;
        mix(self.0.fetch_add(step, Ordering::Relaxed))
    }

    /// Between 0 and 1.
    pub(super) fn unit(&self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

pub(super) const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

pub(super) const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(super) fn members<const N: usize>(keys: [&str; N]) -> [Member<()>; N] {
    keys.map(|key| Member::new(key, ()))
}

pub(super) fn builder(clock: &Clock, seed: u64) -> BalancerBuilder {
    let (clock, chance) = (clock.clone(), Chance::new(seed));
    Balancer::builder()
        .clock(move || clock.now())
        .random(move || chance.next())
}

/// A balancer with the defaults, and its clock.
pub(super) fn balancer<const N: usize>(keys: [&str; N]) -> (Balancer<()>, Clock) {
    let clock = Clock::default();
    let balancer = builder(&clock, 7).build(members(keys));
    (balancer, clock)
}

/// The lease of one endpoint, by excluding the others.
pub(super) fn lease_of(balancer: &Balancer<()>, key: &str) -> Lease<()> {
    let tried = Tried::new();
    for standing in balancer.standings() {
        if &*standing.key != key {
            tried.insert(standing.key);
        }
    }
    let lease = balancer.pick_for(&Criteria::new().tried(&tried)).unwrap();
    assert_eq!(&**lease.key(), key);
    lease
}

/// Takes the outcome of one exchange with an endpoint, without a wait.
pub(super) fn tell(balancer: &Balancer<()>, key: &str, outcome: Outcome) {
    lease_of(balancer, key).settle(outcome);
}

pub(super) fn standing(balancer: &Balancer<()>, key: &str) -> Standing {
    let mut standings = balancer.standings().into_iter();
    standings.find(|standing| &*standing.key == key).unwrap()
}

pub(super) fn health(balancer: &Balancer<()>, key: &str) -> Health {
    standing(balancer, key).health
}

/// Ejects an endpoint by failures in a row.
pub(super) fn eject(balancer: &Balancer<()>, key: &str) {
    for _ in 0..5 {
        assert_eq!(health(balancer, key), Health::Healthy);
        tell(balancer, key, Outcome::Failure);
    }
    assert!(matches!(health(balancer, key), Health::Ejected(_)));
}
