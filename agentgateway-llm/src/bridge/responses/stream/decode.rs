use std::borrow::Cow;

use agentgateway_core::{
    json::{self, members},
    sse::SseEvent,
};

use super::{
    super::super::{
        DecodeContext,
        stream::{CodecError, EventSink, SseReader, StreamDecoder},
    },
    fields::Fields,
    held::Held,
    state::State,
};

/// Reads a provider's stream.
#[derive(Debug)]
pub(in super::super) struct Decoder {
    reader: SseReader,
    lane: Lane,
}

/// What has been read, and what waits until the open call is over.
#[derive(Debug)]
struct Lane {
    state: State,
    held: Held,
}

// === impl Decoder ===

impl Decoder {
    pub(in super::super) fn new(context: DecodeContext) -> Self {
        Self {
            reader: SseReader::new(),
            lane: Lane {
                state: State::new(context),
                held: Held::default(),
            },
        }
    }
}

impl StreamDecoder for Decoder {
    fn feed(&mut self, chunk: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        let lane = &mut self.lane;
        self.reader.feed(chunk, |event| lane.event(event, out))
    }

    fn finish(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        let lane = &mut self.lane;
        self.reader.finish(|event| lane.event(event, out))?;
        if self.lane.state.is_over() {
            Ok(())
        } else {
            Err(CodecError::Truncated)
        }
    }
}

// === impl Lane ===

impl Lane {
    fn event(&mut self, event: &SseEvent<'_>, out: &mut dyn EventSink) -> Result<(), CodecError> {
        let data = event.data();
        // Whoever also speaks Chat may end with its marker.
        if self.state.is_over() || data.is_empty() || data == b"[DONE]" {
            return Ok(());
        }
        let name = match event.event() {
            "" | "message" => type_of(data)?,
            name => Cow::Borrowed(name),
        };
        self.take(&name, data, out)
    }

    fn take(&mut self, name: &str, data: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        if is_last(name) {
            // What still waits had its chance: the call that it waited for has no end of its own.
            while !self.held.is_empty() && !self.state.is_over() {
                self.state.end_call(out)?;
                self.release(out)?;
            }
        } else if State::is_known(name) {
            return self.item(name, data, out);
        }
        self.state.handle(name, data, out)?;
        self.release(out)
    }

    /// Handles what is told of an item; what belongs to another one than the open call waits for its end.
    fn item(&mut self, name: &str, data: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        let fields = Fields::read(data)?;
        // An event that names no item is about the open one.
        match (self.state.calling(), fields.at) {
            (Some(open), Some(at)) if open != at => self.held.hold(name, data, at),
            _ => {
                self.state.item(name, &fields, out)?;
                self.release(out)
            }
        }
    }

    /// Handles what waited, in its order, until another call is open; then only what belongs to that one.
    fn release(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        while let Some(next) = self.held.next(self.state.calling()) {
            if self.state.is_over() {
                break;
            }
            self.state.handle(&next.name, &next.data, out)?;
        }
        Ok(())
    }
}

/// Whether the event ends the answer.
fn is_last(name: &str) -> bool {
    matches!(
        name,
        "response.completed" | "response.incomplete" | "response.failed" | "error"
    )
}

fn type_of(data: &[u8]) -> Result<Cow<'_, str>, CodecError> {
    let [kind] =
        members(data, ["type"]).map_err(|_| CodecError::malformed("an event is no JSON object"))?;
    let [error] = match kind {
        Some(_) => [None],
        None => members(data, ["error"]).unwrap_or_default(),
    };
    match (kind.and_then(json::string), error) {
        (Some(kind), _) => Ok(kind),
        // Some tell an error as they do in Chat.
        (None, Some(_)) => Ok(Cow::Borrowed("error")),
        (None, None) => Err(CodecError::malformed("an event without a type")),
    }
}
