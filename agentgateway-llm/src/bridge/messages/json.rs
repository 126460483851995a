//! Writing JSON member by member, straight into a buffer. Everything is on one line, as events need it.

use std::{fmt, io::Write};

use bytes::{BufMut, BytesMut};
use memchr::memchr2;

/// Writes an object.
pub(super) fn object(out: &mut BytesMut, write: impl FnOnce(&mut Members<'_>)) {
    out.put_u8(b'{');
    write(&mut Members { out, any: false });
    out.put_u8(b'}');
}

/// Writes a string.
pub(super) fn string(out: &mut BytesMut, text: &str) {
    let written = serde_json::to_writer(out.writer(), text);
    debug_assert!(written.is_ok(), "memory takes all that is written");
}

/// Writes a number.
pub(super) fn number(out: &mut BytesMut, number: impl fmt::Display) {
    let written = write!(out.writer(), "{number}");
    debug_assert!(written.is_ok(), "memory takes all that is written");
}

/// Writes JSON that somebody else wrote. A line break in it can only be white space.
pub(super) fn raw(out: &mut BytesMut, raw: &str) {
    if memchr2(b'\n', b'\r', raw.as_bytes()).is_none() {
        out.put_slice(raw.as_bytes());
        return;
    }
    for byte in raw.bytes() {
        let space = matches!(byte, b'\n' | b'\r');
        out.put_u8(if space { b' ' } else { byte });
    }
}

/// The members of an object that is being written.
#[derive(Debug)]
pub(super) struct Members<'o> {
    out: &'o mut BytesMut,
    any: bool,
}

// === impl Members ===

impl Members<'_> {
    fn key(&mut self, name: &str) -> &mut BytesMut {
        if self.any {
            self.out.put_u8(b',');
        }
        self.any = true;
        string(self.out, name);
        self.out.put_u8(b':');
        self.out
    }

    pub(super) fn string(&mut self, name: &str, value: &str) {
        string(self.key(name), value);
    }

    pub(super) fn number(&mut self, name: &str, value: impl fmt::Display) {
        number(self.key(name), value);
    }

    pub(super) fn boolean(&mut self, name: &str, value: bool) {
        self.number(name, value);
    }

    pub(super) fn raw(&mut self, name: &str, value: &str) {
        raw(self.key(name), value);
    }

    pub(super) fn null(&mut self, name: &str) {
        self.raw(name, "null");
    }

    pub(super) fn string_or_null(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.string(name, value),
            None => self.null(name),
        }
    }

    pub(super) fn object(&mut self, name: &str, write: impl FnOnce(&mut Members<'_>)) {
        object(self.key(name), write);
    }

    pub(super) fn array(&mut self, name: &str, write: impl FnOnce(&mut Elements<'_>)) {
        let out = self.key(name);
        out.put_u8(b'[');
        write(&mut Elements { out, any: false });
        self.out.put_u8(b']');
    }
}

/// The elements of an array that is being written.
#[derive(Debug)]
pub(super) struct Elements<'o> {
    out: &'o mut BytesMut,
    any: bool,
}

// === impl Elements ===

impl Elements<'_> {
    fn next(&mut self) -> &mut BytesMut {
        if self.any {
            self.out.put_u8(b',');
        }
        self.any = true;
        self.out
    }

    pub(super) fn string(&mut self, value: &str) {
        string(self.next(), value);
    }

    pub(super) fn raw(&mut self, value: &str) {
        raw(self.next(), value);
    }

    pub(super) fn object(&mut self, write: impl FnOnce(&mut Members<'_>)) {
        object(self.next(), write);
    }

    /// Writes what is an object already.
    pub(super) fn written(&mut self, value: &[u8]) {
        self.next().put_slice(value);
    }

    /// Writes an object, unless it turns out that there is nothing to write.
    pub(super) fn object_if(&mut self, write: impl FnOnce(&mut Members<'_>) -> bool) {
        let (before, any) = (self.out.len(), self.any);
        let mut wrote = false;
        self.object(|members| wrote = write(members));
        if !wrote {
            self.out.truncate(before);
            self.any = any;
        }
    }
}
