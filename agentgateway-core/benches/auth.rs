//! What it costs to find out who calls: the policy's whole decision, head to head.
//!
//! `cargo bench -p agentgateway-core --features jwt --bench auth`
#![expect(clippy::print_stdout, reason = "the numbers are the program's answer")]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what cannot be set up cannot be measured"
)]

use std::{
    hint::black_box,
    time::{Duration, SystemTime},
};

use agentgateway_core::{
    auth::{
        ApiKey, ApiKeys, Authentication,
        jwt::{Algorithm, Issuer, Jwt, KeySet},
    },
    policy::{Decision, Policy},
};
use http::{Request, request};
use serde_json::Value;
use tokio::time::Instant;

const MADE: &str = include_str!("../src/auth/jwt/tests/pyjwt.json");
const ROUNDS: usize = 15;

fn main() {
    println!("{:<16} {:>12}", "credential", "µs/request");
    let keys = (0..10_000).map(|key| ApiKey::new(format!("caller {key}"), &format!("key-{key}")));
    let keys = keys.collect::<Result<Vec<_>, _>>().unwrap();
    let policy = Authentication::new(ApiKeys::new(keys).unwrap());
    measure("API key", &policy, "key-7777", 10_000);

    let made: Value = serde_json::from_str(MADE).unwrap();
    let set = KeySet::from_jwks(made["jwks"].to_string().as_bytes()).unwrap();
    let hmac = [Algorithm::Hs256];
    let issuer = Issuer::new("https://id.example.org", set)
        .any_audience()
        .algorithms(Algorithm::PUBLIC_KEY.into_iter().chain(hmac));
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let policy = Authentication::new(Jwt::new([issuer]).with_clock(move || then));
    for name in ["HS256", "RS256", "PS256", "ES256", "ES384", "EdDSA"] {
        let token = made["tokens"][name].as_str().unwrap();
        measure(&format!("token, {name}"), &policy, token, 500);
    }
}

/// The best of some rounds.
fn measure(name: &str, policy: &Authentication, credential: &str, requests: u32) {
    let round = || {
        let mut heads: Vec<_> = (0..requests).map(|_| head(credential)).collect();
        let start = Instant::now();
        for head in &mut heads {
            let decision = black_box(policy.decide(head));
            assert!(matches!(decision, Decision::Pass), "{decision:?}");
        }
        start.elapsed() / requests
    };
    let best = (0..ROUNDS).map(|_| round()).min().unwrap_or_default();
    println!("{name:<16} {:>12.1}", best.as_secs_f64() * 1e6);
}

fn head(credential: &str) -> request::Parts {
    let request = Request::get("/mcp").header("authorization", format!("Bearer {credential}"));
    request.body(()).unwrap().into_parts().0
}
