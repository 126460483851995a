//! What it costs a request, that goes well, to stand under clocks, retries and a choice of endpoints.
//!
//! `cargo bench -p agentgateway-core --features retry --bench resilience`; with `cargo test --benches`
//! each case runs once.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "the numbers are the result"
)]

use std::{env, hint::black_box, time::Duration};

use agentgateway_core::{
    Body, BoxError,
    balance::{BalanceLayer, Balancer, Member},
    retry::RetryLayer,
    timeout::{Clocks, TimeoutLayer},
    upstream::Endpoint,
};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use http_body_util::BodyExt;
use tokio::time::Instant;
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};

/// How long one case is repeated.
const MEASURE: Duration = Duration::from_millis(500);

fn main() {
    let measured = env::args().any(|arg| arg == "--bench");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    println!("{:<24} {:>12}", "case", "ns");
    runtime.block_on(all(measured));
}

async fn all(measured: bool) {
    let clocks = TimeoutLayer::new(
        Clocks::new()
            .stream_head(Some(Duration::from_secs(60)))
            .gap(Some(Duration::from_secs(60)))
            .request(Some(Duration::from_secs(600))),
    );
    let retry = RetryLayer::new();
    let balance = BalanceLayer::new(Balancer::new((1..=3).map(|host| {
        let endpoint: Endpoint = format!("http://10.0.0.{host}").parse().expect("one");
        Member::from(endpoint)
    })));
    let builder = ServiceBuilder::new;
    measure(measured, "nothing", service_fn(answer)).await;
    let service = builder().layer(clocks).service_fn(answer);
    measure(measured, "clocks", service).await;
    let service = builder().layer(retry.clone()).service_fn(answer);
    measure(measured, "retry", service).await;
    let service = builder().layer(balance.clone()).service_fn(answer);
    measure(measured, "balance, of 3", service).await;
    let service = builder()
        .layer(clocks)
        .layer(retry)
        .layer(clocks)
        .layer(balance)
        .service_fn(answer);
    measure(measured, "all", service).await;
}

async fn answer(request: Request<Body>) -> Result<Response<Body>, BoxError> {
    black_box(request);
    Ok(Response::new(Body::from(Bytes::from_static(b"{}"))))
}

/// As a client of a model sends it, read by a protocol layer.
fn request(body: &Bytes) -> Request<Body> {
    Request::post("https://api.example/v1/chat/completions?beta=1")
        .header("content-type", "application/json")
        .header("content-length", "1200")
        .header("accept", "text/event-stream")
        .header("user-agent", "client/1.0")
        .body(Body::from(body.clone()))
        .expect("a request")
}

/// The mean of a request and its answer.
async fn measure<S, B>(measured: bool, case: &str, service: S)
where
    S: Service<Request<Body>, Response = Response<B>, Error: Into<BoxError>> + Clone,
    B: HttpBody<Data = Bytes, Error: Into<BoxError>>,
{
    let body = Bytes::from(vec![b'x'; 1200]);
    let (begun, mut runs) = (Instant::now(), 0_u32);
    loop {
        let answer = service.clone().oneshot(request(&body)).await;
        let answer = answer.map_err(Into::into).expect("it passes");
        let answer = answer.into_body().collect().await;
        black_box(answer.map_err(Into::into).expect("a body"));
        runs += 1;
        if !measured || begun.elapsed() >= MEASURE {
            break;
        }
    }
    let nanos = begun.elapsed().as_nanos() / u128::from(runs);
    println!("{case:<24} {nanos:>12}");
}
