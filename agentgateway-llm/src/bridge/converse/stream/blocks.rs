//! The blocks of a stream. Texts and thoughts begin with their first piece, as the dialect announces them not.

use std::borrow::Cow;

use agentgateway_core::json::{self, JsonError, Raw, members, members_of};

use super::{
    super::{
        super::{
            form::{Opaque, Sidecar, StateOwner},
            stream::{BlockKind, CodecError, Delta, Event, EventSink},
        },
        DIALECT,
    },
    decode::Reading,
    held::{Held, Other},
};

/// The block that is open, by the provider's index.
#[derive(Debug)]
pub(super) struct Open {
    theirs: u64,
    block: Block,
}

#[derive(Debug)]
enum Block {
    Text(u32),
    Thoughts(u32),
    Call(u32),
    Held(Held),
}

/// Which block a delta belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    Text,
    Thoughts,
    Redacted,
}

// === impl Reading ===

impl Reading {
    pub(super) fn delta(&mut self, data: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        let [index, delta] =
            members(data, ["contentBlockIndex", "delta"]).map_err(|e| malformed(&e))?;
        let theirs = read_index(index)?;
        let delta = delta.ok_or(CodecError::malformed("a delta without its piece"))?;
        let keys = ["text", "reasoningContent", "toolUse", "citation"];
        let [text, thought, call, citation] =
            members_of(delta, keys).map_err(|error| malformed(&error))?;
        if let Some(text) = told(text) {
            return self.text(theirs, Delta::Text(piece(text)?), out);
        }
        if let Some(thought) = told(thought) {
            return self.thought(theirs, thought, out);
        }
        if let Some(call) = told(call) {
            return self.arguments(theirs, call, out);
        }
        if let Some(citation) = told(citation) {
            let own = Sidecar::of(DIALECT, "citation", citation);
            return self.text(theirs, Delta::Other(own), out);
        }
        self.other(theirs, delta, out)
    }

    fn text(
        &mut self,
        theirs: u64,
        delta: Delta<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        self.open(theirs, Wants::Text, out)?;
        match &self.open {
            Some(Open {
                block: Block::Text(index),
                ..
            }) => out.event(Event::Delta {
                index: *index,
                delta,
            }),
            _ => Err(misplaced()),
        }
    }

    fn thought(
        &mut self,
        theirs: u64,
        thought: Raw<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let keys = ["text", "signature", "redactedContent"];
        let [text, signature, redacted] =
            members_of(thought, keys).map_err(|error| malformed(&error))?;
        if let Some(redacted) = told(redacted) {
            self.open(theirs, Wants::Redacted, out)?;
            return match self.open.as_mut().map(|open| &mut open.block) {
                Some(Block::Held(Held::Redacted(held))) => {
                    Held::push_redacted(held, &piece(redacted)?)
                }
                _ => Err(misplaced()),
            };
        }
        self.open(theirs, Wants::Thoughts, out)?;
        let Some(Open {
            block: Block::Thoughts(index),
            ..
        }) = &self.open
        else {
            return Err(misplaced());
        };
        let index = *index;
        if let Some(text) = told(text) {
            let delta = Delta::Reasoning(piece(text)?);
            out.event(Event::Delta { index, delta })?;
        }
        if let Some(signature) = told(signature) {
            let state = Opaque::from_slot(StateOwner::Anthropic, piece(signature)?);
            let delta = Delta::State(state);
            out.event(Event::Delta { index, delta })?;
        }
        Ok(())
    }

    fn arguments(
        &mut self,
        theirs: u64,
        call: Raw<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let open = self.open.as_mut().filter(|open| open.theirs == theirs);
        match open.map(|open| &mut open.block) {
            Some(Block::Call(index)) => {
                let [input] = members_of(call, ["input"]).map_err(|error| malformed(&error))?;
                let Some(input) = told(input) else {
                    return Ok(());
                };
                let delta = Delta::Arguments(piece(input)?);
                out.event(Event::Delta {
                    index: *index,
                    delta,
                })
            }
            Some(Block::Held(Held::Other(held))) => held.push(call),
            _ => Err(misplaced()),
        }
    }

    /// A piece of a kind that only this dialect knows.
    fn other(
        &mut self,
        theirs: u64,
        delta: Raw<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let mut found = None;
        json::entries(delta, |name, value| {
            if found.is_none() && !json::is_null(value) {
                found = Some((name.to_owned(), value));
            }
        })
        .map_err(|error| malformed(&error))?;
        let Some((name, value)) = found else {
            return Ok(());
        };
        let is_open = self.open.as_ref().is_some_and(|open| {
            open.theirs == theirs && matches!(open.block, Block::Held(Held::Other(_)))
        });
        if !is_open {
            self.replace(theirs, out)?;
            let block = Block::Held(Held::Other(Other::new(&name, None)));
            self.open = Some(Open { theirs, block });
        }
        match self.open.as_mut().map(|open| &mut open.block) {
            Some(Block::Held(Held::Other(held))) => held.push(value),
            _ => Err(misplaced()),
        }
    }

    /// Sees to it that a block of this kind is open under this index: texts and thoughts begin with their first
    /// piece.
    fn open(
        &mut self,
        theirs: u64,
        wants: Wants,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        if let Some(open) = self.open.as_ref().filter(|open| open.theirs == theirs) {
            let fits = match &open.block {
                Block::Text(_) => wants == Wants::Text,
                Block::Thoughts(_) => wants == Wants::Thoughts,
                Block::Held(Held::Redacted(_)) => wants == Wants::Redacted,
                Block::Call(_) | Block::Held(Held::Other(_)) => return Err(misplaced()),
            };
            if fits {
                return Ok(());
            }
        }
        self.replace(theirs, out)?;
        let block = match wants {
            Wants::Text => Block::Text(self.begin(BlockKind::Text, out)?),
            Wants::Thoughts => {
                let kind = BlockKind::Reasoning {
                    id: None,
                    redacted: None,
                };
                Block::Thoughts(self.begin(kind, out)?)
            }
            Wants::Redacted => Block::Held(Held::Redacted(String::new())),
        };
        self.open = Some(Open { theirs, block });
        Ok(())
    }

    /// The open block stops where another begins.
    fn replace(&mut self, theirs: u64, out: &mut dyn EventSink) -> Result<(), CodecError> {
        if self.closed.is_some_and(|closed| theirs <= closed) {
            return Err(misplaced());
        }
        self.close(out)
    }

    fn begin(&mut self, block: BlockKind<'_>, out: &mut dyn EventSink) -> Result<u32, CodecError> {
        self.start(out)?;
        let index = self.next;
        self.next = self.next.saturating_add(1);
        out.event(Event::BlockStart {
            index,
            choice: 0,
            block,
        })?;
        Ok(index)
    }

    pub(super) fn block_start(
        &mut self,
        data: &[u8],
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let [index, start] =
            members(data, ["contentBlockIndex", "start"]).map_err(|e| malformed(&e))?;
        let theirs = read_index(index)?;
        let start = start.ok_or(CodecError::malformed("a start without its block"))?;
        let mut found = None;
        json::entries(start, |name, value| {
            if found.is_none() && !json::is_null(value) {
                found = Some((name.to_owned(), value));
            }
        })
        .map_err(|error| malformed(&error))?;
        let Some((name, value)) = found else {
            return Ok(());
        };
        self.replace(theirs, out)?;
        let block = match &*name {
            "toolUse" => self.call(value, out)?,
            _ => Block::Held(Held::Other(Other::new(&name, Some(value)))),
        };
        self.open = Some(Open { theirs, block });
        Ok(())
    }

    /// A call of the client's tool; what the provider runs itself is held.
    fn call(&mut self, raw: Raw<'_>, out: &mut dyn EventSink) -> Result<Block, CodecError> {
        let [id, name, kind] =
            members_of(raw, ["toolUseId", "name", "type"]).map_err(|error| malformed(&error))?;
        let kind = told(kind).map(piece).transpose()?;
        if kind.is_some_and(|kind| kind != "tool_use") {
            return Ok(Block::Held(Held::Other(Other::new("toolUse", Some(raw)))));
        }
        let id = told(id).map(piece).transpose()?.unwrap_or_default();
        let name = told(name).map(piece).transpose()?.unwrap_or_default();
        if id.is_empty() || name.is_empty() {
            return Err(CodecError::malformed("a call without an id or a name"));
        }
        let name = Cow::Owned(self.context.tool_name(&name).to_owned());
        let call = BlockKind::ToolCall {
            id,
            name,
            is_custom: false,
            state: None,
        };
        let index = self.begin(call, out)?;
        Ok(Block::Call(index))
    }

    pub(super) fn block_stop(
        &mut self,
        data: &[u8],
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let [index] = members(data, ["contentBlockIndex"]).map_err(|error| malformed(&error))?;
        let theirs = read_index(index)?;
        // A text without a piece never began.
        if self.open.as_ref().is_some_and(|open| open.theirs == theirs) {
            self.close(out)?;
        }
        self.closed = self.closed.max(Some(theirs));
        Ok(())
    }

    pub(super) fn close(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let index = match open.block {
            Block::Text(index) | Block::Thoughts(index) | Block::Call(index) => index,
            Block::Held(Held::Redacted(held)) => {
                let redacted = Some(Held::redacted(&held));
                self.begin(BlockKind::Reasoning { id: None, redacted }, out)?
            }
            Block::Held(Held::Other(held)) => {
                self.begin(BlockKind::Other(held.into_sidecar()), out)?
            }
        };
        out.event(Event::BlockStop { index })
    }
}

fn read_index(raw: Option<Raw<'_>>) -> Result<u64, CodecError> {
    raw.and_then(json::unsigned).ok_or(CodecError::malformed(
        "an event of a block without its index",
    ))
}

pub(super) fn told(raw: Option<Raw<'_>>) -> Option<Raw<'_>> {
    raw.filter(|raw| !json::is_null(*raw))
}

pub(super) fn piece(raw: Raw<'_>) -> Result<Cow<'_, str>, CodecError> {
    json::string(raw).ok_or(CodecError::malformed("a piece that is no string"))
}

pub(super) fn malformed(error: &JsonError) -> CodecError {
    CodecError::malformed(error.to_string())
}

const fn misplaced() -> CodecError {
    CodecError::Malformed(Cow::Borrowed(
        "a piece of another block than the one that is open",
    ))
}
