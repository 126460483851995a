//! A2A (Agent2Agent): a tower layer and codecs.
//!
//! [`A2aLayer`] stands around any service that answers A2A over HTTP: an agent of the application's
//! own, or a client that calls one. It speaks v1.0 and v0.3, over JSON-RPC, HTTP+JSON and (feature `grpc`) gRPC, tells
//! everything inside what is called ([`A2aCall`]), says every error as A2A does, and gives agent
//! cards the public URL.
//!
//! ```
//! use agentgateway_a2a::{A2aCall, A2aLayer};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//! # use agentgateway_core::{Body, body::Peeked};
//! # use http::{Request, Response};
//! # use http_body_util::BodyExt;
//! # use std::convert::Infallible;
//! # async fn agent(_: Request<Peeked<Body>>) -> Result<Response<Body>, Infallible> {
//! #     let card = r#"{"name":"planner", "url":"http://10.0.0.5:9999/a2a"}"#;
//! #     Ok(Response::new(Body::from(bytes::Bytes::from(card))))
//! # }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let service = ServiceBuilder::new()
//!     .layer(A2aLayer::new().public_url("https://agents.example.org/planner".parse()?))
//!     .map_request(|request: Request<_>| {
//!         if let Some(call) = request.extensions().get::<A2aCall>() {
//!             println!("{} {:?}", call.operation().as_str(), call.task_id());
//!         }
//!         request
//!     })
//!     .service(service_fn(agent));
//! # let request = Request::get("/.well-known/agent-card.json").body(Body::empty())?;
//! # let answer = service.oneshot(request).await?.into_body().collect().await?.to_bytes();
//! # assert_eq!(answer, r#"{"name":"planner", "url":"https://agents.example.org/planner/a2a"}"#);
//! # Ok(())
//! # }
//! ```
//!
//! The rooms: [`layer`] tells what the layer does, [`wire`] holds names, errors and
//! [agent cards](wire::card) and is usable alone, [`policy`] decides what callers and agents may do, [`push`] where
//! agents may push to, [`upstream`] calls an agent, [`bridge`] turns messages of one binding and version into
//! those of another, [`route`] chooses among agents and their replicas, [`gateway`] is the whole assembled,
//! [`telemetry`] names the spans.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod bridge;
mod call;
pub mod gateway;
pub mod layer;
pub mod policy;
pub mod push;
pub mod route;
pub mod telemetry;
pub mod upstream;
pub mod wire;

pub use self::{
    call::A2aCall,
    gateway::A2aGateway,
    layer::{A2a, A2aLayer, A2aReport},
    upstream::{A2aUpstream, A2aUpstreamLayer},
    wire::{A2aBinding, A2aOperation, A2aVersion, TaskState, card::PublicUrl},
};
