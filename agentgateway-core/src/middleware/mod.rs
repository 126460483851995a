//! Middleware from an async function.
//!
//! # Example
//! ```
//! # use agentgateway_core::{BoxError, middleware::{from_fn, Next}};
//! # use http::{Request, Response};
//! # use tower::{ServiceBuilder, ServiceExt};
//! # #[derive(Clone)] struct Tool(&'static str);
//! # async fn inner(_: Request<String>) -> Result<Response<String>, BoxError> { Ok(Response::new("ran".to_owned())) }
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # runtime.block_on(async {
//! let service = ServiceBuilder::new()
//!     .layer(from_fn(|request: Request<String>, next: Next<_>| async move {
//!         if request.extensions().get::<Tool>().is_some_and(|tool| tool.0 == "delete_everything") {
//!             return Err("not today".into());
//!         }
//!         next.run(request).await
//!     }))
//!     .service_fn(inner);
//! # let answer = service.oneshot(Request::new(String::new())).await.unwrap();
//! # assert_eq!(answer.body(), "ran");
//! # });
//! ```
//!
//! # Differences from `axum::middleware::from_fn`
//! Generic over bodies and unboxed: it runs on axum, hyper and tonic alike. A value fits one stack
//! (one body type and one inner service); two different stacks need two values.

mod from_fn;
#[cfg(test)]
mod tests;

pub use self::from_fn::{FromFn, FromFnLayer, Next, NextFuture, from_fn};
