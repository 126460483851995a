//! Calls for language models, as a tower layer: OpenAI Chat and Responses, Anthropic Messages,
//! Gemini and Bedrock Converse.
//!
//! [`LlmLayer`] reads each call once, writes a typed [`LlmCall`] for the layers inside, forwards the
//! answer byte by byte, and tells how it ended and what it used ([`LlmReport`], [`LlmUsage`]). Every
//! error, before the answer or in the middle of its stream, is told in the client's own dialect.
//! [`upstream`] makes a request a provider's, with the gateway's credential, and translates where the provider speaks
//! another dialect ([`bridge`]). With the feature `route`, models of many providers stand behind one endpoint, with
//! failover that respects what the client has already seen.
//!
//! # Features
//! | feature | what it brings | default |
//! |---|---|---|
//! | `route` | the module `route`: `LlmGateway`, models by name, failover | off |
//! | `sigv4` | `upstream::AwsKey` and `Credential::aws`: requests signed for AWS, as Bedrock wants them | off |
//!
//! The dialects and the translation between them need no feature.
//!
//! # Example
//! ```
//! use agentgateway_core::Peeked;
//! use agentgateway_llm::{LlmCall, LlmLayer};
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Any service will do: a router, a client, your own model.
//! let model = service_fn(|request: Request<Peeked<Full<Bytes>>>| async move {
//!     let call = request.extensions().get::<LlmCall>().ok_or("not a call")?;
//!     let answer = format!(r#"{{"model":"{}","choices":[]}}"#, call.model());
//!     Ok::<_, agentgateway_core::BoxError>(
//!         Response::builder()
//!             .header("content-type", "application/json")
//!             .body(Full::new(Bytes::from(answer)))?,
//!     )
//! });
//!
//! let service = LlmLayer::new()
//!     .on_finished(|done| println!("{} used {:?}", done.end.as_str(), done.report.usage))
//!     .layer(model);
//!
//! let request = Request::post("/v1/chat/completions")
//!     .header("content-type", "application/json")
//!     .body(Full::new(Bytes::from(r#"{"model":"small","messages":[]}"#)))?;
//! assert_eq!(service.oneshot(request).await?.status(), 200);
//! # Ok(())
//! # }
//! ```

pub mod bridge;
mod call;
pub mod layer;
mod patience;
mod report;
#[cfg(feature = "route")]
#[cfg_attr(docsrs, doc(cfg(feature = "route")))]
pub mod route;
mod settle;
pub mod telemetry;
mod told;
pub mod upstream;
mod usage;
mod wire;

pub use self::{
    call::LlmCall,
    layer::{Llm, LlmLayer},
    report::{LlmFault, LlmReport},
    upstream::{LlmUpstream, LlmUpstreamLayer},
    usage::LlmUsage,
    wire::{LlmDialect, LlmOperation},
};
