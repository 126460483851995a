//! What a policy costs that asks a service by Envoy's protocols, without the way to the service.
//!
//! `cargo bench -p agentgateway-core --features envoy --bench envoy`; with `cargo test --benches`
//! each case runs once.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "the numbers are the result"
)]

use std::{env, hint::black_box, sync::Arc, time::Duration};

use agentgateway_core::{
    Body, BoxError,
    envoy::{
        authz::{ExtAuthz, GrpcService, HttpService, VerdictCache},
        ratelimit::{Descriptor, GlobalRateLimit},
    },
    policy::{Policy, PolicyLayer},
    upstream::{Endpoint, Upstream},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use tokio::time::Instant;
use tower::{Layer, ServiceExt, service_fn};

/// How long one case is repeated.
const MEASURE: Duration = Duration::from_millis(500);

/// A status of 0, and a limit that is not reached.
const ALLOWED: &[u8] = &[0, 0, 0, 0, 2, 0x0a, 0];
const BELOW: &[u8] = &[0, 0, 0, 0, 2, 0x08, 1];

fn main() {
    let measured = env::args().any(|arg| arg == "--bench");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let endpoint: Endpoint = "judge:9001".parse().expect("an endpoint");
    let grpc = || GrpcService::new(endpoint.clone(), answering(ALLOWED));
    let http = HttpService::new(endpoint.clone(), answering(b""));
    let by_key = VerdictCache::new(|_| Some(vec![b"key".to_vec()]), Duration::from_secs(60));
    let limit = GlobalRateLimit::new("bench", endpoint.clone(), answering(BELOW));
    let limit = limit.descriptor(Descriptor::new().constant("a", "b"));
    println!("{:<24} {:>12}", "case", "ns");
    let cases: [(&str, Vec<Arc<dyn Policy>>); 5] = [
        ("no policy", Vec::new()),
        ("authz, gRPC", vec![Arc::new(ExtAuthz::grpc(grpc()))]),
        (
            "authz, gRPC, kept",
            vec![Arc::new(ExtAuthz::grpc(grpc()).cache(by_key))],
        ),
        ("authz, HTTP", vec![Arc::new(ExtAuthz::http(http))]),
        ("rate limit", vec![Arc::new(limit)]),
    ];
    for (case, policies) in cases {
        runtime.block_on(measure(measured, case, policies));
    }
}

/// A service in the same process that says this.
fn answering(message: &'static [u8]) -> Upstream {
    Upstream::new(service_fn(move |request: Request<Body>| async move {
        black_box(request);
        let status = HeaderMap::from_iter([("grpc-status".parse()?, HeaderValue::from(0))]);
        let body = Full::new(Bytes::from_static(message)).with_trailers(async { Some(Ok(status)) });
        let head = Response::builder().header("content-type", "application/grpc");
        Ok::<_, BoxError>(head.body(Body::new(body))?)
    }))
}

/// As a client of a model sends it.
fn request() -> Request<()> {
    let mut request = Request::post("https://api.example/v1/chat/completions?beta=1");
    for (name, value) in [
        (
            "authorization",
            "Bearer eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl",
        ),
        ("content-type", "application/json"),
        ("content-length", "1200"),
        ("accept", "text/event-stream"),
        ("accept-encoding", "gzip, br"),
        ("user-agent", "client/1.0"),
        ("x-request-id", "6f1c2b0e-0f0a-4d39-8a52-8f3b0b2f7f0e"),
        (
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ),
    ] {
        request = request.header(name, value);
    }
    request.body(()).expect("a request")
}

async fn measure(measured: bool, case: &str, policies: Vec<Arc<dyn Policy>>) {
    let inner = service_fn(|request: Request<()>| async {
        black_box(request);
        Ok::<_, BoxError>(Response::new(Body::empty()))
    });
    let service = PolicyLayer::all(policies).layer(inner);
    let (begun, mut runs) = (Instant::now(), 0_u32);
    loop {
        let answer = service.clone().oneshot(request()).await;
        black_box(answer.expect("it passes"));
        runs += 1;
        if !measured || begun.elapsed() >= MEASURE {
            break;
        }
    }
    let nanos = begun.elapsed().as_nanos() / u128::from(runs);
    println!("{case:<24} {nanos:>12}");
}
