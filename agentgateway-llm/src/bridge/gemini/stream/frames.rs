use bytes::{BufMut, BytesMut};

use super::super::{
    super::{fault::Fault, stream::write_event},
    fault, write,
};

/// Writes chunks: as events, or as the elements of an array.
#[derive(Debug)]
pub(super) struct Frames {
    as_array: bool,
    begun: bool,
    /// The answer's model and id, which every chunk has behind its other members.
    tail: BytesMut,
}

// === impl Frames ===

impl Frames {
    pub(super) fn new(as_array: bool) -> Self {
        Self {
            as_array,
            begun: false,
            tail: BytesMut::new(),
        }
    }

    pub(super) fn start(&mut self, id: &str, model: &str) {
        let mut members = BytesMut::new();
        write::object(&mut members, |tail| {
            tail.string("modelVersion", model);
            tail.string("responseId", id);
        });
        self.tail.clear();
        self.tail.put_u8(b',');
        self.tail.put_slice(members.get(1..).unwrap_or_default());
    }

    /// Writes a chunk with one part.
    pub(super) fn part(
        &mut self,
        choice: u32,
        out: &mut BytesMut,
        fill: impl FnOnce(&mut BytesMut),
    ) {
        self.chunk(out, |out| {
            out.put_slice(b"\"candidates\":[{\"content\":{\"parts\":[");
            fill(out);
            out.put_slice(b"],\"role\":\"model\"},\"index\":");
            write::number(out, choice);
            out.put_slice(b"}]");
        });
    }

    /// Writes a chunk of these members, at least one.
    pub(super) fn chunk(&mut self, out: &mut BytesMut, fill: impl FnOnce(&mut BytesMut)) {
        let tail: &[u8] = if self.tail.is_empty() {
            b"}"
        } else {
            &self.tail
        };
        let write = |out: &mut BytesMut| {
            out.put_u8(b'{');
            fill(out);
            out.put_slice(tail);
        };
        frame(self.as_array, &mut self.begun, out, write);
    }

    /// Ends the array.
    pub(super) fn end(&self, out: &mut BytesMut) {
        if self.as_array {
            out.put_u8(b']');
        }
    }

    /// Writes an error. An array ends behind it, so that it can be read.
    pub(super) fn fault(&mut self, fault: &Fault, out: &mut BytesMut) {
        frame(self.as_array, &mut self.begun, out, |out| {
            fault::write_body(out, fault);
        });
        self.end(out);
    }
}

fn frame(as_array: bool, begun: &mut bool, out: &mut BytesMut, write: impl FnOnce(&mut BytesMut)) {
    let begun = std::mem::replace(begun, true);
    if as_array {
        out.put_slice(if begun { b",\r\n" } else { b"[" });
        write(out);
    } else {
        write_event(out, None, write);
    }
}
