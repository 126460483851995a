//! Middleware between the layer and the service.

use agentgateway_core::{BoxError, middleware};
use axum::{Extension, Router, body::Body, extract::Request, response::Response, routing::post};
use bytes::Bytes;
use http::StatusCode;
use http_body_util::Full;
use tower::{ServiceBuilder, ServiceExt};

use super::{
    CALL, Call, PATH, ProtocolLayer, SEEN,
    echo::{Echo, assert_echo, assert_error, echo},
    seen,
};
use crate::support::{self, within};

#[tokio::test]
async fn of_a_closure_without_annotations() {
    let service = ServiceBuilder::new()
        .layer(ProtocolLayer::new())
        .layer(middleware::from_fn(|request, next| async move {
            assert_eq!(seen(request.extensions()), Some(SEEN));
            let mut response = next.run(request).await?;
            response.headers_mut().insert("x-between", "yes".parse()?);
            Ok(response)
        }))
        .service(Echo);
    let request = support::post(PATH, Full::<Bytes>::from(CALL));
    let response = within(service.oneshot(request)).await.unwrap();
    assert_eq!(response.headers()["x-between"], "yes");
    assert_echo(response).await;
}

#[tokio::test]
async fn its_refusal_is_said_in_the_protocols_form() {
    let service = ServiceBuilder::new()
        .layer(ProtocolLayer::new())
        .layer(middleware::from_fn(|request, next| async move {
            if seen(request.extensions()).is_some() {
                return Err("words that no client may see".into());
            }
            next.run(request).await
        }))
        .service(Echo);
    let request = support::post(PATH, Full::<Bytes>::from(CALL));
    let response = within(service.oneshot(request)).await.unwrap();
    assert_error(response, StatusCode::BAD_GATEWAY).await;
}

#[tokio::test]
async fn of_a_closure_on_axum() {
    async fn handler(request: Request) -> Response {
        echo(request).unwrap()
    }
    let between = middleware::from_fn(|request, next| async move {
        let mut response = next.run(request).await?;
        response.headers_mut().insert("x-between", "yes".parse()?);
        Ok(response)
    });
    let layers = ServiceBuilder::new()
        .layer(ProtocolLayer::new())
        .layer(between);
    let app = Router::new().route(PATH, post(handler)).layer(layers);
    let response = within(app.oneshot(support::post(PATH, Body::from(CALL))))
        .await
        .unwrap();
    assert_eq!(response.headers()["x-between"], "yes");
    assert_echo(response).await;
}

#[tokio::test]
async fn of_axums_own() {
    async fn handler(request: Request) -> Response {
        echo(request).unwrap()
    }
    async fn between(
        Extension(_): Extension<Call>,
        request: Request,
        next: axum::middleware::Next,
    ) -> Response {
        let mut response = next.run(request).await;
        response
            .headers_mut()
            .insert("x-between", "yes".parse().unwrap());
        response
    }
    let app = Router::new()
        .route(PATH, post(handler))
        .layer(axum::middleware::from_fn(between))
        .layer(ProtocolLayer::new());
    let response = within(app.oneshot(support::post(PATH, Body::from(CALL))))
        .await
        .unwrap();
    assert_eq!(response.headers()["x-between"], "yes");
    assert_echo(response).await;
}

/// A named function, generic over all that it does not touch, fits every stack.
#[tokio::test]
async fn of_a_generic_function() {
    async fn between<B, S, RB>(
        request: http::Request<B>,
        next: middleware::Next<S>,
    ) -> Result<http::Response<RB>, BoxError>
    where
        S: tower::Service<http::Request<B>, Response = http::Response<RB>>,
        S::Error: Into<BoxError>,
    {
        next.run(request).await
    }
    let service = ServiceBuilder::new()
        .layer(ProtocolLayer::new())
        .layer(middleware::from_fn(between))
        .service(Echo);
    let request = support::post(PATH, Full::<Bytes>::from(CALL));
    assert_echo(within(service.oneshot(request)).await.unwrap()).await;
}
