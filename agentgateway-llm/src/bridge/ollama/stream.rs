use std::borrow::Cow;

use bytes::BytesMut;
use memchr::memchr;

use super::{
    super::{
        Codec, OpenAiChat,
        stream::{BlockKind, CodecError, Delta, Event, EventSink, Start, StreamDecoder},
    },
    answer::Chunk,
};

/// The longest line that is read, in bytes.
const MAX_LINE_BYTES: usize = 32 * 1024 * 1024;

/// Reads lines until one says `done`.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// What has come of a line.
    line: BytesMut,
    machine: Machine,
}

#[derive(Debug, Default)]
struct Machine {
    started: bool,
    open: Option<Open>,
    next_index: u32,
    calls: usize,
    /// The end or a fault was told.
    over: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Text,
    Thoughts,
}

// === impl Decoder ===

impl StreamDecoder for Decoder {
    fn feed(&mut self, mut chunk: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        let Self { line, machine } = self;
        while let Some(at) = memchr(b'\n', chunk) {
            let (head, rest) = chunk.split_at(at);
            chunk = rest.get(1..).unwrap_or_default();
            if line.is_empty() {
                machine.line(head, out)?;
            } else {
                keep(line, head)?;
                machine.line(&line.split(), out)?;
            }
        }
        keep(line, chunk)
    }

    fn finish(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        // The last line may lack its end; half of one is what a cut leaves.
        let last = self.machine.line(&self.line.split(), out);
        match last {
            _ if self.machine.over => Ok(()),
            Ok(()) | Err(CodecError::Malformed(_)) => Err(CodecError::Truncated),
            Err(error) => Err(error),
        }
    }
}

fn keep(line: &mut BytesMut, piece: &[u8]) -> Result<(), CodecError> {
    if line.len().saturating_add(piece.len()) > MAX_LINE_BYTES {
        return Err(CodecError::TooLarge);
    }
    line.extend_from_slice(piece);
    Ok(())
}

// === impl Machine ===

impl Machine {
    fn line(&mut self, line: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        let line = line.trim_ascii();
        if line.is_empty() || self.over {
            return Ok(());
        }
        if let Some(fault) = OpenAiChat.fault_in(line) {
            self.over = true;
            return out.event(Event::Fault(fault));
        }
        let chunk = Chunk::read(line).map_err(|error| CodecError::malformed(error.to_string()))?;
        self.chunk(&chunk, out)
    }

    fn chunk(&mut self, chunk: &Chunk<'_>, out: &mut dyn EventSink) -> Result<(), CodecError> {
        if !self.started {
            self.started = true;
            out.event(Event::Start(Start {
                model: Cow::Borrowed(&chunk.model),
                ..Start::default()
            }))?;
        }
        if !chunk.thinking.is_empty() {
            let index = self.open(Open::Thoughts, out)?;
            let delta = Delta::Reasoning(Cow::Borrowed(&chunk.thinking));
            out.event(Event::Delta { index, delta })?;
        }
        if !chunk.content.is_empty() {
            let index = self.open(Open::Text, out)?;
            let delta = Delta::Text(Cow::Borrowed(&chunk.content));
            out.event(Event::Delta { index, delta })?;
        }
        if let Some(images) = chunk.images() {
            self.close(out)?;
            out.event(Event::BlockStart {
                index: self.next_index,
                choice: 0,
                block: BlockKind::Other(images),
            })?;
            self.stop_block(out)?;
        }
        self.call(chunk, out)?;
        if chunk.done {
            self.end(chunk, out)?;
        }
        Ok(())
    }

    /// A block of this kind that is open.
    fn open(&mut self, wanted: Open, out: &mut dyn EventSink) -> Result<u32, CodecError> {
        if self.open != Some(wanted) {
            self.close(out)?;
            self.open = Some(wanted);
            out.event(Event::BlockStart {
                index: self.next_index,
                choice: 0,
                block: match wanted {
                    Open::Text => BlockKind::Text,
                    Open::Thoughts => BlockKind::Reasoning {
                        id: None,
                        redacted: None,
                    },
                },
            })?;
        }
        Ok(self.next_index)
    }

    fn close(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        if self.open.take().is_some() {
            self.stop_block(out)?;
        }
        Ok(())
    }

    fn stop_block(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        let index = self.next_index;
        self.next_index = index.saturating_add(1);
        out.event(Event::BlockStop { index })
    }

    /// Calls come whole.
    fn call(&mut self, chunk: &Chunk<'_>, out: &mut dyn EventSink) -> Result<(), CodecError> {
        for call in chunk.calls(self.calls) {
            self.calls += 1;
            if call.name.is_empty() {
                return Err(CodecError::malformed("a call without a name"));
            }
            self.close(out)?;
            let index = self.next_index;
            out.event(Event::BlockStart {
                index,
                choice: 0,
                block: BlockKind::ToolCall {
                    id: call.id.into(),
                    name: call.name.into(),
                    is_custom: false,
                    state: None,
                },
            })?;
            let delta = Delta::Arguments(call.arguments.into());
            out.event(Event::Delta { index, delta })?;
            self.stop_block(out)?;
        }
        Ok(())
    }

    fn end(&mut self, chunk: &Chunk<'_>, out: &mut dyn EventSink) -> Result<(), CodecError> {
        self.over = true;
        self.close(out)?;
        if !chunk.usage.is_empty() {
            out.event(Event::Usage(chunk.usage))?;
        }
        out.event(Event::Stop {
            choice: 0,
            reason: chunk.stop(self.calls > 0),
        })?;
        out.event(Event::End)
    }
}
