//! The layer that reads calls for models and answers errors in their dialect.
//!
//! # Behaviour
//! A `POST` with a JSON body whose path ends like one of these is a call:
//!
//! | path ends with | dialect |
//! |---|---|
//! | `/chat/completions`, `/completions`, `/embeddings` | OpenAI Chat |
//! | `/responses`, `/responses/input_tokens` | OpenAI Responses |
//! | `/messages`, `/messages/count_tokens` | Anthropic Messages |
//! | `/models/{model}:` and `generateContent`, `streamGenerateContent`, `countTokens`, `embedContent` or `batchEmbedContents` | Gemini |
//! | `/model/{model}/` and `converse`, `converse-stream` or `count-tokens` | Bedrock Converse |
//! | `/rerank` | Cohere Rerank |
//!
//! Its body is read once, within [`LlmLayer::max_body_bytes`], and not changed. What is no call
//! passes untouched; an error of the service inside is answered all the same, in the dialect that
//! path and headers suggest. Policies must therefore ask for the call, not for the path.
//!
//! Answers pass byte by byte as they came. An event stream is read while it passes, and only its
//! events that tell something are parsed; a stream that ends without its dialect's end marker is
//! ended with an error event and never with the marker:
//!
//! | dialect | end marker |
//! |---|---|
//! | OpenAI Chat | `data: [DONE]` |
//! | OpenAI Responses | `response.completed`, `.incomplete` or `.failed` |
//! | Anthropic | `message_stop` |
//! | Gemini | every candidate has its `finishReason`, or the prompt is blocked |
//! | Bedrock Converse | `messageStop` |
//!
//! Bedrock's streams are binary (`application/vnd.amazon.eventstream`), and are read and ended alike: whole frames
//! pass, the beginning of another waits, and an error is a frame with an exception. A frame over 16 MiB, or one whose
//! sums are wrong, ends the stream so too. The answer's id, and the type of an error, are read from its head.
//!
//! When the provider itself told an error in the stream, nothing is added to the stream's end: it
//! counts as truncated, or as complete when the marker came all the same, and
//! [`LlmReport::error`](crate::LlmReport::error) tells it. A connection that breaks behind such an
//! error is told by an event of its own: an aborted answer could lose the first one. Events of the
//! gateway end their lines with LF, also where the provider's end with CRLF.
//!
//! A stream that is silent may be [kept alive](LlmLayer::keep_alive) towards its client.
//!
//! An answer that is no stream is read when it has passed, if it has at most
//! [`LlmLayer::max_inspected_bytes`]; JSON that is cut counts as truncated. So is Gemini's array of
//! chunks, which a stream without `alt=sse` is.
//!
//! Where a provider of another dialect answers, all this reads the client's dialect as ever: the translation stands
//! inside, in [`upstream`](crate::upstream). It alone knows what the provider told and the client's dialect has no place
//! for; of an answer that is whole, [`LlmReport`](crate::LlmReport) tells the provider's usage, and what was lost.
//!
//! # Content on spans
//! What is said stands on no span, unless [`LlmLayer::record_content`] asks for it. Then the span of the call has the
//! request's messages, instructions and tools as the client wrote them, and the answer as the client was given it, in the
//! form of OpenTelemetry's conventions; [`telemetry`](crate::telemetry) names the attributes. They are read beside what
//! passes, by the [codec](crate::bridge) of the client's dialect; what it cannot read is left out, and changes nothing of
//! the call. A call that the service refuses has what was asked too. Completions of a text, vectors and scores are not
//! read.
//!
//! # Reads / Writes
//! Claims a [`Meter`](agentgateway_core::context::Meter) in the answer's extensions, and tells what
//! the call used: what the provider told of an answer that is whole, zero where it answered with an
//! error, else an estimate from what passed. Writes [`LlmCall`](crate::LlmCall) into the request's
//! extensions, and takes `accept-encoding` out of the headers of a call: what comes in a content coding cannot be read, and passes unread. Reads
//! [`AttemptSpan`](agentgateway_core::telemetry::AttemptSpan), [`LossReport`](crate::bridge::LossReport) and
//! [`UsageInjected`](crate::upstream::UsageInjected) from the answer's extensions; with the latter, the usage chunk that
//! the client did not ask for is taken out of the stream.
//!
//! # Errors
//! | what is wrong | status |
//! |---|---|
//! | the body is no JSON object, has a deciding member twice, or names no model | 400 |
//! | the body is too long | 413 |
//! | the body is in a content coding | 415 |
//! | the service fails | what [`ErrorKind::status`](agentgateway_core::ErrorKind::status) says; 529 for overload in Anthropic's dialect |

mod content;
mod errors;
#[expect(
    clippy::module_inception,
    reason = "the layer's own file, as in every folder of a layer"
)]
mod layer;
mod meter;
mod protocol;
#[cfg(test)]
mod tests;
mod waits;
mod watch;

pub use self::{
    errors::LlmErrors,
    layer::{Llm, LlmLayer},
    protocol::LlmProtocol,
    watch::LlmWatch,
};
