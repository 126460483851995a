//! Writes JSON straight into the bytes that leave.

use bytes::{BufMut, BytesMut};
use serde::Serialize;

/// Writes an object.
pub(super) fn object(out: &mut BytesMut, write: impl FnOnce(&mut Members<'_>)) {
    out.put_u8(b'{');
    write(&mut Members { out, first: true });
    out.put_u8(b'}');
}

/// Writes an array.
pub(super) fn array(out: &mut BytesMut, write: impl FnOnce(&mut Elements<'_>)) {
    out.put_u8(b'[');
    write(&mut Elements { out, first: true });
    out.put_u8(b']');
}

/// Writes a string.
pub(super) fn string(out: &mut BytesMut, text: &str) {
    scalar(out, &text);
}

fn scalar(out: &mut BytesMut, value: &impl Serialize) {
    // It fails on failing writers and on maps without string keys: here is memory, and a string or a number.
    serde_json::to_writer(out.writer(), value).ok();
}

/// The members of an object, as they are written.
#[derive(Debug)]
pub(super) struct Members<'o> {
    out: &'o mut BytesMut,
    first: bool,
}

// === impl Members ===

impl Members<'_> {
    fn name(&mut self, name: &str) -> &mut BytesMut {
        if !self.first {
            self.out.put_u8(b',');
        }
        self.first = false;
        string(self.out, name);
        self.out.put_u8(b':');
        self.out
    }

    pub(super) fn str(&mut self, name: &str, text: &str) {
        string(self.name(name), text);
    }

    /// A string, or `null`.
    pub(super) fn str_or_null(&mut self, name: &str, text: Option<&str>) {
        match text {
            Some(text) => self.str(name, text),
            None => self.raw(name, "null"),
        }
    }

    pub(super) fn number(&mut self, name: &str, number: impl Serialize) {
        scalar(self.name(name), &number);
    }

    pub(super) fn bool(&mut self, name: &str, value: bool) {
        self.raw(name, if value { "true" } else { "false" });
    }

    /// A value that is JSON already.
    pub(super) fn raw(&mut self, name: &str, json: &str) {
        self.name(name).put_slice(json.as_bytes());
    }

    /// A value that was written as JSON before.
    pub(super) fn bytes(&mut self, name: &str, json: &[u8]) {
        self.name(name).put_slice(json);
    }

    pub(super) fn object(&mut self, name: &str, write: impl FnOnce(&mut Members<'_>)) {
        object(self.name(name), write);
    }

    pub(super) fn array(&mut self, name: &str, write: impl FnOnce(&mut Elements<'_>)) {
        array(self.name(name), write);
    }
}

/// The elements of an array, as they are written.
#[derive(Debug)]
pub(super) struct Elements<'o> {
    out: &'o mut BytesMut,
    first: bool,
}

// === impl Elements ===

impl Elements<'_> {
    fn next(&mut self) -> &mut BytesMut {
        if !self.first {
            self.out.put_u8(b',');
        }
        self.first = false;
        self.out
    }

    /// A value that is JSON already.
    pub(super) fn raw(&mut self, json: &str) {
        self.next().put_slice(json.as_bytes());
    }

    pub(super) fn object(&mut self, write: impl FnOnce(&mut Members<'_>)) {
        object(self.next(), write);
    }
}
