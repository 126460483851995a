//! Layers over layers.

use bytes::Bytes;
use http::StatusCode;
use http_body_util::Full;
use tower::{ServiceBuilder, ServiceExt, service_fn};

use super::{
    CALL, EVENT, PATH, ProtocolLayer,
    echo::{Echo, assert_echo, assert_error, breaks},
    is_error,
};
use crate::support::{post, read, within};

#[tokio::test]
async fn two_of_a_kind() {
    let service = ServiceBuilder::new()
        .layer(ProtocolLayer::new())
        .layer(ProtocolLayer::new());
    let echo = service.clone().service(Echo);
    let request = post(PATH, Full::<Bytes>::from(CALL));
    assert_echo(within(echo.clone().oneshot(request)).await.unwrap()).await;
    let mut request = post(PATH, Full::<Bytes>::from(CALL));
    request
        .headers_mut()
        .insert("x-fail", "yes".parse().unwrap());
    let failed = within(echo.oneshot(request)).await.unwrap();
    assert_error(failed, StatusCode::BAD_GATEWAY).await;
}

#[tokio::test]
async fn a_broken_stream_is_told_once() {
    let service = ServiceBuilder::new()
        .layer(ProtocolLayer::new())
        .layer(ProtocolLayer::new())
        .service(service_fn(breaks));
    let request = post(PATH, Full::<Bytes>::from(CALL));
    let (_, body) = read(within(service.oneshot(request)).await.unwrap()).await;
    let error = body.strip_prefix(EVENT).unwrap();
    assert!(is_error(error), "{error}");
    assert_eq!(error.matches("\n\n").count(), 1, "{error}");
}

#[tokio::test]
async fn eight_deep() {
    let layer = ProtocolLayer::new;
    let service = ServiceBuilder::new()
        .layer(layer())
        .layer(layer())
        .layer(layer())
        .layer(layer())
        .layer(layer())
        .layer(layer())
        .layer(layer())
        .layer(layer())
        .service(Echo);
    let request = post(PATH, Full::<Bytes>::from(CALL));
    assert_echo(within(service.oneshot(request)).await.unwrap()).await;
}
