use std::borrow::Cow;

use super::super::{
    Fault,
    form::{Opaque, Sidecar, StopReason},
};
use crate::LlmUsage;

/// One event of a stream. It borrows from the chunk that it was read from where it can.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The answer begins.
    Start(Start<'a>),
    /// A block begins.
    BlockStart {
        /// The block, counted over the whole answer.
        index: u32,
        /// The choice that it belongs to.
        choice: u32,
        /// What it is.
        block: BlockKind<'a>,
    },
    /// A block goes on.
    Delta {
        /// The block.
        index: u32,
        /// What comes to it.
        delta: Delta<'a>,
    },
    /// A block is complete.
    BlockStop {
        /// The block.
        index: u32,
    },
    /// What the call used so far, as far as it is known.
    Usage(LlmUsage),
    /// A choice is complete.
    Stop {
        /// The choice.
        choice: u32,
        /// Why.
        reason: StopReason,
    },
    /// The provider is alive and has nothing to say.
    Ping,
    /// The provider reports an error. Nothing follows.
    Fault(Fault),
    /// The end marker.
    End,
}

/// What is known when an answer begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Start<'a> {
    /// The answer's id; empty where the provider told none.
    pub id: Cow<'a, str>,
    /// The model that answers; empty where the provider told none.
    pub model: Cow<'a, str>,
    /// When, in seconds since 1970.
    pub created: Option<u64>,
}

/// What a block is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BlockKind<'a> {
    /// Text.
    Text,
    /// A refusal in the model's words.
    Refusal,
    /// Thoughts. With `redacted`, the state is all that there is, and no delta follows.
    Reasoning {
        /// The item's id (Responses).
        id: Option<Cow<'a, str>>,
        /// What the provider withholds, as state of its own.
        redacted: Option<Opaque<'a>>,
    },
    /// A call of a tool.
    ToolCall {
        /// The call's id; never empty.
        id: Cow<'a, str>,
        /// The tool.
        name: Cow<'a, str>,
        /// The tool is a [custom](super::super::form::Tool::custom) one.
        is_custom: bool,
        /// What the provider wants back with the call.
        state: Option<Opaque<'a>>,
    },
    /// A block of a kind that only its dialect knows. It comes whole.
    Other(Sidecar),
}

/// What comes to a block.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Delta<'a> {
    /// Text of a text or a refusal.
    Text(Cow<'a, str>),
    /// Text of thoughts.
    Reasoning(Cow<'a, str>),
    /// State of thoughts: the last one counts.
    State(Opaque<'a>),
    /// A piece of the arguments of a call, as the model wrote it, or of a custom tool's input.
    Arguments(Cow<'a, str>),
    /// What only its dialect knows, such as a citation.
    Other(Sidecar),
}

// === impl Event ===

impl Event<'_> {
    /// A copy that borrows nothing.
    #[must_use]
    pub fn into_owned(self) -> Event<'static> {
        match self {
            Self::Start(start) => Event::Start(Start {
                id: owned(start.id),
                model: owned(start.model),
                created: start.created,
            }),
            Self::BlockStart {
                index,
                choice,
                block,
            } => Event::BlockStart {
                index,
                choice,
                block: block.into_owned(),
            },
            Self::Delta { index, delta } => Event::Delta {
                index,
                delta: delta.into_owned(),
            },
            Self::BlockStop { index } => Event::BlockStop { index },
            Self::Usage(usage) => Event::Usage(usage),
            Self::Stop { choice, reason } => Event::Stop { choice, reason },
            Self::Ping => Event::Ping,
            Self::Fault(fault) => Event::Fault(fault),
            Self::End => Event::End,
        }
    }

    /// Whether the model said something with it: from here on no other attempt may be made in its place.
    #[must_use]
    pub const fn is_content(&self) -> bool {
        matches!(
            self,
            Self::Delta { .. }
                | Self::BlockStart {
                    block: BlockKind::ToolCall { .. } | BlockKind::Other(_),
                    ..
                }
                | Self::Stop { .. }
                | Self::End
        )
    }
}

impl BlockKind<'_> {
    fn into_owned(self) -> BlockKind<'static> {
        match self {
            Self::Text => BlockKind::Text,
            Self::Refusal => BlockKind::Refusal,
            Self::Reasoning { id, redacted } => BlockKind::Reasoning {
                id: id.map(owned),
                redacted: redacted.map(Opaque::into_owned),
            },
            Self::ToolCall {
                id,
                name,
                is_custom,
                state,
            } => BlockKind::ToolCall {
                id: owned(id),
                name: owned(name),
                is_custom,
                state: state.map(Opaque::into_owned),
            },
            Self::Other(sidecar) => BlockKind::Other(sidecar),
        }
    }
}

impl Delta<'_> {
    fn into_owned(self) -> Delta<'static> {
        match self {
            Self::Text(text) => Delta::Text(owned(text)),
            Self::Reasoning(text) => Delta::Reasoning(owned(text)),
            Self::State(state) => Delta::State(state.into_owned()),
            Self::Arguments(text) => Delta::Arguments(owned(text)),
            Self::Other(sidecar) => Delta::Other(sidecar),
        }
    }
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}
