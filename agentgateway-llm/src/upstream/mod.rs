//! How a provider is spoken to.
//!
//! [`LlmUpstreamLayer`] stands inside of [`LlmLayer`](crate::LlmLayer) and outside of an HTTP client:
//! it directs a request to a [`Provider`], and makes it the gateway's own.
//!
//! # Behaviour
//! * The request goes to the provider's [`Endpoint`](agentgateway_core::upstream::Endpoint); path
//!   and query stay, behind the endpoint's base path. A key in the query, as Gemini takes it (`key`,
//!   `access_token`), is taken out, whatever the provider.
//! * Headers go upstream by a list: content type, `accept`, user agent, the dialects' versions and
//!   betas, the SDKs' telemetry, idempotency keys, trace context. All others stay here, cookies and
//!   the client's credentials among them; [`Provider::forward_header`] adds to the list.
//! * The provider's own [`Credential`] is attached last. Where it has none, the request goes without
//!   one, unless [`Provider::forward_client_credential`] says that the client's goes on.
//! * The body is edited in two places at most, each by a splice of its own range: the value of
//!   `model` when the provider has a [model of its own](Provider::model), and
//!   `stream_options.include_usage`, so that a stream of OpenAI Chat tells its usage
//!   ([`Provider::inject_usage`]). All other bytes stay as they came. With Gemini and Bedrock the path
//!   names the model, so the path is edited.
//! * A turn in a dialect that the provider [does not speak](Provider::dialects) is written anew in one that it does, and
//!   its answer in the client's: see [`bridge`](crate::bridge). So is a count of tokens, where the provider speaks
//!   Responses, Messages, Gemini or Converse; OpenAI Chat has no such call. What cannot be said is refused or told, as
//!   [`Provider::losses`] decides.
//! * Only calls, and `GET` of a list of models or of one model, reach the provider: its credential
//!   opens more than that. [`Provider::allow_other_paths`] lets all else pass too, except a call that
//!   [`LlmLayer`](crate::LlmLayer) did not read.
//!
//! A provider that is asked for usage also writes `"usage":null` into each of its other chunks. They
//! pass as they came; the one extra chunk is taken out again by [`LlmLayer`](crate::LlmLayer).
//!
//! `TelemetryLayer::client().instrument(LlmClient::new())` stands directly inside of it, around the
//! client, so that a span names the provider.
//!
//! # Reads / Writes
//! Reads [`LlmCall`](crate::LlmCall) and [`ModelOverride`]. Writes [`LlmProvider`] and, for a call,
//! [`LlmAttempt`] into the request's extensions and
//! [`UsageInjected`] and,
//! where a translation lost something, [`LossReport`](crate::bridge::LossReport) into the answer's.
//!
//! # Errors
//! | what is wrong | kind |
//! |---|---|
//! | a call that is no turn (embeddings, a reranking; a count of tokens where the provider has none) in a dialect that the provider does not speak; a turn that would mean something else in the provider's; a path that leaves the endpoint's base | `InvalidRequest` |
//! | an answer that is to be translated is none of its dialect, or over 32 MiB | `BadAnswer` |
//! | the path is none that goes to a provider | `NotFound` |
//! | a call that is not JSON, so that it was not read | `UnsupportedMediaType` |
//! | the answer is an HTML page (a captive portal, a firewall) | `BadAnswer` |
//! | the answer to a call is a redirect: nobody follows it | `BadAnswer` |
//! | the client below fails | what it says |
//!
//! # Example
//! ```
//! use agentgateway_core::{BoxError, Peeked};
//! use agentgateway_llm::{LlmLayer, upstream::{Credential, Provider, ProviderKind, LlmUpstreamLayer}};
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), BoxError> {
//! let provider = Provider::new("main", ProviderKind::Anthropic, "https://api.anthropic.com".parse()?)
//!     .credential(Credential::x_api_key("the gateway's own")?);
//!
//! // In the place of a client, something that shows what would be sent.
//! let client = service_fn(|request: Request<Peeked<Full<Bytes>>>| async move {
//!     assert_eq!(request.uri(), "https://api.anthropic.com/v1/messages");
//!     assert_eq!(request.headers()["x-api-key"], "the gateway's own");
//!     assert!(!request.headers().contains_key("cookie"));
//!     Ok::<_, BoxError>(Response::new(Full::<Bytes>::default()))
//! });
//! let service = ServiceBuilder::new()
//!     .layer(LlmLayer::new())
//!     .layer(LlmUpstreamLayer::new(provider))
//!     .service(client);
//!
//! let request = Request::post("/v1/messages")
//!     .header("content-type", "application/json")
//!     .header("x-api-key", "the client's")
//!     .header("cookie", "a=b")
//!     .body(Full::new(Bytes::from(r#"{"model":"m","max_tokens":9,"messages":[]}"#)))?;
//! assert_eq!(service.oneshot(request).await?.status(), 200);
//! # Ok(())
//! # }
//! ```

mod asked;
mod body;
mod credential;
mod future;
mod headers;
mod paths;
mod prepare;
mod provider;
mod service;
#[cfg(feature = "sigv4")]
mod sigv4;
mod splice;
#[cfg(test)]
mod tests;
mod translate;

pub(crate) use self::future::AttemptClock;
#[cfg(feature = "sigv4")]
#[cfg_attr(docsrs, doc(cfg(feature = "sigv4")))]
pub use self::sigv4::AwsKey;
pub use self::{
    asked::LlmAttempt,
    body::ResponseBody,
    credential::{Credential, InvalidCredential},
    future::ResponseFuture,
    paths::CallPath,
    provider::{LlmProvider, ModelOverride, Provider, ProviderKind},
    service::{LlmUpstream, LlmUpstreamLayer, UsageInjected},
};
