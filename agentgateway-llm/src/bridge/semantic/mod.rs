//! The canonical form in the words of OpenTelemetry's conventions: what spans may hold of a conversation.
//!
//! Each text is JSON of a schema there, and has a limit. What is over it is left out from the first part that does not
//! fit: its text is cut, the parts behind it are gone, and one of the type `truncated` stands last. Of a request's turns
//! the earliest are left out. Bytes of media are never written: type, modality and length are. Neither is state that only
//! a provider can read, the content of blocks that only their dialect knows, or of a URL its user and its query, which may
//! be a password and a signature.
//!
//! # Source
//! OpenTelemetry semantic conventions for generative AI, `gen_ai.input.messages`, `gen_ai.output.messages`,
//! `gen_ai.system_instructions`, `gen_ai.tool.definitions` and their JSON schemas. `blob` without `content`, `refusal`
//! and `truncated` are parts of the schemas' generic kind.

mod gather;
mod part;
mod room;
#[cfg(test)]
mod tests;
mod write;

use super::json;

pub(crate) use self::{
    gather::Gather,
    write::{input_messages, output_messages, system_instructions, tool_definitions},
};
