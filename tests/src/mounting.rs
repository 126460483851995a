//! What does not compile when a layer is mounted, each beside the way that works.
//!
//! The guide on mounting tells the reasons; these examples keep it true.
//!
//! # A layer that is there or not
//! `Either` wants one type of answer from both sides.
//! ```compile_fail
//! # use agentgateway_mcp::McpLayer;
//! # use axum::{Router, routing::post};
//! let layer = tower::util::option_layer(Some(McpLayer::new()));
//! let app: Router = Router::new().route("/mcp", post(|| async {})).layer(layer);
//! ```
//! ```
//! # use agentgateway_mcp::McpLayer;
//! # use axum::{Router, routing::post};
//! let layer = McpLayer::new().enabled(false);
//! let app: Router = Router::new().route("/mcp", post(|| async {})).layer(layer);
//! ```
//!
//! # A timeout outside
//! A host such as axum takes no errors, and outside of the layer there is nobody to answer one.
//! ```compile_fail
//! # use agentgateway_mcp::McpLayer;
//! # use axum::{Router, routing::post};
//! # use std::time::Duration;
//! # use tower::{ServiceBuilder, timeout::TimeoutLayer};
//! let layers = ServiceBuilder::new()
//!     .layer(TimeoutLayer::new(Duration::from_secs(9)))
//!     .layer(McpLayer::new());
//! let app: Router = Router::new().route("/mcp", post(|| async {})).layer(layers);
//! ```
//! ```
//! # use agentgateway_core::rescue::RescueLayer;
//! # use agentgateway_mcp::{McpLayer, layer::McpDialect};
//! # use axum::{Router, routing::post};
//! # use std::time::Duration;
//! # use tower::{ServiceBuilder, timeout::TimeoutLayer};
//! # let timeout = || TimeoutLayer::new(Duration::from_secs(9));
//! # let routes = || Router::<()>::new().route("/mcp", post(|| async {}));
//! // Inside: the answer has the request's id.
//! let layers = ServiceBuilder::new().layer(McpLayer::new()).layer(timeout());
//! let app: Router = routes().layer(layers);
//! // Outside, where it also counts the upload: rescued, without an id.
//! let layers = ServiceBuilder::new()
//!     .layer(RescueLayer::new(McpDialect::default(), None))
//!     .layer(timeout())
//!     .layer(McpLayer::new());
//! let app: Router = routes().layer(layers);
//! ```
//!
//! # A request that is sent twice
//! A body that may stream is not `Clone`, so tower's `retry` cannot keep a copy inside of the layer.
//! ```compile_fail
//! # use agentgateway_core::Peeked;
//! # use bytes::Bytes;
//! # use http_body_util::Full;
//! fn twice<B: Clone>(body: B) -> (B, B) { (body.clone(), body) }
//! twice(Peeked::untouched(Full::<Bytes>::default()));
//! ```
//! ```
//! # use agentgateway_core::Peeked;
//! # use bytes::Bytes;
//! # use http_body_util::Full;
//! // Bytes are: a request that was read is whole.
//! let whole: Option<Bytes> = Peeked::untouched(Full::<Bytes>::default()).whole();
//! # assert!(whole.is_some());
//! ```
//!
//! # A closure as the service
//! tower's `service_fn` cannot tell the type of a closure's request.
//! ```compile_fail
//! # use agentgateway_mcp::McpLayer;
//! # use http::{Request, Response};
//! # use tower::{BoxError, ServiceBuilder};
//! let service = ServiceBuilder::new()
//!     .layer(McpLayer::new())
//!     .service_fn(|request| async { Ok::<_, BoxError>(Response::new(request.into_body())) });
//! ```
//! ```
//! # use agentgateway_mcp::McpLayer;
//! # use http::{Request, Response};
//! # use tower::{BoxError, ServiceBuilder, ServiceExt};
//! async fn echo<B>(request: Request<B>) -> Result<Response<B>, BoxError> {
//!     Ok(Response::new(request.into_body()))
//! }
//! let service = ServiceBuilder::new().layer(McpLayer::new()).service_fn(echo);
//! # drop(service.oneshot(Request::new(axum::body::Body::empty())));
//! ```
//!
//! # An erased service that is not `Sync`
//! ```compile_fail
//! # use agentgateway_mcp::McpLayer;
//! # use axum::{Router, body::Body, extract::Request, response::Response, routing::post};
//! # use std::convert::Infallible;
//! # use tower::{Layer, util::BoxCloneService, ServiceExt};
//! # use agentgateway_core::Peeked;
//! # async fn answer(_: axum::http::Request<Peeked<Body>>) -> Result<Response, Infallible> { Ok(Response::default()) }
//! let erased = BoxCloneService::new(tower::service_fn(answer));
//! let app: Router = Router::new().route_service("/mcp", McpLayer::new().layer(erased));
//! ```
//! ```
//! # use agentgateway_mcp::McpLayer;
//! # use axum::{Router, body::Body, extract::Request, response::Response, routing::post};
//! # use std::convert::Infallible;
//! # use tower::{Layer, util::BoxCloneSyncService, ServiceExt};
//! # use agentgateway_core::Peeked;
//! # async fn answer(_: axum::http::Request<Peeked<Body>>) -> Result<Response, Infallible> { Ok(Response::default()) }
//! let erased = BoxCloneSyncService::new(tower::service_fn(answer));
//! let app: Router = Router::new().route_service("/mcp", McpLayer::new().layer(erased));
//! ```
//!
//! # CORS over a trace
//! tower-http's `CorsLayer` answers by itself and wants a body that has a default; the body of its
//! `TraceLayer` has none.
//! ```compile_fail
//! # use agentgateway_mcp::McpLayer;
//! # use axum::{Router, routing::post};
//! # use tower::ServiceBuilder;
//! # use tower_http::{cors::CorsLayer, trace::TraceLayer};
//! let layers = ServiceBuilder::new()
//!     .layer(CorsLayer::permissive())
//!     .layer(TraceLayer::new_for_http())
//!     .layer(McpLayer::new());
//! let app: Router = Router::new().route("/mcp", post(|| async {})).layer(layers);
//! ```
//! ```
//! # use agentgateway_mcp::McpLayer;
//! # use axum::{Router, routing::post};
//! # use tower::ServiceBuilder;
//! # use tower_http::{cors::CorsLayer, trace::TraceLayer};
//! let layers = ServiceBuilder::new()
//!     .layer(TraceLayer::new_for_http())
//!     .layer(CorsLayer::permissive())
//!     .layer(McpLayer::new());
//! let app: Router = Router::new().route("/mcp", post(|| async {})).layer(layers);
//! ```
//!
//! # One `from_fn` for two stacks
//! ```compile_fail
//! # use agentgateway_core::middleware::from_fn;
//! # use agentgateway_mcp::McpLayer;
//! # use axum::{Router, routing::post};
//! let rule = from_fn(|request, next| async move { next.run(request).await });
//! let routes = || Router::<()>::new().route("/mcp", post(|| async {}));
//! let once: Router = routes().layer((McpLayer::new(), rule.clone()));
//! let twice: Router = routes().layer((McpLayer::new(), McpLayer::new(), rule));
//! ```
//! ```
//! # use agentgateway_core::middleware::from_fn;
//! # use agentgateway_mcp::McpLayer;
//! # use axum::{Router, routing::post};
//! # let routes = || Router::<()>::new().route("/mcp", post(|| async {}));
//! let rule = from_fn(|request, next| async move { next.run(request).await });
//! let once: Router = routes().layer((McpLayer::new(), rule.clone()));
//! let again: Router = routes().layer((McpLayer::new(), rule));
//! let rule = from_fn(|request, next| async move { next.run(request).await });
//! let twice: Router = routes().layer((McpLayer::new(), McpLayer::new(), rule));
//! ```
