//! The canonical form of a conversation with a model: the union of what the dialects can say.
//!
//! A turn is an ordered list of [blocks](Block), as Anthropic Messages and OpenAI Responses have it; what the other
//! dialects say fits in. Three rules keep it lossless:
//!
//! * JSON that belongs to the peers (arguments of tools, schemas) is kept as text, never read and written anew.
//! * What only one dialect knows stays beside the node as a [`Sidecar`]: that dialect's encoder writes it again,
//!   every other one reports it as lost.
//! * State that only its provider can read (signatures of thoughts, encrypted reasoning) is [`Opaque`], with its
//!   owner's name: it is carried through foreign dialects, and never sent to another provider.

mod block;
mod opaque;
mod request;
mod response;
mod sidecar;
mod stop;
mod tool;

pub use self::{
    block::{
        Block, CacheMarker, Content, Media, MediaKind, MediaSource, Reasoning, ToolCall, ToolResult,
    },
    opaque::{Opaque, StateOwner},
    request::{OutputFormat, ReasoningEffort, ReasoningOptions, Request, Role, Sampling, Turn},
    response::{Choice, Response},
    sidecar::{Sidecar, Sidecars},
    stop::StopReason,
    tool::{CustomFormat, Tool, ToolChoice},
};
