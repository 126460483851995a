use agentgateway_core::{
    json::{self, JsonError, Raw, members, members_of},
    sse::SseEvent,
};

use super::{
    super::{
        super::{
            DecodeContext,
            form::{Choice, Opaque, Response, Sidecar, StateOwner, StopReason},
            read::Object,
            stream::{
                BlockKind, CodecError, Delta, Event, EventSink, SseReader, Start, StreamDecoder,
                replay,
            },
        },
        DIALECT, fault,
        request::take_citations,
        response::{content, read_stop},
    },
    held::Held,
};
use crate::wire::Counts;

/// Reads a stream of Anthropic Messages.
#[derive(Debug)]
pub(in super::super) struct Decoder {
    reader: SseReader,
    reading: Reading,
}

#[derive(Debug)]
struct Reading {
    context: DecodeContext,
    counts: Counts,
    /// Of the message that began.
    id: Option<String>,
    /// The index of the next block.
    next: u32,
    open: Option<Open>,
    stop: Option<StopReason>,
    has_calls: bool,
    over: bool,
}

/// The block that is open, by the provider's index.
#[derive(Debug)]
struct Open {
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

// === impl Decoder ===

impl Decoder {
    pub(in super::super) fn new(context: DecodeContext) -> Self {
        Self {
            reader: SseReader::new(),
            reading: Reading {
                context,
                counts: Counts::default(),
                id: None,
                next: 0,
                open: None,
                stop: None,
                has_calls: false,
                over: false,
            },
        }
    }
}

impl StreamDecoder for Decoder {
    fn feed(&mut self, chunk: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        let reading = &mut self.reading;
        self.reader.feed(chunk, |event| reading.event(event, out))
    }

    fn finish(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        let reading = &mut self.reading;
        // What lacks its end may lack more than a blank line.
        let last = self.reader.finish(|event| reading.event(event, out));
        match last {
            _ if reading.over => last,
            _ => Err(CodecError::Truncated),
        }
    }
}

// === impl Reading ===

impl Reading {
    fn event(&mut self, event: &SseEvent<'_>, out: &mut dyn EventSink) -> Result<(), CodecError> {
        let data = event.data();
        // Nothing follows the end, but the mark of another dialect's at times.
        if self.over || data.is_empty() || data == b"[DONE]" {
            return Ok(());
        }
        match event.event() {
            "" | "message" => {
                // Named inside only, as some relays leave it.
                let [kind, error] = members(data, ["type", "error"]).map_err(|e| malformed(&e))?;
                match kind.and_then(json::string) {
                    Some(kind) => self.named(&kind, data, out),
                    None if error.is_some() => self.named("error", data, out),
                    None => Ok(()),
                }
            }
            name => self.named(name, data, out),
        }
    }

    fn named(
        &mut self,
        name: &str,
        data: &[u8],
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        match name {
            "content_block_delta" => self.delta(data, out),
            "content_block_start" => self.block_start(data, out),
            "content_block_stop" => self.block_stop(data, out),
            "message_start" => self.message_start(data, out),
            "message_delta" => self.message_delta(data, out),
            "message_stop" => self.message_stop(data, out),
            "ping" => out.event(Event::Ping),
            "error" => self.fault(data, out),
            // Types may be added at any time, and are to be passed over; but JSON they are.
            _ => Raw::parse(data)
                .map(drop)
                .map_err(|error| malformed(&error)),
        }
    }

    fn delta(&mut self, data: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
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
        match &delta {
            Delta::Text(text) | Delta::Reasoning(text) | Delta::Arguments(text)
                if text.is_empty() =>
            {
                Ok(())
            }
            Delta::State(state) if state.data.is_empty() => Ok(()),
            _ => out.event(Event::Delta { index, delta }),
        }
    }

    fn block_start(&mut self, data: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
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
        let name = self.context.tool_name(&name).to_owned().into();
        let state = None;
        let index = self.start(BlockKind::ToolCall { id, name, state }, out)?;
        let input = object.take("input").map(Raw::get);
        let begun = input.filter(|input| !is_empty_object(input));
        tell(index, object.into_sidecars(DIALECT), out)?;
        Ok(Block::Call {
            index,
            input: begun.map(Into::into),
        })
    }

    fn block_stop(&mut self, data: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        let [index] = members(data, ["index"]).map_err(|error| malformed(&error))?;
        let theirs = index.and_then(json::unsigned);
        let is_open = |open: &Open| theirs.is_none_or(|theirs| theirs == open.theirs);
        // The end of a block that has ended says nothing.
        if self.open.as_ref().is_some_and(is_open) {
            self.close(out)?;
        }
        Ok(())
    }

    fn close(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
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

    fn message_start(&mut self, data: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        let [message] = members(data, ["message"]).map_err(|error| malformed(&error))?;
        let message = message.ok_or(CodecError::malformed("the start of no message"))?;
        let mut message = Object::of(message, "message")?;
        let id = message.take_str("id")?.unwrap_or_default();
        if let Some(known) = &self.id {
            // Some relays say it twice. Another message in the same stream is another attempt of theirs, and its
            // signatures would stand beside those of the first.
            return if *known == id {
                Ok(())
            } else {
                Err(CodecError::malformed("another message begins within it"))
            };
        }
        self.id = Some(id.clone().into_owned());
        out.event(Event::Start(Start {
            id,
            model: message.take_str("model")?.unwrap_or_default(),
            created: None,
        }))?;
        self.usage(message.take("usage"), out)?;
        if let Some(raw) = message.take("content") {
            self.begun(raw, out)?;
        }
        self.stop_of(
            message.take("stop_reason"),
            message.take("stop_sequence"),
            message.take("stop_details"),
        )
    }

    /// Blocks that the message begins with: whole ones, where it goes on from what was said before.
    fn begun(&mut self, raw: Raw<'_>, out: &mut dyn EventSink) -> Result<(), CodecError> {
        let blocks = content(&self.context, raw)?;
        let mut response = Response::default();
        response.choices.push(Choice {
            blocks,
            ..Choice::default()
        });
        replay(&response, &mut |event: Event<'_>| match event {
            Event::BlockStart { ref block, .. } => {
                self.has_calls |= matches!(block, BlockKind::ToolCall { .. });
                self.next = self.next.saturating_add(1);
                out.event(event)
            }
            Event::Delta { .. } | Event::BlockStop { .. } => out.event(event),
            _ => Ok(()),
        })
    }

    fn message_delta(&mut self, data: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        self.require_start()?;
        let [delta, usage] = members(data, ["delta", "usage"]).map_err(|e| malformed(&e))?;
        self.usage(usage, out)?;
        let Some(delta) = said(delta) else {
            return Ok(());
        };
        let keys = ["stop_reason", "stop_sequence", "stop_details"];
        let [reason, sequence, details] =
            members_of(delta, keys).map_err(|error| malformed(&error))?;
        self.stop_of(reason, sequence, details)
    }

    fn stop_of(
        &mut self,
        reason: Option<Raw<'_>>,
        sequence: Option<Raw<'_>>,
        details: Option<Raw<'_>>,
    ) -> Result<(), CodecError> {
        if let Some(reason) = said(reason) {
            let (stop, _) = read_stop(Some(reason), said(sequence), details)?;
            self.stop = Some(stop);
        }
        Ok(())
    }

    fn usage(&mut self, usage: Option<Raw<'_>>, out: &mut dyn EventSink) -> Result<(), CodecError> {
        let Some(usage) = said(usage) else {
            return Ok(());
        };
        self.counts.anthropic(usage);
        match self.counts.usage(DIALECT) {
            Some(usage) => out.event(Event::Usage(usage)),
            None => Ok(()),
        }
    }

    fn message_stop(&mut self, data: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        Raw::parse(data).map_err(|error| malformed(&error))?;
        self.require_start()?;
        self.close(out)?;
        let reason = match self.stop.take() {
            Some(reason) => reason,
            // Not every backend says it.
            None if self.has_calls => StopReason::ToolUse,
            None => StopReason::EndTurn,
        };
        self.over = true;
        out.event(Event::Stop { choice: 0, reason })?;
        out.event(Event::End)
    }

    fn fault(&mut self, data: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        let raw = Raw::parse(data).map_err(|error| malformed(&error))?;
        let fault =
            fault::of_event(raw).ok_or(CodecError::malformed("an error of no known form"))?;
        self.over = true;
        out.event(Event::Fault(fault))
    }

    fn require_start(&self) -> Result<(), CodecError> {
        match self.id {
            Some(_) => Ok(()),
            None => Err(CodecError::malformed("it does not begin with its message")),
        }
    }
}

fn tell(index: u32, sidecars: Vec<Sidecar>, out: &mut dyn EventSink) -> Result<(), CodecError> {
    for sidecar in sidecars {
        let delta = Delta::Other(sidecar);
        out.event(Event::Delta { index, delta })?;
    }
    Ok(())
}

fn said(raw: Option<Raw<'_>>) -> Option<Raw<'_>> {
    raw.filter(|raw| !json::is_null(*raw))
}

fn is_empty_object(input: &str) -> bool {
    let inner = input
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|inner| inner.trim().is_empty())
}

fn piece(raw: Raw<'_>) -> Result<std::borrow::Cow<'_, str>, CodecError> {
    json::string(raw).ok_or(CodecError::malformed("a piece that is no text"))
}

fn told(raw: Option<Raw<'_>>) -> Result<std::borrow::Cow<'_, str>, CodecError> {
    raw.map_or(
        Err(CodecError::malformed("a delta without its piece")),
        piece,
    )
}

fn malformed(error: &JsonError) -> CodecError {
    CodecError::malformed(error.to_string())
}
