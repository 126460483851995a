//! What each policy costs a request that it lets pass, beside the same request without it.
//!
//! `cargo bench -p agentgateway-core --features full --bench policies`; with `cargo test --benches`
//! each case runs once. Those that ask a service are measured by the bench `envoy`, other credentials by
//! `auth`, limits by the number of their keys by `limit`.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "the numbers are the result"
)]

use std::{convert::Infallible, env, hint::black_box, sync::Arc, time::Duration};

use agentgateway_core::{
    Body,
    auth::{ApiKey, ApiKeys, Authentication},
    authz::{Authorization, Rule},
    csrf::Csrf,
    expression::{Expression, Vocabulary},
    limit::{Key, budget::Budget, concurrency::ConcurrencyLimit, rate::RateLimit},
    policy::{Policy, PolicyLayer},
    request_id::RequestIds,
    store::{Allowance, Rate},
};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use tokio::time::Instant;
use tower::{Layer, ServiceExt, service_fn};

/// Rounds, of which the best counts: what else the machine does adds to a figure.
const ROUNDS: usize = 15;
const REQUESTS: u32 = 10_000;
/// More than is measured.
const MANY: u64 = 1 << 40;
const HOUR: Duration = Duration::from_secs(3600);

fn main() {
    let measured = env::args().any(|arg| arg == "--bench");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    println!("| policy | ns |\n|---|---|");
    let mut without = 0.0;
    for (case, policy) in cases() {
        let ns = runtime.block_on(measure(measured, policy));
        let is_first = without == 0.0;
        println!("| {case} | {:.0} |", ns - without);
        if is_first {
            without = ns;
        }
    }
}

fn cases() -> Vec<(&'static str, Vec<Arc<dyn Policy>>)> {
    let keys = (0..10_000).map(|key| ApiKey::new(format!("caller {key}"), &format!("key-{key}")));
    let keys = keys.collect::<Result<Vec<_>, _>>().expect("keys");
    let key: Arc<dyn Policy> = Arc::new(Authentication::new(ApiKeys::new(keys).expect("keys")));
    let names = Vocabulary::request().with_principal();
    let rule = |text| {
        let condition = Expression::compile(text, &names).expect("an expression");
        let rules = [Rule::deny("rule", condition)];
        Arc::new(Authorization::new(rules)) as Arc<dyn Policy>
    };
    let one = |policy: Arc<dyn Policy>| vec![policy];
    let rate = RateLimit::new("rate", Key::everybody(), [Rate::new(MANY, HOUR)]);
    let places = ConcurrencyLimit::new("places").each(Key::everybody(), 100);
    let budget = Budget::new("budget", Key::everybody(), Allowance::new(MANY, HOUR));
    vec![
        ("none: the request and its answer", Vec::new()),
        ("an id for the request", one(Arc::new(RequestIds::new()))),
        ("forgery across sites", one(Arc::new(Csrf::new()))),
        ("an API key, of 10,000", one(key)),
        (
            "a rule in CEL: `request.path.startsWith('/none')`",
            one(rule("request.path.startsWith('/none')")),
        ),
        (
            "a rule in CEL: two comparisons of headers",
            one(rule(
                "request.headers['a'] == 'x' || request.method == 'PUT'",
            )),
        ),
        ("a rate", one(Arc::new(rate))),
        ("places per caller, held to the end", one(Arc::new(places))),
        ("a budget, reserved and settled", one(Arc::new(budget))),
    ]
}

/// Nanoseconds for each request, the best of the rounds.
async fn measure(measured: bool, policies: Vec<Arc<dyn Policy>>) -> f64 {
    let (rounds, requests) = if measured { (ROUNDS, REQUESTS) } else { (1, 1) };
    let service = PolicyLayer::all(policies).layer(service_fn(|request: Request<()>| async move {
        black_box(&request);
        Ok::<_, Infallible>(Response::new(Body::from(Bytes::from_static(b"{}"))))
    }));
    let mut best = Duration::MAX;
    for _ in 0..rounds {
        let asked: Vec<_> = (0..requests).map(|_| request()).collect();
        let start = Instant::now();
        for request in asked {
            let answer = service.clone().oneshot(request).await.expect("it passes");
            black_box(answer.into_body().collect().await.expect("a body"));
        }
        best = best.min(start.elapsed() / requests);
    }
    best.as_secs_f64() * 1e9
}

/// As a client of a model sends it.
fn request() -> Request<()> {
    let mut request = Request::post("https://api.example/v1/chat/completions");
    for (name, value) in [
        ("authorization", "Bearer key-7777"),
        ("content-type", "application/json"),
        ("accept", "application/json"),
        ("user-agent", "openai/1.0"),
        ("a", "b"),
    ] {
        request = request.header(name, value);
    }
    request.body(()).expect("a request")
}
