//! A model that says again what the user said, in the dialects of the LLM providers.
//!
//! # Behaviour
//!
//! * `POST …/v1/chat/completions`, `/v1/responses`, `/v1/messages`, `/v1/messages/count_tokens`,
//!   `/v1/embeddings`; `GET …/v1/models` and `/v1/models/{id}`; Gemini's `POST
//!   …/v1/models/{model}:generateContent`, `:streamGenerateContent` (also under `/v1beta`) and
//!   `:countTokens`. Before `/v1` any prefix may stand.
//! * Any model name is served, and named in the answer. No key is asked for.
//! * A token is a word. The answer holds at most 512, or what the request's own limit says; a cut
//!   answer has the dialect's mark of it.
//! * An embedding depends on the words of its text alone: texts that share words are near.
//!
//! # Errors
//!
//! 400, 404 and 405 in the form of the dialect that the path names.

mod chat;
mod embeddings;
mod gemini;
mod listing;
mod messages;
mod prompt;
mod refusal;
mod reply;
mod responses;
mod service;
#[cfg(test)]
mod tests;

pub use self::service::Model;
