//! tower's limits inside: their errors are answers about the request.

use std::{convert::Infallible, time::Duration};

use agentgateway_core::BoxError;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use tokio::time::sleep;
use tower::{ServiceBuilder, ServiceExt};

use super::{
    CALL, PATH, ProtocolLayer,
    echo::{Echo, assert_echo, assert_error, echo},
};
use crate::support::post;

fn call() -> Request<Full<Bytes>> {
    post(PATH, Full::from(CALL))
}

async fn slow<B>(request: Request<B>) -> Result<Response<B>, BoxError> {
    sleep(Duration::from_secs(5)).await;
    echo(request)
}

#[tokio::test(start_paused = true)]
async fn a_timeout_is_a_504() {
    let service = ServiceBuilder::new()
        .layer(ProtocolLayer::new())
        .timeout(Duration::from_secs(1))
        .service_fn(slow);
    let Ok::<_, Infallible>(response) = service.oneshot(call()).await;
    assert_error(response, StatusCode::GATEWAY_TIMEOUT).await;
}

#[tokio::test(start_paused = true)]
async fn a_shed_call_is_a_503() {
    let service = ServiceBuilder::new()
        .layer(ProtocolLayer::new())
        .load_shed()
        .concurrency_limit(1)
        .service_fn(slow);
    let (first, second) = tokio::join!(
        service.clone().oneshot(call()),
        service.clone().oneshot(call())
    );
    assert_echo(first.unwrap()).await;
    assert_error(second.unwrap(), StatusCode::SERVICE_UNAVAILABLE).await;
    assert_echo(service.oneshot(call()).await.unwrap()).await;
}

#[tokio::test(start_paused = true)]
async fn a_limit_alone_makes_calls_wait() {
    let service = ServiceBuilder::new()
        .layer(ProtocolLayer::new())
        .concurrency_limit(1)
        .service_fn(slow);
    let begun = tokio::time::Instant::now();
    let (first, second) = tokio::join!(service.clone().oneshot(call()), service.oneshot(call()));
    assert_echo(first.unwrap()).await;
    assert_echo(second.unwrap()).await;
    assert_eq!(begun.elapsed().as_secs(), 10);
}

/// A permit that a slow upload held would keep all others out.
#[tokio::test(start_paused = true)]
async fn an_upload_holds_no_permit() {
    let service = ServiceBuilder::new()
        .layer(ProtocolLayer::new())
        .load_shed()
        .concurrency_limit(1)
        .service(Echo);
    let (_upload, body) = http_body_util::channel::Channel::<Bytes, BoxError>::new(1);
    let mut uploading = tokio_test::task::spawn(service.clone().oneshot(post(PATH, body)));
    tokio_test::assert_pending!(uploading.poll());
    assert_echo(service.oneshot(call()).await.unwrap()).await;
    tokio_test::assert_pending!(uploading.poll());
}

#[tokio::test]
async fn a_buffer_inside() {
    let service = ServiceBuilder::new()
        .layer(ProtocolLayer::new())
        .buffer(4)
        .service(Echo);
    assert_echo(service.oneshot(call()).await.unwrap()).await;
}
