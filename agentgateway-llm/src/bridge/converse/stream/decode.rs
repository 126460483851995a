use agentgateway_core::json::{self, Raw, members, members_of};

use super::{
    super::{
        super::{
            DecodeContext,
            stream::{CodecError, Event, EventSink, Start, StreamDecoder},
        },
        DIALECT, fault,
        response::read_stop,
    },
    blocks::{Open, malformed, piece, told},
};
use crate::wire::{
    Counts,
    event_stream::{EVENT_TYPE, Frame, FrameDecoder, FrameError},
};

/// Reads a stream of Bedrock Converse.
///
/// Its end marker is `messageStop`; `metadata` follows with the usage, and a stream that ends cleanly between them
/// has told all but that. Events of unknown types tell nothing. What only this dialect knows is told when it is
/// whole.
#[derive(Debug)]
pub(in super::super) struct Decoder {
    frames: FrameDecoder,
    reading: Reading,
}

#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) context: DecodeContext,
    counts: Counts,
    started: bool,
    /// The index of the next block.
    pub(super) next: u32,
    pub(super) open: Option<Open>,
    /// The provider's last index that has stopped.
    pub(super) closed: Option<u64>,
    stopped: bool,
    has_metadata: bool,
    over: bool,
}

// === impl Decoder ===

impl Decoder {
    pub(in super::super) fn new(context: DecodeContext) -> Self {
        Self {
            frames: FrameDecoder::new(),
            reading: Reading {
                context,
                ..Reading::default()
            },
        }
    }
}

impl StreamDecoder for Decoder {
    fn feed(&mut self, mut chunk: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        while !self.reading.over {
            let Some(frame) = self.frames.decode(&mut chunk)? else {
                break;
            };
            self.reading.frame(&frame, out)?;
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        if self.reading.over {
            return Ok(());
        }
        if !self.reading.stopped || self.frames.unfinished_bytes() > 0 {
            return Err(CodecError::Truncated);
        }
        self.reading.over = true;
        out.event(Event::End)
    }
}

impl From<FrameError> for CodecError {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::TooLarge => Self::TooLarge,
            other => Self::malformed(other.to_string()),
        }
    }
}

// === impl Reading ===

impl Reading {
    fn frame(&mut self, frame: &Frame<'_>, out: &mut dyn EventSink) -> Result<(), CodecError> {
        if let Some(fault) = fault::of_frame(frame) {
            self.over = true;
            return out.event(Event::Fault(fault));
        }
        let data = frame.payload();
        let name = frame.text(EVENT_TYPE).unwrap_or_default();
        let is_content = matches!(
            name,
            "contentBlockStart" | "contentBlockDelta" | "contentBlockStop" | "messageStop"
        );
        if is_content && self.stopped {
            return Err(CodecError::malformed("content behind its end"));
        }
        match name {
            "contentBlockDelta" => self.delta(data, out),
            "contentBlockStart" => self.block_start(data, out),
            "contentBlockStop" => self.block_stop(data, out),
            "messageStart" => {
                Raw::parse(data).map_err(|error| malformed(&error))?;
                self.start(out)
            }
            "messageStop" => self.stop(data, out),
            "metadata" => self.metadata(data, out),
            _ => Ok(()),
        }
    }

    pub(super) fn start(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        if std::mem::replace(&mut self.started, true) {
            return Ok(());
        }
        out.event(Event::Start(Start::default()))
    }

    fn stop(&mut self, data: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        let keys = ["stopReason", "additionalModelResponseFields"];
        let [reason, more] = members(data, keys).map_err(|error| malformed(&error))?;
        let reason = reason.ok_or(CodecError::malformed("an end without its reason"))?;
        let sequence = told(more).and_then(|more| members_of(more, ["stop_sequence"]).ok());
        let sequence = sequence.and_then(|[sequence]| json::string(sequence?));
        self.start(out)?;
        self.close(out)?;
        self.stopped = true;
        let reason = read_stop(&piece(reason)?, sequence.map(Into::into));
        out.event(Event::Stop { choice: 0, reason })?;
        self.end_if_all(out)
    }

    fn metadata(&mut self, data: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        let [usage] = members(data, ["usage"]).map_err(|error| malformed(&error))?;
        self.start(out)?;
        if let Some(usage) = told(usage) {
            self.counts.converse(usage);
            if let Some(usage) = self.counts.usage(DIALECT) {
                out.event(Event::Usage(usage))?;
            }
        }
        self.has_metadata = true;
        self.end_if_all(out)
    }

    fn end_if_all(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        if !(self.stopped && self.has_metadata) {
            return Ok(());
        }
        self.over = true;
        out.event(Event::End)
    }
}
