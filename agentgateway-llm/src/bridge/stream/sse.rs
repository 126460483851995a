use agentgateway_core::sse::{SseDecoder, SseEvent, SseFrame};
use bytes::{BufMut, BytesMut};

use super::CodecError;

/// The longest event that is read, in bytes: a model's image is one event, in base64.
const MAX_EVENT_BYTES: usize = 32 * 1024 * 1024;

/// Cuts a provider's event stream into events.
#[derive(Debug)]
pub(crate) struct SseReader(SseDecoder);

impl SseReader {
    pub(crate) const fn new() -> Self {
        Self(SseDecoder::new().with_max_event_bytes(MAX_EVENT_BYTES))
    }

    /// Shows each event that is complete with this chunk.
    pub(crate) fn feed(
        &mut self,
        mut chunk: &[u8],
        mut show: impl FnMut(&SseEvent<'_>) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        while !chunk.is_empty() {
            match self
                .0
                .decode(&mut chunk)
                .map_err(|_| CodecError::TooLarge)?
            {
                Some(SseFrame::Event(event)) => show(&event)?,
                Some(_) => {}
                None => break,
            }
        }
        Ok(())
    }

    /// Shows the event that lacks its blank line, which some providers leave out at the end.
    pub(crate) fn finish(
        &mut self,
        show: impl FnOnce(&SseEvent<'_>) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        self.0.finish().map_or(Ok(()), |event| show(&event))
    }
}

/// Writes an event whose data is what `data` writes: JSON on one line.
pub(crate) fn write_event(
    out: &mut BytesMut,
    name: Option<&str>,
    data: impl FnOnce(&mut BytesMut),
) {
    if let Some(name) = name {
        out.put_slice(b"event: ");
        out.put_slice(name.as_bytes());
        out.put_u8(b'\n');
    }
    out.put_slice(b"data: ");
    data(out);
    out.put_slice(b"\n\n");
}
