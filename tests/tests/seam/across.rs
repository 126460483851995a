//! Layers of several protocols, one over the other: each reads what is its own.

use agentgateway_a2a::A2aLayer;
use agentgateway_core::BoxError;
use agentgateway_llm::LlmLayer;
use agentgateway_mcp::McpLayer;
use axum::{Router, body::Body, extract::Request};
use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tower::{ServiceBuilder, ServiceExt, service_fn};

use crate::{a2a, llm, mcp, support::post};

/// Says which calls it was given, and gives the bytes back.
async fn echo<B>(request: http::Request<B>) -> Result<Response<B>, BoxError> {
    if request.headers().contains_key("x-fail") {
        return Err("words that no client may see".into());
    }
    let extensions = request.extensions();
    let seen = [
        mcp::seen(extensions),
        a2a::seen(extensions),
        llm::seen(extensions),
    ];
    let seen = format!("{seen:?}");
    let mut response = Response::new(request.into_body());
    response.headers_mut().insert("x-seen", seen.parse()?);
    Ok(response)
}

/// JSON that is no JSON-RPC is refused where JSON-RPC is spoken, and told nobody inside.
#[tokio::test]
async fn a_chat_passes_no_layer_that_reads_json_rpc() {
    let chat = || post(llm::PATH, Full::<Bytes>::from(llm::CALL));
    let service = ServiceBuilder::new()
        .layer(McpLayer::new())
        .service(service_fn(echo));
    let response = service.oneshot(chat()).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(!response.headers().contains_key("x-seen"));
    let service = ServiceBuilder::new()
        .layer(A2aLayer::new())
        .service(service_fn(echo));
    let response = service.oneshot(chat()).await.unwrap();
    assert!(!response.headers().contains_key("x-seen"));
}

#[tokio::test]
async fn each_on_its_own_route() {
    async fn handler(request: Request) -> axum::response::Response {
        echo(request).await.unwrap()
    }
    let route = || axum::routing::post(handler);
    let app = Router::new()
        .route(mcp::PATH, route().layer(McpLayer::new()))
        .route(a2a::PATH, route().layer(A2aLayer::new()))
        .route(llm::PATH, route().layer(LlmLayer::new()));
    for (path, call, seen) in [
        (mcp::PATH, mcp::CALL, r#"[Some("search"), None, None]"#),
        (a2a::PATH, a2a::CALL, r#"[None, Some("talk"), None]"#),
        (llm::PATH, llm::CALL, r#"[None, None, Some("small")]"#),
    ] {
        let response = app
            .clone()
            .oneshot(post(path, Body::from(call)))
            .await
            .unwrap();
        assert_eq!(response.headers()["x-seen"], seen);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, call);
    }
}

/// JSON-RPC is a call of both; the error is said by the inner one, and once.
#[tokio::test]
async fn one_over_the_other() {
    let service = ServiceBuilder::new()
        .layer(LlmLayer::new())
        .layer(A2aLayer::new())
        .layer(McpLayer::new())
        .service(service_fn(echo));
    let request = post(mcp::PATH, Full::<Bytes>::from(mcp::CALL));
    let response = service.clone().oneshot(request).await.unwrap();
    assert_eq!(
        response.headers()["x-seen"],
        r#"[Some("search"), None, None]"#
    );
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, mcp::CALL);
    let mut request = post(mcp::PATH, Full::<Bytes>::from(mcp::CALL));
    request
        .headers_mut()
        .insert("x-fail", "yes".parse().unwrap());
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body = std::str::from_utf8(&body).unwrap();
    assert!(mcp::is_error(body), "{body}");
    assert_eq!(body.matches("error").count(), 1, "{body}");
}
