//! Writing JSON member by member, straight into a buffer.

use std::{fmt, io::Write as _};

use bytes::{BufMut, BytesMut};

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

/// The members of an object that is being written.
#[derive(Debug)]
pub(super) struct Members<'o> {
    out: &'o mut BytesMut,
    any: bool,
}

// === impl Members ===

impl Members<'_> {
    pub(super) fn key(&mut self, name: &str) -> &mut BytesMut {
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

    /// A number, or a boolean.
    pub(super) fn number(&mut self, name: &str, value: impl fmt::Display) {
        let written = write!(self.key(name).writer(), "{value}");
        debug_assert!(written.is_ok(), "memory takes all that is written");
    }

    /// JSON that somebody else wrote.
    pub(super) fn raw(&mut self, name: &str, value: &str) {
        self.key(name).put_slice(value.as_bytes());
    }

    pub(super) fn object(&mut self, name: &str, write: impl FnOnce(&mut Members<'_>)) {
        object(self.key(name), write);
    }

    /// An object, unless nothing was written into it.
    pub(super) fn object_if_any(&mut self, name: &str, write: impl FnOnce(&mut Members<'_>)) {
        let (before, any) = (self.out.len(), self.any);
        let mut wrote = false;
        self.object(name, |out| {
            write(out);
            wrote = out.any;
        });
        if !wrote {
            self.out.truncate(before);
            self.any = any;
        }
    }

    pub(super) fn array(&mut self, name: &str, write: impl FnOnce(&mut Elements<'_>)) {
        let out = self.key(name);
        out.put_u8(b'[');
        write(&mut Elements { out, any: false });
        self.out.put_u8(b']');
    }

    /// An array, unless nothing was written into it.
    pub(super) fn array_if_any(&mut self, name: &str, write: impl FnOnce(&mut Elements<'_>)) {
        let (before, any) = (self.out.len(), self.any);
        let mut wrote = false;
        self.array(name, |out| {
            write(out);
            wrote = out.any;
        });
        if !wrote {
            self.out.truncate(before);
            self.any = any;
        }
    }
}

/// The elements of an array that is being written.
#[derive(Debug)]
pub(super) struct Elements<'o> {
    out: &'o mut BytesMut,
    any: bool,
}

// === impl Elements ===

impl<'o> Elements<'o> {
    /// Elements without their brackets.
    pub(super) fn within(out: &'o mut BytesMut) -> Self {
        let any = !out.is_empty();
        Self { out, any }
    }

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

    /// JSON that was written before.
    pub(super) fn raw(&mut self, value: &[u8]) {
        self.next().put_slice(value);
    }

    pub(super) fn object(&mut self, write: impl FnOnce(&mut Members<'_>)) {
        object(self.next(), write);
    }

    /// An object, unless nothing was written into it. Answers whether something was.
    pub(super) fn object_if_any(&mut self, write: impl FnOnce(&mut Members<'_>)) -> bool {
        let (before, any) = (self.out.len(), self.any);
        let mut wrote = false;
        self.object(|out| {
            write(out);
            wrote = out.any;
        });
        if !wrote {
            self.out.truncate(before);
            self.any = any;
        }
        wrote
    }
}
