mod block;
mod message;

use agentgateway_core::{
    json::{self, JsonError, Raw, members},
    sse::SseEvent,
};

use self::block::Open;
use super::super::{
    super::{
        DecodeContext,
        form::StopReason,
        stream::{CodecError, Event, EventSink, SseReader, StreamDecoder},
    },
    fault,
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

fn malformed(error: &JsonError) -> CodecError {
    CodecError::malformed(error.to_string())
}
