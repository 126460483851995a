//! What a limit costs each request that it lets pass, by how many keys there are:
//! `cargo bench -p agentgateway-core --bench limit --features limit`.
#![expect(clippy::print_stdout, reason = "the numbers are the program's answer")]

use std::{hint::black_box, time::Duration};

use agentgateway_core::{
    context::{AuthMethod, Principal},
    limit::{Key, budget::Budget, concurrency::ConcurrencyLimit, rate::RateLimit},
    policy::{Decision, Policy},
    store::{Allowance, MemoryRates, Rate, RateStore},
};
use http::{Request, request};
use tokio::time::Instant;

const REQUESTS: usize = 100_000;
const ROUNDS: usize = 7;

/// Callers whose names are as long as those of tokens.
fn heads(keys: usize) -> Vec<request::Parts> {
    let head = |key: usize| {
        let (mut head, ()) = Request::new(()).into_parts();
        let name = format!("00000000-0000-4000-8000-{key:012}");
        let principal = Principal::new(AuthMethod::Jwt, name).with_issuer("https://id.example.com");
        principal.insert(&mut head.extensions);
        head
    };
    (0..keys).map(head).collect()
}

/// The least ns per request of some rounds.
fn best(heads: &mut [request::Parts], mut run: impl FnMut(&mut request::Parts)) -> f64 {
    let (turns, mut best) = (REQUESTS / heads.len(), f64::INFINITY);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..turns {
            heads.iter_mut().for_each(&mut run);
        }
        best = best.min(start.elapsed().as_secs_f64());
    }
    best * 1e9 / (turns * heads.len()) as f64
}

fn policy(policy: &impl Policy, heads: &mut [request::Parts]) -> f64 {
    best(heads, |head| {
        let decision = black_box(policy.decide(head));
        assert!(!matches!(decision, Decision::Refuse(_)), "it limits");
    })
}

fn main() {
    let rates = [Rate::per_second(1 << 40), Rate::per_hour(1 << 50)];
    let allowance = Allowance::new(u64::MAX, Duration::from_secs(3600));
    println!(
        "{:>8} {:>10} {:>10} {:>10} {:>10} {:>12} {:>10}",
        "keys", "ns key", "ns store", "ns rate", "ns tokens", "ns in flight", "ns budget"
    );
    for keys in [1, 100, 10_000] {
        let mut heads = heads(keys);
        let key = Key::principal();
        let bare = best(&mut heads, |head| drop(black_box(key.of(head))));
        let store = MemoryRates::new();
        let taken = best(&mut heads, |head| {
            let path = head.uri.path();
            drop(black_box(store.take(path, &rates, 1)));
        });
        let rate = RateLimit::new("rate", Key::principal(), rates);
        let concurrency = ConcurrencyLimit::new("in flight")
            .total(10)
            .each(Key::principal(), 10);
        let budget = Budget::new("budget", Key::principal(), allowance);
        println!(
            "{keys:>8} {bare:>10.0} {taken:>10.0} {:>10.0} {:>10.0} {:>12.0} {:>10.0}",
            policy(&rate, &mut heads),
            policy(&rate.clone().tokens(), &mut heads),
            policy(&concurrency, &mut heads),
            policy(&budget, &mut heads),
        );
    }
}
