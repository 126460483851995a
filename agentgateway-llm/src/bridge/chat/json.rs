//! Writing JSON straight into a buffer.

use bytes::{BufMut, BytesMut};
use serde::Serialize;

use super::super::form::{Sidecar, Sidecars};
use crate::LlmDialect;

/// Writes an object member by member.
pub(super) struct ObjectWriter<'a> {
    out: &'a mut BytesMut,
    first: bool,
}

// === impl ObjectWriter ===

impl ObjectWriter<'_> {
    /// A member whose value is what `write` writes.
    pub(super) fn member(&mut self, name: &str, write: impl FnOnce(&mut BytesMut)) {
        if !std::mem::take(&mut self.first) {
            self.out.put_u8(b',');
        }
        value(self.out, name);
        self.out.put_u8(b':');
        write(self.out);
    }

    pub(super) fn string(&mut self, name: &str, text: &str) {
        self.member(name, |out| value(out, text));
    }

    pub(super) fn string_or_null(&mut self, name: &str, text: Option<&str>) {
        self.member(name, |out| value(out, &text));
    }

    pub(super) fn number(&mut self, name: &str, number: u64) {
        self.member(name, |out| value(out, &number));
    }

    pub(super) fn boolean(&mut self, name: &str, truth: bool) {
        self.member(name, |out| value(out, &truth));
    }

    /// Whole numbers are written without a fraction, as clients write them.
    pub(super) fn float(&mut self, name: &str, number: f64) {
        let is_whole = number.fract() == 0.0 && number.abs() < 1e15;
        self.member(name, |out| {
            if is_whole {
                out.put_slice(format!("{number:.0}").as_bytes());
            } else {
                value(out, &number);
            }
        });
    }

    /// A piece of JSON as it was written, on one line: line ends stand only between its tokens.
    pub(super) fn raw(&mut self, name: &str, json: &str) {
        self.member(name, |out| raw(out, json));
    }

    pub(super) fn object(&mut self, name: &str, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        self.member(name, |out| object(out, write));
    }

    pub(super) fn array(&mut self, name: &str, write: impl FnOnce(&mut ArrayWriter<'_>)) {
        self.member(name, |out| array(out, write));
    }

    /// The sidecars of this dialect whose name starts so, under what is left of their names.
    pub(super) fn sidecars(&mut self, sidecars: &Sidecars, prefix: &str) {
        for sidecar in own(sidecars) {
            if let Some(name) = sidecar.name.strip_prefix(prefix) {
                self.raw(name, &sidecar.raw);
            }
        }
    }
}

/// Writes an array element by element.
pub(super) struct ArrayWriter<'a> {
    out: &'a mut BytesMut,
    first: bool,
}

// === impl ArrayWriter ===

impl ArrayWriter<'_> {
    pub(super) fn element(&mut self, write: impl FnOnce(&mut BytesMut)) {
        if !std::mem::take(&mut self.first) {
            self.out.put_u8(b',');
        }
        write(self.out);
    }

    pub(super) fn object(&mut self, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        self.element(|out| object(out, write));
    }

    pub(super) fn raw(&mut self, json: &str) {
        self.element(|out| raw(out, json));
    }
}

pub(super) fn object(out: &mut BytesMut, write: impl FnOnce(&mut ObjectWriter<'_>)) {
    out.put_u8(b'{');
    write(&mut ObjectWriter { out, first: true });
    out.put_u8(b'}');
}

pub(super) fn array(out: &mut BytesMut, write: impl FnOnce(&mut ArrayWriter<'_>)) {
    out.put_u8(b'[');
    write(&mut ArrayWriter { out, first: true });
    out.put_u8(b']');
}

#[expect(clippy::expect_used, reason = "see the invariant")]
pub(super) fn value<T: Serialize + ?Sized>(out: &mut BytesMut, value: &T) {
    // INVARIANT: serde_json fails on maps without string keys and on failing writers; these are strings, numbers
    // and booleans, written to memory.
    serde_json::to_writer(out.writer(), value).expect("a scalar is always JSON");
}

pub(super) fn raw(out: &mut BytesMut, json: &str) {
    if memchr::memchr2(b'\n', b'\r', json.as_bytes()).is_none() {
        return out.put_slice(json.as_bytes());
    }
    let line = json.bytes().map(|byte| match byte {
        b'\n' | b'\r' => b' ',
        byte => byte,
    });
    out.extend(line);
}

/// The sidecars of this dialect.
pub(super) fn own(sidecars: &Sidecars) -> impl Iterator<Item = &Sidecar> {
    sidecars
        .iter()
        .filter(|sidecar| sidecar.dialect == LlmDialect::OpenAiChat)
}
