//! Simulated traffic: seeded, in the simulation's own time.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use super::support::*;
use crate::balance::*;

/// How long an endpoint takes at some moment, and what comes of it.
type Serve<'a> = &'a dyn Fn(&str, Duration) -> (Duration, Outcome);

struct Traffic {
    balancer: Balancer<()>,
    clock: Clock,
    chance: Chance,
    /// What ends when.
    running: BTreeMap<(Duration, u64), (Lease<()>, Outcome)>,
    /// The key, the outcome and the moment of each pick.
    picks: VecDeque<(String, Outcome, Duration)>,
}

impl Traffic {
    fn new(members: impl IntoIterator<Item = Member<()>>, seed: u64) -> Self {
        Self::with(members, seed, |builder| builder)
    }

    fn with(
        members: impl IntoIterator<Item = Member<()>>,
        seed: u64,
        settings: impl FnOnce(BalancerBuilder) -> BalancerBuilder,
    ) -> Self {
        let clock = Clock::default();
        Self {
            balancer: settings(builder(&clock, seed)).build(members),
            clock,
            chance: Chance::new(seed + 1),
            running: BTreeMap::new(),
            picks: VecDeque::new(),
        }
    }

    /// Requests at random moments, `gap` apart in the mean.
    fn run(&mut self, requests: u64, gap: Duration, serve: Serve<'_>) -> &mut Self {
        for number in 0..requests {
            let next = self.clock.now() + gap.mul_f64(-(1.0 - self.chance.unit()).ln());
            self.end_until(next);
            self.clock.set(next);
            let lease = self.balancer.pick().unwrap();
            let (time, outcome) = serve(lease.key(), next);
            let time = time.mul_f64(0.8 + 0.4 * self.chance.unit());
            self.picks
                .push_back((lease.key().to_string(), outcome, next));
            self.running.insert((next + time, number), (lease, outcome));
        }
        self
    }

    fn end_until(&mut self, now: Duration) {
        while let Some(entry) = self
            .running
            .first_entry()
            .filter(|entry| entry.key().0 <= now)
        {
            self.clock.set(entry.key().0);
            let (mut lease, outcome) = entry.remove();
            lease.settle(outcome);
        }
    }

    fn share(&self, key: &str) -> f64 {
        let own = self.picks.iter().filter(|pick| pick.0 == key).count();
        own as f64 / self.picks.len() as f64
    }
}

#[test]
fn slow_endpoint_gets_few_requests() {
    for gap in [1, 5, 50] {
        let mut traffic = Traffic::new(members(["a", "b", "slow"]), 11);
        traffic.run(10_000, ms(gap), &|key, _| match key {
            "slow" => (ms(200), Outcome::Success),
            _ => (ms(10), Outcome::Success),
        });
        assert!(
            traffic.share("slow") < 0.05,
            "{gap}: {}",
            traffic.share("slow")
        );
        assert!(traffic.share("slow") > 0.0, "it is not forgotten");
    }
}

#[test]
fn equal_endpoints_share_alike() {
    for gap in [1, 10, 100] {
        let keys = ["a", "b", "c", "d"];
        let mut traffic = Traffic::new(members(keys), 12);
        traffic.run(10_000, ms(gap), &|_, _| (ms(50), Outcome::Success));
        for key in keys {
            let share = traffic.share(key);
            assert!((share - 0.25).abs() < 0.05, "{gap} {key}: {share}");
        }
    }
}

#[test]
fn weights_hold_where_latencies_are_alike() {
    let weighted = [("a", 1), ("b", 2), ("c", 5)].map(|(key, w)| Member::new(key, ()).weight(w));
    for gap in [1, 1_000] {
        let mut traffic = Traffic::new(weighted.clone(), 13);
        traffic.run(20_000, ms(gap), &|_, _| (ms(100), Outcome::Success));
        for (key, wanted) in [("a", 0.125), ("b", 0.25), ("c", 0.625)] {
            let share = traffic.share(key);
            assert!((share / wanted - 1.0).abs() < 0.35, "{gap} {key}: {share}");
        }
    }
}

#[test]
fn endpoint_that_fails_fast_draws_no_traffic() {
    let mut traffic = Traffic::with(members(["a", "b", "fast"]), 14, |builder| {
        builder.ejection(Ejection::off())
    });
    traffic.run(10_000, ms(5), &|key, _| match key {
        "fast" => (ms(1), Outcome::Failure),
        _ => (ms(50), Outcome::Success),
    });
    assert!(traffic.share("fast") < 0.02, "{}", traffic.share("fast"));
}

#[test]
fn endpoint_that_has_become_fast_is_found_again() {
    let mut traffic = Traffic::new(members(["a", "b"]), 15);
    traffic.run(5_000, ms(10), &|key, now| match key {
        "b" if now < secs(20) => (ms(500), Outcome::Success),
        _ => (ms(10), Outcome::Success),
    });
    traffic.picks.retain(|pick| pick.2 > secs(45));
    assert!(traffic.share("b") > 0.3, "{}", traffic.share("b"));
}

/// Fault H50: an endpoint that flaps is ejected for longer each time, probed by one request, and back within one such time once it is stable.
#[test]
fn flapping_endpoint_is_kept_away_and_comes_back() {
    let is_down = |now: Duration| now < secs(60) && now.as_millis() / 200 % 2 == 0;
    let serve = |key: &str, now: Duration| match key {
        "flaps" if is_down(now) => (ms(2), Outcome::Failure),
        _ => (ms(20), Outcome::Success),
    };
    for seed in 0..20 {
        // A failure that costs no latency leaves it to the ejection alone.
        let mut traffic = Traffic::with(members(["a", "flaps"]), seed, |builder| {
            builder.penalty(ms(seed % 2))
        });
        let (mut back, mut left) = (None, None);
        let (mut ejections, mut health_before) = (0, Health::Healthy);
        while traffic.clock.now() < secs(125) {
            traffic.run(1, ms(5), &serve);
            let probes = traffic.running.values().filter(|one| one.0.is_probe());
            assert!(probes.count() <= 1);
            let before = health_before;
            let health = health(&traffic.balancer, "flaps");
            ejections += u32::from(before == Health::Healthy && health != before);
            health_before = health;
            let now = traffic.clock.now();
            match health {
                Health::Ejected(time) if now >= secs(60) && left.is_none() => left = Some(time),
                Health::Healthy if now >= secs(60) && back.is_none() => back = Some(now),
                _ => {}
            }
        }
        assert!((1..30).contains(&ejections), "{seed}: {ejections}");
        // It was away for what was left of one ejection, and for its probe.
        let most = secs(60) + left.unwrap_or_default() + ms(200);
        assert!(back.unwrap() <= most, "{seed}: {back:?} {left:?}");
        let failed = |pick: &&(String, Outcome, Duration)| pick.1 == Outcome::Failure;
        let failures = traffic.picks.iter().filter(failed).count();
        assert!(failures < traffic.picks.len() / 100, "{seed}: {failures}");
        traffic
            .picks
            .retain(|pick| pick.2 > back.unwrap() + secs(1));
        let share = traffic.share("flaps");
        assert!((share - 0.5).abs() < 0.1, "{seed}: {share}");
    }
}
