//! Frames of Amazon's event streams.

use bytes::{BufMut, Bytes, BytesMut};
use flate2::Crc;

/// Both lengths and their checksum.
const PRELUDE_BYTES: usize = 12;
const SUM_BYTES: usize = 4;
/// The type of a header whose value is a text.
const TEXT: u8 = 7;

/// An event of this name.
pub(super) fn frame(name: &str, payload: &str) -> Bytes {
    let mut headers = BytesMut::new();
    for (header, value) in [
        (":event-type", name),
        (":content-type", "application/json"),
        (":message-type", "event"),
    ] {
        headers.put_u8(header.len() as u8);
        headers.put_slice(header.as_bytes());
        headers.put_u8(TEXT);
        headers.put_u16(value.len() as u16);
        headers.put_slice(value.as_bytes());
    }
    let total = PRELUDE_BYTES + headers.len() + payload.len() + SUM_BYTES;
    let mut out = BytesMut::with_capacity(total);
    out.put_u32(total as u32);
    out.put_u32(headers.len() as u32);
    out.put_u32(sum(&out));
    out.put_slice(&headers);
    out.put_slice(payload.as_bytes());
    out.put_u32(sum(&out));
    out.freeze()
}

fn sum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}
