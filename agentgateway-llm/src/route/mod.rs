//! Who answers: models by name, at several providers.
//!
//! # Behaviour
//! [`LlmGateway`] stands inside of [`LlmLayer`](crate::LlmLayer). A call's model is looked up among the
//! [routes](ModelRoute): exact names first, then patterns with one `*`, the longest first; a route whose
//! [condition](ModelRoute::when) does not hold is passed over. Of the route's [targets](ModelTarget) the balancer
//! takes one: by priority, then by load and time to the first token, or by [affinity](ModelRoute::prompt_affinity). A call that
//! nobody translates (embeddings, a reranking, a count of tokens) goes to targets alone whose provider speaks its dialect,
//! as long as there is one.
//!
//! An attempt is not over with the head of its answer. Lifecycle events of a stream are held back until the model
//! has said something, for [`hold_max`](LlmGatewayBuilder::hold_max) at most; an error that comes before is as if
//! the provider had answered with it, and so is a stream that ends, or stays silent for longer than
//! [`first_content`](LlmGatewayBuilder::first_content). What fails so is asked of another target, as
//! [`RetryLayer`](agentgateway_core::retry::RetryLayer) decides. Once the model has said something the answer is
//! this provider's: what fails then is told in the stream, and never spliced with another model's words.
//!
//! | before the first content | becomes |
//! |---|---|
//! | no connection, a broken one, too late | another attempt, else 502 or 504 |
//! | 408, 424, 429, 500, 502, 503, 504, 529 | another attempt, else that answer |
//! | a stream whose first events are an error | the same, with the status that the error means |
//! | a stream, or JSON, that breaks off | another attempt, else 502 |
//!
//! Behind the first content a model that pauses for longer than [`token_gap`](LlmGatewayBuilder::token_gap) is given up.
//!
//! A target that fails is ejected; one that says when to come again (`Retry-After`, `retry-after-ms`, Gemini's
//! `retryDelay`, limits that are used up) is left alone so long. When the attempts are spent, the answer says
//! `x-should-retry: false`, which the official SDKs obey: else each client would multiply the attempts.
//!
//! `GET …/models` lists the routes' names. A path that begins with a provider's name, such as
//! `/openai/v1/files`, goes to that provider, without the name, if it
//! [takes such paths](crate::upstream::Provider::allow_other_paths).
//!
//! # Reads / Writes
//! Reads [`LlmCall`](crate::LlmCall), [`Affinity`](agentgateway_core::balance::Affinity),
//! [`Prefer`](agentgateway_core::balance::Prefer).
//!
//! # Errors
//! | what is wrong | kind |
//! |---|---|
//! | no route has this model | `NotFound` |
//! | all targets are ejected | `Overloaded`, with the soonest time |
//! | else | those of the last attempt |

mod attempt;
mod builder;
mod gateway;
mod held;
mod hold;
mod judge;
mod list;
mod model;
mod pattern;
mod routes;
mod server;
#[cfg(test)]
mod tests;

pub use self::{
    builder::{InvalidGateway, LlmGatewayBuilder},
    gateway::LlmGateway,
    judge::LlmJudge,
    model::{ModelRoute, ModelTarget},
    server::ModelServer,
};
