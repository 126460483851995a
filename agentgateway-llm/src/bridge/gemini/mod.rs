//! Gemini `generateContent`, in its two forms: `generativelanguage.googleapis.com` and Vertex AI.
//!
//! Both spellings of every member of a request are read, `generationConfig` and `generation_config`;
//! `camelCase` is written.
//!
//! | Gemini | here |
//! |---|---|
//! | `contents[].parts[].text` | [`Content::Text`](super::form::Content::Text) |
//! | a part with `thought: true` | [`Content::Reasoning`](super::form::Content::Reasoning) |
//! | `thoughtSignature` of a text | the state of the thought before it, which is made where there is none |
//! | `functionCall`, with its `thoughtSignature` | [`Content::ToolCall`](super::form::Content::ToolCall), with its state |
//! | `functionResponse` | [`Content::ToolResult`](super::form::Content::ToolResult) |
//! | `inlineData`, `fileData` in a request | [`Content::Media`](super::form::Content::Media) |
//! | any other part; media in an answer | [`Content::Other`](super::form::Content::Other), whole |
//! | `systemInstruction` | the system's blocks |
//! | `tools[].functionDeclarations`, either kind of schema | tools; `parameters` become a JSON Schema |
//! | `tools[].googleSearch` and the like | sidecars `tools.googleSearch` |
//! | `toolConfig.functionCallingConfig` | the choice of tools; `VALIDATED` is `AUTO` with a sidecar |
//! | `generationConfig` | sampling, form of the answer, reasoning |
//! | `finishReason` | the stop reason: `STOP` is a tool's use where a call was made |
//! | `promptFeedback.blockReason` | an answer without a block that was filtered |
//! | `usageMetadata` | usage; counts by modality are not kept |
//!
//! # What is said otherwise
//! * A function's call without an id is given one, and all calls are written with theirs.
//! * Turns of one role that follow each other are joined, results of tools first: Gemini counts the results of a
//!   turn against the calls of the turn before.
//! * A result `{"result": "…"}` is its text and `{"error": "…"}` a text that failed, as the official SDK writes
//!   them; any other object is kept as it is.
//! * `thoughtSignature` on a thought itself goes to the part behind it, where Gemini writes it.
//! * State of another provider stands in `thoughtSignature` as base64 of its mark, on a thought of its own.
//! * A model from Gemini 3 on refuses the first call of a turn without a signature. Where none is known, the value
//!   is written that Google documents for calls of other models.
//! * A call whose arguments are no JSON object has no place in an answer: it is told as Gemini tells its own, by
//!   `MALFORMED_FUNCTION_CALL` and a `finishMessage` with the text.
//! * What a stream tells of a candidate as a whole, such as `groundingMetadata`, goes to the block that is open,
//!   and is left out where none is.
//!
//! # Source
//! Gemini API v1beta reference, `models.generateContent`, `Content`, `Tool`, `GenerationConfig`; Gemini API guide,
//! Thought signatures; google-genai 3.6, `types.py`.

mod codec;
mod fault;
mod loss;
mod model;
mod names;
mod part;
mod read;
mod request;
mod response;
mod schema;
mod state;
mod stop;
mod stream;
#[cfg(test)]
mod tests;
mod usage;

use super::json as write;

pub use self::codec::Gemini;
pub(in crate::bridge) use self::loss::loss_of;
