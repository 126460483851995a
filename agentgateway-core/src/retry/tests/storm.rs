//! Many requests at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{Request, Response, StatusCode};
use tower::ServiceExt;
use tower_layer::Layer;

use super::support::*;
use crate::{balance::*, body::Body, error::Error, retry::*, upstream::Endpoint};

/// Fails each request after a millisecond, and counts them.
async fn fails(attempts: Arc<AtomicUsize>) -> Result<Response<Body>, Error> {
    attempts.fetch_add(1, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(1)).await;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    Ok(response)
}

/// Fault H49: all upstreams fail at 1,000 requests a second: retries stay within 20 % and the floor, and nothing queues up.
#[tokio::test(start_paused = true)]
async fn a_fault_of_all_is_not_made_worse() {
    const SECONDS: usize = 30;
    let attempts = Arc::new(AtomicUsize::new(0));
    let endpoints = ["http://a:1", "http://b:1", "http://c:1"];
    let members = endpoints.map(|text| Member::from(text.parse::<Endpoint>().unwrap()));
    let service = tower::ServiceBuilder::new()
        .layer(RetryLayer::new().retries(3))
        .layer(BalanceLayer::new(Balancer::new(members)))
        .service(tower::service_fn({
            let attempts = Arc::clone(&attempts);
            move |_: Request<Body>| fails(Arc::clone(&attempts))
        }));
    let (mut requests, mut most) = (0, 0);
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..SECONDS * 1_000 {
        running.spawn(service.clone().oneshot(get()));
        requests += 1;
        tokio::time::sleep(Duration::from_millis(1)).await;
        while let Some(ended) = running.try_join_next() {
            let status = ended.unwrap().unwrap().status();
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        }
        most = most.max(running.len());
    }
    while running.join_next().await.is_some() {}
    let attempts = attempts.load(Ordering::Relaxed);
    // The floor is 10 in a second, and that of a whole window may be used at once.
    let allowed = requests + requests / 5 + 10 * (SECONDS + 10);
    assert!(attempts <= allowed, "{attempts} of {requests}");
    assert!(
        attempts > requests + requests / 10,
        "it does retry: {attempts}"
    );
    assert!(most < 200, "{most} at once");
}

#[tokio::test(start_paused = true)]
async fn a_budget_is_shared_by_all_that_have_a_handle() {
    let attempts = Arc::new(AtomicUsize::new(0));
    let budget = Budget::new(0.0, 1);
    let told = Arc::new(AtomicUsize::new(0));
    for _ in 0..4 {
        let skips = Arc::clone(&told);
        let layer = RetryLayer::new()
            .budget(budget.clone())
            .on_skip(move |why| {
                let spent = usize::from(why == Skip::Budget);
                skips.fetch_add(spent, Ordering::Relaxed);
            });
        let service = layer.layer(tower::service_fn(|_: Request<Body>| {
            fails(Arc::clone(&attempts))
        }));
        for _ in 0..5 {
            service.clone().oneshot(get()).await.unwrap();
        }
    }
    // Ten retries for ten seconds, of which less than one went by.
    assert_eq!(attempts.load(Ordering::Relaxed), 30);
    assert_eq!(told.load(Ordering::Relaxed), 10);
}

#[tokio::test(start_paused = true)]
async fn there_may_be_no_budget() {
    let attempts = Arc::new(AtomicUsize::new(0));
    let service = RetryLayer::new()
        .budget(None)
        .layer(tower::service_fn(|_: Request<Body>| {
            fails(Arc::clone(&attempts))
        }));
    for _ in 0..500 {
        service.clone().oneshot(get()).await.unwrap();
    }
    assert_eq!(attempts.load(Ordering::Relaxed), 1_000);
}

/// Fault L20: a request goes on to an endpoint that was not told to wait, and who was told is left alone.
#[tokio::test(start_paused = true)]
async fn the_next_attempt_goes_to_another_endpoint() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let client = tower::service_fn(move |request: Request<Body>| {
        let busy = request.uri().host() == Some("busy");
        count.fetch_add(usize::from(busy), Ordering::Relaxed);
        async move {
            let response = Response::builder();
            Ok::<_, Error>(if busy {
                let response = response.status(429).header("retry-after", "30");
                response.body(Body::empty()).unwrap()
            } else {
                response.body(Body::empty()).unwrap()
            })
        }
    });
    let members = ["http://busy:1", "http://free:1"];
    let members = members.map(|text| Member::from(text.parse::<Endpoint>().unwrap()));
    let ejection = Ejection::new().cooldown(Duration::from_secs(5));
    let balancer = Balancer::builder().ejection(ejection).build(members);
    let service = tower::ServiceBuilder::new()
        .layer(RetryLayer::new())
        .layer(BalanceLayer::new(balancer))
        .service(client);
    let begun = tokio::time::Instant::now();
    for _ in 0..100 {
        let response = service.clone().oneshot(get()).await.unwrap();
        assert_eq!(response.status(), 200);
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert!(begun.elapsed() < Duration::from_secs(1));
}
