//! An agent, a server of tools and a model that live in the gateway's own process.
//!
//! They stand behind the three listeners when there is no configuration, so that a newcomer's
//! clients find somebody to talk to without a key and without a network: [`Agent`] speaks A2A,
//! [`Tools`] speaks MCP, [`Model`] speaks the dialects of the LLM providers.
//!
//! # Behaviour
//!
//! * Each is a `Service` over requests with any body, meant to stand behind the layer of its
//!   protocol. The layer checks origins and turns failures into its protocol's form; these services
//!   are right by the specifications, and trust nothing that they read.
//! * Answers are deterministic: the model gives the same question the same answer, ids included,
//!   and the agent numbers its tasks.
//! * Streams are paced, so that a client shows them as they grow. No task is spawned: a stream is a
//!   body that sleeps between its chunks, and what an agent's task has done is a function of time.
//! * Nothing grows without a bound: a request body is read up to 1 MiB, the model says at most 512
//!   words, the agent remembers its last 256 tasks.
//!
//! # Errors
//!
//! None: every fault is an answer. A body over the limit is answered with 413, one that breaks off
//! with 400, everything else in the form of the protocol.
//!
//! # Example
//!
//! ```
//! use agentgateway::demo::Model;
//! use agentgateway_core::Body;
//! use http::Request;
//! use http_body_util::BodyExt;
//! use tower::ServiceExt;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let question = r#"{"model": "any", "messages": [{"role": "user", "content": "hello"}]}"#;
//! let request = Request::post("/v1/chat/completions").body(question.to_owned())?;
//! let answer = Model::new().oneshot(request).await?;
//! let body = answer.into_body().collect().await?.to_bytes();
//! let body: serde_json::Value = serde_json::from_slice(&body)?;
//! assert_eq!(body["choices"][0]["message"]["content"], "You said: hello");
//! # Ok(())
//! # }
//! ```

mod agent;
mod answer;
mod model;
mod paced;
#[cfg(test)]
mod tests;
mod tools;
mod value;
mod words;

pub use self::{agent::Agent, answer::ResponseFuture, model::Model, tools::Tools};
