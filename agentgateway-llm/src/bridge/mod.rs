//! From any dialect to any other: one canonical form, with a decoder and an encoder per dialect.
//!
//! Where client and provider speak the same dialect nothing here runs: bytes pass. Where they do not, a request
//! is decoded into the [canonical form](form) and encoded in the provider's dialect, and its answer comes back
//! the same way: whole, or event by event through the sans-IO state machines of [`stream`].
//!
//! | folder | dialect |
//! |---|---|
//! | [`chat`] | OpenAI Chat Completions, and what follows it |
//! | [`responses`] | OpenAI Responses |
//! | [`messages`] | Anthropic Messages |
//! | [`gemini`] | Gemini `generateContent` |
//! | [`converse`] | Bedrock Converse |
//! | [`ollama`] | Ollama's own, of providers alone |
//!
//! A provider that speaks something else is one more [`Codec`], here or in an application.
//!
//! What a dialect has no place for is told in a [`LossReport`]: what changes the meaning of a request is refused
//! unless a [policy](LossPolicy) says otherwise, the rest is told beside the answer.

mod body;
pub mod chat;
mod closed;
mod codec;
mod codecs;
pub mod converse;
pub(crate) mod count;
mod custom;
mod exchange;
mod fault;
pub mod form;
pub mod gemini;
mod json;
mod json_mode;
mod loss;
mod lost;
pub mod messages;
mod names;
pub mod ollama;
mod read;
pub mod responses;
pub(crate) mod semantic;
pub mod stream;
mod summary;

pub use self::codecs::{DIALECTS, codec_of};
pub(crate) use self::{
    body::Translated,
    exchange::{Came, Ends, Exchange, Machines, unreadable},
};
pub use self::{
    chat::{OpenAiChat, OpenAiCompatible},
    codec::{AnswerContext, Codec, DecodeContext, Encoded, Refused, Target, Unreadable},
    converse::BedrockConverse,
    fault::Fault,
    gemini::Gemini,
    loss::{Loss, LossKind, LossPolicy, LossReport},
    messages::AnthropicMessages,
    ollama::Ollama,
    responses::OpenAiResponses,
    summary::{EncodedResponse, Summary},
};
