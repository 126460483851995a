use bytes::{BufMut, BytesMut};

use super::{
    CONTENT_TYPE, EVENT_TYPE, EXCEPTION_TYPE, FrameError, MAX_FRAME_BYTES, MESSAGE_TYPE,
    PRELUDE_BYTES, SUM_BYTES,
};

const JSON: &str = "application/json";
/// The type of a header that is text.
const TEXT: u8 = 7;

/// Writes an event whose payload is the JSON that `payload` writes.
///
/// # Errors
/// The frame is over the limit; nothing was written.
pub(crate) fn write_event(
    out: &mut BytesMut,
    name: &str,
    payload: impl FnOnce(&mut BytesMut),
) -> Result<(), FrameError> {
    let headers = [
        (EVENT_TYPE, name),
        (CONTENT_TYPE, JSON),
        (MESSAGE_TYPE, "event"),
    ];
    write(out, &headers, payload)
}

/// Writes an exception whose payload is the JSON that `payload` writes.
///
/// # Errors
/// The frame is over the limit; nothing was written.
pub(crate) fn write_exception(
    out: &mut BytesMut,
    name: &str,
    payload: impl FnOnce(&mut BytesMut),
) -> Result<(), FrameError> {
    let headers = [
        (EXCEPTION_TYPE, name),
        (CONTENT_TYPE, JSON),
        (MESSAGE_TYPE, "exception"),
    ];
    write(out, &headers, payload)
}

/// Writes a frame with headers of text.
pub(super) fn write(
    out: &mut BytesMut,
    headers: &[(&str, &str)],
    payload: impl FnOnce(&mut BytesMut),
) -> Result<(), FrameError> {
    let start = out.len();
    let written = frame(out, start, headers, payload);
    if written.is_err() {
        out.truncate(start);
    }
    written
}

fn frame(
    out: &mut BytesMut,
    start: usize,
    headers: &[(&str, &str)],
    payload: impl FnOnce(&mut BytesMut),
) -> Result<(), FrameError> {
    out.put_bytes(0, PRELUDE_BYTES);
    for (name, value) in headers {
        out.put_u8(u8::try_from(name.len()).map_err(|_| FrameError::Header)?);
        out.put_slice(name.as_bytes());
        out.put_u8(TEXT);
        out.put_u16(u16::try_from(value.len()).map_err(|_| FrameError::Header)?);
        out.put_slice(value.as_bytes());
    }
    let headers_len = out.len() - start - PRELUDE_BYTES;
    payload(out);
    let total = out.len() - start + SUM_BYTES;
    if total > MAX_FRAME_BYTES {
        return Err(FrameError::TooLarge);
    }
    let prelude = prelude(total, headers_len)?;
    let place = out.get_mut(start..start + PRELUDE_BYTES);
    place.ok_or(FrameError::Length)?.copy_from_slice(&prelude);
    let sum = crc32fast::hash(out.get(start..).ok_or(FrameError::Length)?);
    out.put_u32(sum);
    Ok(())
}

fn prelude(total: usize, headers: usize) -> Result<[u8; PRELUDE_BYTES], FrameError> {
    let number = |len: usize| u32::try_from(len).map_err(|_| FrameError::TooLarge);
    let lengths = (u64::from(number(total)?) << 32) | u64::from(number(headers)?);
    let lengths = lengths.to_be_bytes();
    let mut prelude = [0; PRELUDE_BYTES];
    let (first, sum) = prelude.split_at_mut(lengths.len());
    first.copy_from_slice(&lengths);
    sum.copy_from_slice(&crc32fast::hash(&lengths).to_be_bytes());
    Ok(prelude)
}
