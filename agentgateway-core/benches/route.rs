//! What it costs to find a rule, by the number of rules and by what tells them apart.
//!
//! `cargo bench -p agentgateway-core --features route --bench route` shows times; with the arguments
//! `SHAPE ROUTES` it finds the rules of 1,000 requests and says nothing, for a tool that counts
//! instructions: `docs/performance.md` has the command.
#![expect(clippy::print_stdout, reason = "the numbers are the program's answer")]

use std::{env, hint::black_box};

use agentgateway_core::route::{Head, Hostname, PathMatch, RequestMatch, Router};
use http::Request;
use tokio::time::Instant;

const SHAPES: [&str; 4] = ["hosts", "wildcards", "exact", "prefixes"];
const REQUESTS: usize = 1_000;
const ROUNDS: usize = 15;

fn main() {
    let args: Vec<String> = env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    if let [shape, routes] = &args[..] {
        let routes = routes.parse().unwrap_or(10);
        let (router, requests) = (router(shape, routes), requests(shape, routes));
        assert_eq!(
            found(&router, &requests),
            REQUESTS,
            "each request has a rule"
        );
        return;
    }
    println!("{:<10} {:>8} {:>10}", "shape", "routes", "ns/request");
    for shape in SHAPES {
        for routes in [10, 100, 1_000, 10_000] {
            let (router, requests) = (router(shape, routes), requests(shape, routes));
            let round = || {
                let start = Instant::now();
                black_box(found(&router, &requests));
                start.elapsed().as_nanos()
            };
            let best = (0..ROUNDS).map(|_| round()).min().unwrap_or_default();
            println!("{shape:<10} {routes:>8} {:>10}", best / REQUESTS as u128);
        }
    }
}

/// What is counted.
#[inline(never)]
fn found(router: &Router<usize>, requests: &[Request<()>]) -> usize {
    let found = requests
        .iter()
        .filter(|request| router.find(&Head::new(request)).is_some());
    found.count()
}

fn router(shape: &str, routes: usize) -> Router<usize> {
    let mut builder = Router::builder();
    for route in 0..routes {
        let (hostname, path) = rule(shape, route);
        let mut asked = RequestMatch::default();
        asked.path = path;
        builder = builder.route(Vec::from_iter(hostname), vec![asked], route);
    }
    builder.build()
}

/// Names of one length, so that the same is hashed however many there are.
fn rule(shape: &str, route: usize) -> (Option<Hostname>, PathMatch) {
    let prefix = |path: String| PathMatch::Prefix(path);
    match shape {
        "hosts" => (
            Hostname::parse(&format!("team-{route:05}.example.com")),
            prefix("/api".to_owned()),
        ),
        "wildcards" => (
            Hostname::parse(&format!("*.team-{route:05}.example.com")),
            prefix("/api".to_owned()),
        ),
        "exact" => (None, PathMatch::Exact(format!("/api/team-{route:05}/call"))),
        _ => (None, prefix(format!("/api/team-{route:05}/v1"))),
    }
}

fn requests(shape: &str, routes: usize) -> Vec<Request<()>> {
    // A step that meets all rules, in no order.
    let route = |request: usize| request.wrapping_mul(7_919) % routes.max(1);
    (0..REQUESTS)
        .filter_map(|at| request(shape, route(at)))
        .collect()
}

fn request(shape: &str, route: usize) -> Option<Request<()>> {
    let (host, path) = match shape {
        "hosts" => (
            format!("team-{route:05}.example.com"),
            "/api/x/y?q=1".to_owned(),
        ),
        "wildcards" => (
            format!("a.team-{route:05}.example.com"),
            "/api/x/y?q=1".to_owned(),
        ),
        "exact" => (
            "example.com".to_owned(),
            format!("/api/team-{route:05}/call?q=1"),
        ),
        _ => (
            "example.com".to_owned(),
            format!("/api/team-{route:05}/v1/x/y?q=1"),
        ),
    };
    let request = Request::post(path)
        .header("host", host)
        .header("accept", "*/*");
    request
        .header("content-type", "application/json")
        .body(())
        .ok()
}
