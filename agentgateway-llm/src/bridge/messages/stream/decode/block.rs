//! Blocks.

use std::borrow::Cow;

use agentgateway_core::json::{self, Raw, members, members_of};

use super::{
    super::{
        super::{
            super::{
                form::{Opaque, Sidecar, StateOwner},
                read::Object,
                stream::{BlockKind, CodecError, Delta, Event, EventSink},
            },
            DIALECT,
            request::take_citations,
        },
        held::Held,
    },
    Reading, malformed,
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
    Call {
        index: u32,
        /// What the block began with: it counts unless pieces come.
        input: Option<Box<str>>,
    },
    /// It was told whole.
    Whole(u32),
    Held(Held),
}

// === impl Reading ===

impl Reading {
    pub(super) fn block_start(
        &mut self,
        data: &[u8],
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        self.require_start()?;
        // The end of the one before may have been lost on the way.
        self.close(out)?;
        let [index, raw] = members(data, ["index", "content_block"]).map_err(|e| malformed(&e))?;
        let theirs = index.and_then(json::unsigned);
        let theirs = theirs.ok_or(CodecError::malformed("a block without its index"))?;
        let raw = raw.ok_or(CodecError::malformed("the start of no block"))?;
        let mut object = Object::of(raw, "content_block")?;
        let kind = object.require_str("type")?;
        let block = match &*kind {
            "text" => self.start_text(object, out)?,
            "thinking" => self.start_thoughts(&mut object, out)?,
            "redacted_thinking" => {
                let data = object.require_str("data")?;
                let state = Opaque::from_slot(StateOwner::Anthropic, data);
                let redacted = Some(state);
                Block::Whole(self.start(BlockKind::Reasoning { id: None, redacted }, out)?)
            }
            "tool_use" => self.start_call(object, out)?,
            name => Block::Held(Held::new(name, raw)),
        };
        self.open = Some(Open { theirs, block });
        Ok(())
    }

    fn start(&mut self, block: BlockKind<'_>, out: &mut dyn EventSink) -> Result<u32, CodecError> {
        let index = self.next;
        self.next = index.saturating_add(1);
        let choice = 0;
        out.event(Event::BlockStart {
            index,
            choice,
            block,
        })?;
        Ok(index)
    }

    fn start_text(
        &mut self,
        mut object: Object<'_>,
        out: &mut dyn EventSink,
    ) -> Result<Block, CodecError> {
        let index = self.start(BlockKind::Text, out)?;
        let text = object.take_str("text")?.unwrap_or_default();
        if !text.is_empty() {
            let delta = Delta::Text(text);
            out.event(Event::Delta { index, delta })?;
        }
        let mut sidecars = Vec::new();
        take_citations(&mut object, &mut sidecars)?;
        sidecars.extend(object.into_sidecars(DIALECT));
        tell(index, sidecars, out)?;
        Ok(Block::Text(index))
    }

    fn start_thoughts(
        &mut self,
        object: &mut Object<'_>,
        out: &mut dyn EventSink,
    ) -> Result<Block, CodecError> {
        let (id, redacted) = (None, None);
        let index = self.start(BlockKind::Reasoning { id, redacted }, out)?;
        let thought = object.take_str("thinking")?.unwrap_or_default();
        let signature = object.take_str("signature")?.unwrap_or_default();
        if !thought.is_empty() {
            let delta = Delta::Reasoning(thought);
            out.event(Event::Delta { index, delta })?;
        }
        if !signature.is_empty() {
            let delta = Delta::State(Opaque::from_slot(StateOwner::Anthropic, signature));
            out.event(Event::Delta { index, delta })?;
        }
        Ok(Block::Thoughts(index))
    }

    fn start_call(
        &mut self,
        mut object: Object<'_>,
        out: &mut dyn EventSink,
    ) -> Result<Block, CodecError> {
        self.has_calls = true;
        let mut id = object.take_str("id")?.unwrap_or_default();
        if id.is_empty() {
            id = format!("call_{}", self.next).into();
        }
        let name = object.require_str("name")?;
        if name.is_empty() {
            return Err(CodecError::malformed("a call without a name"));
        }
        let name = self.context.tool_name(&name).to_owned().into();
        let call = BlockKind::ToolCall {
            id,
            name,
            is_custom: false,
            state: None,
        };
        let index = self.start(call, out)?;
        let input = object.take("input").map(Raw::get);
        let begun = input.filter(|input| !is_empty_object(input));
        tell(index, object.into_sidecars(DIALECT), out)?;
        Ok(Block::Call {
            index,
            input: begun.map(Into::into),
        })
    }

    pub(super) fn block_stop(
        &mut self,
        data: &[u8],
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let [index] = members(data, ["index"]).map_err(|error| malformed(&error))?;
        let theirs = index.and_then(json::unsigned);
        let is_open = |open: &Open| theirs.is_none_or(|theirs| theirs == open.theirs);
        // The end of a block that has ended says nothing.
        if self.open.as_ref().is_some_and(is_open) {
            self.close(out)?;
        }
        Ok(())
    }

    pub(super) fn close(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let index = match open.block {
            Block::Text(index) | Block::Thoughts(index) | Block::Whole(index) => index,
            Block::Call { index, input } => {
                if let Some(input) = input {
                    let delta = Delta::Arguments((&*input).into());
                    out.event(Event::Delta { index, delta })?;
                }
                index
            }
            Block::Held(held) => {
                let (block, deltas) = held.finish()?;
                let index = self.start(BlockKind::Other(block), out)?;
                tell(index, deltas, out)?;
                index
            }
        };
        out.event(Event::BlockStop { index })
    }

    pub(super) fn delta(&mut self, data: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        let [index, delta] = members(data, ["index", "delta"]).map_err(|e| malformed(&e))?;
        let delta = delta.ok_or(CodecError::malformed("a delta without its piece"))?;
        let open = self.open.as_mut().filter(|open| {
            let theirs = index.and_then(json::unsigned);
            theirs.is_none_or(|theirs| theirs == open.theirs)
        });
        let open = open.ok_or(CodecError::malformed("a delta of a block that is not open"))?;
        let keys = [
            "type",
            "text",
            "thinking",
            "partial_json",
            "signature",
            "citation",
        ];
        let [kind, text, thought, input, signature, citation] =
            members_of(delta, keys).map_err(|error| malformed(&error))?;
        let kind = kind.map(piece).transpose()?.unwrap_or_default();
        let (index, delta) = match (&*kind, &mut open.block) {
            ("text_delta", Block::Text(index)) => (*index, Delta::Text(told(text)?)),
            ("thinking_delta", Block::Thoughts(index)) => {
                (*index, Delta::Reasoning(told(thought)?))
            }
            (
                "input_json_delta",
                Block::Call {
                    index,
                    input: begun,
                },
            ) => {
                let piece = told(input)?;
                if !piece.is_empty() {
                    *begun = None;
                }
                (*index, Delta::Arguments(piece))
            }
            ("signature_delta", Block::Thoughts(index)) => {
                let state = Opaque::from_slot(StateOwner::Anthropic, told(signature)?);
                (*index, Delta::State(state))
            }
            ("citations_delta", Block::Text(index)) => {
                let citation = citation.ok_or(CodecError::malformed("no citation in its delta"))?;
                let own = Sidecar::of(DIALECT, "citation", citation);
                (*index, Delta::Other(own))
            }
            ("input_json_delta", Block::Held(held)) => return held.push_input(&told(input)?),
            (kind, Block::Held(held)) => return held.push(kind, delta),
            (
                kind,
                Block::Text(index)
                | Block::Thoughts(index)
                | Block::Call { index, .. }
                | Block::Whole(index),
            ) => (*index, Delta::Other(Sidecar::of(DIALECT, kind, delta))),
        };
        if is_nothing(&delta) {
            return Ok(());
        }
        out.event(Event::Delta { index, delta })
    }
}

fn tell(index: u32, sidecars: Vec<Sidecar>, out: &mut dyn EventSink) -> Result<(), CodecError> {
    for sidecar in sidecars {
        let delta = Delta::Other(sidecar);
        out.event(Event::Delta { index, delta })?;
    }
    Ok(())
}

/// Some pieces are empty.
fn is_nothing(delta: &Delta<'_>) -> bool {
    match delta {
        Delta::Text(text) | Delta::Reasoning(text) | Delta::Arguments(text) => text.is_empty(),
        Delta::State(state) => state.data.is_empty(),
        Delta::Other(_) => false,
    }
}

fn is_empty_object(input: &str) -> bool {
    let inner = input
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|inner| inner.trim().is_empty())
}

fn piece(raw: Raw<'_>) -> Result<Cow<'_, str>, CodecError> {
    json::string(raw).ok_or(CodecError::malformed("a piece that is no text"))
}

fn told(raw: Option<Raw<'_>>) -> Result<Cow<'_, str>, CodecError> {
    raw.map_or(
        Err(CodecError::malformed("a delta without its piece")),
        piece,
    )
}
