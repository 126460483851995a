//! On axum.

use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::Request,
    response::{IntoResponse, Response},
    routing::post,
};
use http::{StatusCode, header::CONTENT_TYPE};
use tower::{Layer, ServiceExt};

use super::{
    CALL, Call, PATH, ProtocolLayer, SEEN,
    echo::{Echo, assert_echo, assert_error, echo},
};
use crate::support::{self, read, within};

async fn handler(request: Request) -> Response {
    match echo(request) {
        Ok(response) => response,
        Err(error) => error.to_string().into_response(),
    }
}

async fn check(form: &str, router: Router, path: &str) {
    let request = support::post(path, Body::from(CALL));
    println!("{form}");
    assert_echo(within(router.oneshot(request)).await.unwrap()).await;
}

#[tokio::test]
async fn as_a_layer() {
    let layer = ProtocolLayer::new;
    let routes = || Router::new().route(PATH, post(handler));
    check("layer", routes().layer(layer()), PATH).await;
    check("route_layer", routes().route_layer(layer()), PATH).await;
    check("merge", Router::new().merge(routes().layer(layer())), PATH).await;
    let one = Router::new().route(PATH, post(handler).layer(layer()));
    check("one method", one, PATH).await;
    let deep = Router::new().nest("/nested", routes().layer(layer()));
    check("nest", deep, &format!("/nested{PATH}")).await;
}

#[tokio::test]
async fn as_a_service() {
    let service = || ProtocolLayer::new().layer(Echo);
    let route = Router::new().route_service(PATH, service());
    check("route_service", route, PATH).await;
    let nested = Router::new().nest_service("/nested", service());
    check("nest_service", nested, &format!("/nested{PATH}")).await;
    let fallback = Router::new().fallback_service(service());
    check("fallback_service", fallback, PATH).await;
    // A service whose own error is no answer is fit for a route with the layer around it.
    let mut failing = support::post(PATH, Body::from(CALL));
    failing
        .headers_mut()
        .insert("x-fail", "yes".parse().unwrap());
    let route = Router::new().route_service(PATH, service());
    let response = within(route.oneshot(failing)).await.unwrap();
    assert_error(response, StatusCode::BAD_GATEWAY).await;
}

#[tokio::test]
async fn a_router_is_an_inner_service_too() {
    let service = ProtocolLayer::new().layer(Router::new().route(PATH, post(handler)));
    let request = support::post(PATH, Body::from(CALL));
    assert_echo(within(service.oneshot(request)).await.unwrap()).await;
}

#[tokio::test]
async fn a_handler_extracts_the_call() {
    async fn handler(Extension(call): Extension<Call>, body: Bytes) -> impl IntoResponse {
        let mut extensions = http::Extensions::new();
        extensions.insert(call);
        let seen = super::seen(&extensions).unwrap_or_default().to_owned();
        (
            [("x-seen", seen)],
            [(CONTENT_TYPE, "application/json")],
            body,
        )
    }
    let app = Router::new()
        .route(PATH, post(handler))
        .layer(ProtocolLayer::new());
    check("extractors", app, PATH).await;
}

#[tokio::test]
async fn what_is_not_the_protocols_passes() {
    let routes = Router::new()
        .route("/health", axum::routing::get(|| async { "well" }))
        .route(PATH, post(handler));
    let request = Request::get("/health").body(Body::empty()).unwrap();
    let app = routes.layer(ProtocolLayer::new());
    let (head, body) = read(within(app.oneshot(request)).await.unwrap()).await;
    assert_eq!((head.status, body.as_str()), (StatusCode::OK, "well"));
}

#[tokio::test]
async fn served_over_a_socket() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let app = Router::new()
        .route(PATH, post(handler))
        .layer(ProtocolLayer::new());
    tokio::spawn(axum::serve(listener, app).into_future());
    for version in [support::Version::One, support::Version::Two] {
        let response = support::send(version, addr, PATH, CALL, false).await;
        assert_eq!(response.headers()["x-seen"], SEEN, "{version:?}");
        assert_echo(response).await;
    }
}
