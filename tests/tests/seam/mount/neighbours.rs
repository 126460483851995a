//! Between tower-http's layers.

use std::time::Duration;

use axum::{Router, body::Body, extract::Request, response::Response, routing::post};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use http_body_util::Full;
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    cors::CorsLayer,
    decompression::{DecompressionLayer, RequestDecompressionLayer},
    limit::RequestBodyLimitLayer,
    timeout::RequestBodyTimeoutLayer,
    trace::TraceLayer,
};

use super::{
    CALL, EVENT, LAST, PATH, ProtocolLayer,
    echo::{Echo, assert_echo, breaks, echo},
    is_error,
};
use crate::support::{self, read, within};

#[tokio::test]
async fn around_it() {
    let service = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .layer(CatchPanicLayer::new())
        .layer(DecompressionLayer::new())
        .layer(CompressionLayer::new())
        .layer(RequestBodyTimeoutLayer::new(Duration::from_secs(10)))
        .layer(CorsLayer::permissive())
        .layer(ProtocolLayer::new())
        .service(Echo);
    let mut request = support::post(PATH, Full::<Bytes>::from(CALL));
    let origin = HeaderValue::from_static("http://example.org");
    request.headers_mut().insert(header::ORIGIN, origin);
    let response = within(service.oneshot(request)).await.unwrap();
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert_echo(response).await;
}

#[tokio::test]
async fn inside_of_it() {
    let service = ServiceBuilder::new()
        .layer(ProtocolLayer::new())
        .layer(TraceLayer::new_for_http())
        .layer(DecompressionLayer::new())
        .layer(CorsLayer::permissive())
        .layer(CompressionLayer::new())
        .service(Echo);
    let request = support::post(PATH, Full::<Bytes>::from(CALL));
    let response = within(service.oneshot(request)).await.unwrap();
    assert!(!response.headers().contains_key(header::CONTENT_ENCODING));
    assert_echo(response).await;
}

#[tokio::test]
async fn on_both_sides_on_axum() {
    async fn handler(request: Request) -> Response {
        echo(request).unwrap()
    }
    let layers = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .layer(DecompressionLayer::new())
        .layer(CorsLayer::permissive())
        .layer(ProtocolLayer::new())
        .layer(TraceLayer::new_for_http())
        .layer(DecompressionLayer::new())
        .layer(CorsLayer::permissive());
    let app = Router::new().route(PATH, post(handler)).layer(layers);
    let request = support::post(PATH, Body::from(CALL));
    assert_echo(within(app.oneshot(request)).await.unwrap()).await;
}

/// What came compressed is read when it is decompressed outside.
#[tokio::test]
async fn a_compressed_request() {
    let service = ServiceBuilder::new()
        .layer(RequestDecompressionLayer::new())
        .layer(ProtocolLayer::new())
        .service(Echo);
    let compressed = within(gzip(CALL)).await;
    assert_ne!(compressed, CALL);
    let mut request = support::post(PATH, Full::<Bytes>::from(compressed));
    let coding = HeaderValue::from_static("gzip");
    request
        .headers_mut()
        .insert(header::CONTENT_ENCODING, coding);
    assert_echo(within(service.oneshot(request)).await.unwrap()).await;
}

/// A limit outside refuses a declared length by itself. One that is met while the layer reads ends
/// the body with an error of its own, which the layer tells as an upload that broke off.
#[tokio::test]
async fn a_limit_outside() {
    let service = ServiceBuilder::new()
        .layer(RequestBodyLimitLayer::new(CALL.len() - 1))
        .layer(ProtocolLayer::new())
        .service(Echo);
    let mut declared = support::post(PATH, Full::<Bytes>::from(CALL));
    let length = HeaderValue::from(CALL.len());
    declared
        .headers_mut()
        .insert(header::CONTENT_LENGTH, length);
    let status = within(service.clone().oneshot(declared))
        .await
        .unwrap()
        .status();
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);

    let streamed = support::post(PATH, Full::<Bytes>::from(CALL));
    let (_, body) = read(within(service.oneshot(streamed)).await.unwrap()).await;
    assert!(body.contains("broke off"), "{body:?}");
}

/// An event stream that came compressed is rescued when it is decompressed inside.
#[tokio::test]
async fn streams_through_both() {
    let stream = |body: &'static str| {
        service_fn(move |_: http::Request<_>| async move {
            let mut response = http::Response::new(Full::<Bytes>::from(body));
            let media = HeaderValue::from_static("text/event-stream");
            response.headers_mut().insert(header::CONTENT_TYPE, media);
            Ok::<_, std::convert::Infallible>(response)
        })
    };
    let whole: &'static str = Box::leak(format!("{EVENT}{LAST}").into_boxed_str());
    let layers = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .layer(DecompressionLayer::new())
        .layer(ProtocolLayer::new())
        .layer(DecompressionLayer::new())
        .layer(TraceLayer::new_for_http());
    let request = || support::post(PATH, Full::<Bytes>::from(CALL));
    let service = layers.clone().service(stream(whole));
    let (_, body) = read(within(service.oneshot(request())).await.unwrap()).await;
    assert_eq!(body, whole);
    let service = layers.clone().service(stream(EVENT));
    let (_, body) = read(within(service.oneshot(request())).await.unwrap()).await;
    assert!(is_error(body.strip_prefix(EVENT).unwrap()), "{body}");
    let service = layers.service(service_fn(breaks));
    let (head, body) = read(within(service.oneshot(request())).await.unwrap()).await;
    assert_eq!(head.status, StatusCode::OK);
    assert!(is_error(body.strip_prefix(EVENT).unwrap()), "{body}");
}

async fn gzip(text: &'static str) -> Bytes {
    use http_body_util::BodyExt;
    let service = ServiceBuilder::new()
        .layer(CompressionLayer::new())
        .service(Echo);
    let mut request = support::post(PATH, Full::<Bytes>::from(text));
    let accept = HeaderValue::from_static("gzip");
    request
        .headers_mut()
        .insert(header::ACCEPT_ENCODING, accept);
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
    response.into_body().collect().await.unwrap().to_bytes()
}
