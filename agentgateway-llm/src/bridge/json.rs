//! Writing JSON member by member, straight into the bytes that leave. Everything is on one line, as events need it.

use std::fmt::Write;

use agentgateway_core::json;
use bytes::{BufMut, BytesMut};
use memchr::memchr2;

/// Writes an object.
pub(in crate::bridge) fn object(out: &mut BytesMut, write: impl FnOnce(&mut Members<'_>)) {
    out.put_u8(b'{');
    write(&mut Members { out, any: false });
    out.put_u8(b'}');
}

/// Writes an array.
pub(in crate::bridge) fn array(out: &mut BytesMut, write: impl FnOnce(&mut Elements<'_>)) {
    out.put_u8(b'[');
    write(&mut Elements { out, any: false });
    out.put_u8(b']');
}

/// Writes a string, with its quotes and escapes.
pub(in crate::bridge) fn string(out: &mut BytesMut, text: &str) {
    json::quote_into(out, text);
}

/// Writes a number, a whole one without a fraction, or a boolean.
pub(in crate::bridge) fn number(out: &mut BytesMut, number: impl Number) {
    number.write(out);
}

/// What [`number`] writes.
pub(in crate::bridge) trait Number: Copy {
    fn write(self, out: &mut BytesMut);
}

macro_rules! whole_numbers {
    ($($whole:ty),*) => {$(
        impl Number for $whole {
            fn write(self, out: &mut BytesMut) {
                out.put_slice(itoa::Buffer::new().format(self).as_bytes());
            }
        }
    )*};
}

whole_numbers!(i32, i64, u16, u32, u64, usize);

impl Number for f64 {
    fn write(self, out: &mut BytesMut) {
        // What buffers of bytes take is never more than there is memory.
        let written = write!(out, "{self}");
        debug_assert!(written.is_ok(), "memory takes all that is written");
    }
}

impl Number for bool {
    fn write(self, out: &mut BytesMut) {
        out.put_slice(if self { b"true" } else { b"false" });
    }
}

/// Writes JSON that somebody else wrote. A line end in it stands between its tokens, and becomes a blank.
pub(in crate::bridge) fn raw(out: &mut BytesMut, json: &str) {
    let mut rest = json.as_bytes();
    while let Some(end) = memchr2(b'\n', b'\r', rest) {
        let (line, tail) = rest.split_at(end);
        out.put_slice(line);
        out.put_u8(b' ');
        rest = tail.get(1..).unwrap_or_default();
    }
    out.put_slice(rest);
}

/// The members of an object that is being written.
#[derive(Debug)]
pub(in crate::bridge) struct Members<'o> {
    out: &'o mut BytesMut,
    any: bool,
}

// === impl Members ===

impl Members<'_> {
    /// Writes a name that needs no escapes, and gives the place of its value.
    pub(in crate::bridge) fn name(&mut self, name: &'static str) -> &mut BytesMut {
        debug_assert!(json::quote(name).len() == name.len() + 2, "{name}");
        let opening: &[u8] = if self.any { b",\"" } else { b"\"" };
        self.any = true;
        self.out.put_slice(opening);
        self.out.put_slice(name.as_bytes());
        self.out.put_slice(b"\":");
        self.out
    }

    /// The same, of a name that somebody else chose.
    pub(in crate::bridge) fn other_name(&mut self, name: &str) -> &mut BytesMut {
        separate(self.out, &mut self.any);
        string(self.out, name);
        self.out.put_u8(b':');
        self.out
    }

    pub(in crate::bridge) fn string(&mut self, name: &'static str, text: &str) {
        string(self.name(name), text);
    }

    pub(in crate::bridge) fn some_string(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.string(name, text);
        }
    }

    pub(in crate::bridge) fn string_or_null(&mut self, name: &'static str, text: Option<&str>) {
        match text {
            Some(text) => self.string(name, text),
            None => self.null(name),
        }
    }

    pub(in crate::bridge) fn strings(&mut self, name: &'static str, texts: &[impl AsRef<str>]) {
        self.array(name, |all| {
            texts.iter().for_each(|text| all.string(text.as_ref()))
        });
    }

    pub(in crate::bridge) fn number(&mut self, name: &'static str, value: impl Number) {
        number(self.name(name), value);
    }

    pub(in crate::bridge) fn some(&mut self, name: &'static str, value: Option<impl Number>) {
        if let Some(value) = value {
            self.number(name, value);
        }
    }

    pub(in crate::bridge) fn boolean(&mut self, name: &'static str, value: bool) {
        self.number(name, value);
    }

    pub(in crate::bridge) fn null(&mut self, name: &'static str) {
        self.name(name).put_slice(b"null");
    }

    /// A value that somebody else wrote.
    pub(in crate::bridge) fn raw(&mut self, name: &str, json: &str) {
        raw(self.other_name(name), json);
    }

    pub(in crate::bridge) fn raws<'s>(
        &mut self,
        members: impl Iterator<Item = (&'s str, &'s str)>,
    ) {
        for (name, json) in members {
            self.raw(name, json);
        }
    }

    /// A value that was written here before.
    pub(in crate::bridge) fn written(&mut self, name: &'static str, json: &[u8]) {
        self.name(name).put_slice(json);
    }

    pub(in crate::bridge) fn object(
        &mut self,
        name: &'static str,
        write: impl FnOnce(&mut Members<'_>),
    ) {
        object(self.name(name), write);
    }

    /// An object, unless nothing is written into it.
    pub(in crate::bridge) fn object_if_any(
        &mut self,
        name: &'static str,
        write: impl FnOnce(&mut Members<'_>),
    ) {
        let before = (self.out.len(), self.any);
        let mut wrote = false;
        self.object(name, |out| {
            write(out);
            wrote = out.any;
        });
        if !wrote {
            self.undo(before);
        }
    }

    pub(in crate::bridge) fn array(
        &mut self,
        name: &'static str,
        write: impl FnOnce(&mut Elements<'_>),
    ) {
        array(self.name(name), write);
    }

    /// An array of elements that were written here before.
    pub(in crate::bridge) fn array_of(&mut self, name: &'static str, elements: &[BytesMut]) {
        self.array(name, |all| elements.iter().for_each(|one| all.written(one)));
    }

    /// An array, unless nothing is written into it.
    pub(in crate::bridge) fn array_if_any(
        &mut self,
        name: &'static str,
        write: impl FnOnce(&mut Elements<'_>),
    ) {
        let before = (self.out.len(), self.any);
        let mut wrote = false;
        self.array(name, |out| {
            write(out);
            wrote = out.any;
        });
        if !wrote {
            self.undo(before);
        }
    }

    fn undo(&mut self, (length, any): (usize, bool)) {
        self.out.truncate(length);
        self.any = any;
    }
}

/// The elements of an array that is being written.
#[derive(Debug)]
pub(in crate::bridge) struct Elements<'o> {
    out: &'o mut BytesMut,
    any: bool,
}

// === impl Elements ===

impl<'o> Elements<'o> {
    /// Elements without their brackets, behind those that are there.
    pub(in crate::bridge) fn within(out: &'o mut BytesMut) -> Self {
        let any = !out.is_empty();
        Self { out, any }
    }

    /// The place of the next element.
    pub(in crate::bridge) fn next(&mut self) -> &mut BytesMut {
        separate(self.out, &mut self.any);
        self.out
    }

    pub(in crate::bridge) fn string(&mut self, text: &str) {
        string(self.next(), text);
    }

    /// An element that somebody else wrote.
    pub(in crate::bridge) fn raw(&mut self, json: &str) {
        raw(self.next(), json);
    }

    /// An element that was written here before.
    pub(in crate::bridge) fn written(&mut self, json: &[u8]) {
        self.next().put_slice(json);
    }

    pub(in crate::bridge) fn object(&mut self, write: impl FnOnce(&mut Members<'_>)) {
        object(self.next(), write);
    }

    /// An object, unless nothing is written into it. Answers whether it stands.
    pub(in crate::bridge) fn object_if_any(
        &mut self,
        write: impl FnOnce(&mut Members<'_>),
    ) -> bool {
        self.object_if(|members| {
            write(members);
            true
        })
    }

    /// An object, unless nothing is written into it, or it turns out that it is not wanted. Answers whether it stands.
    pub(in crate::bridge) fn object_if(
        &mut self,
        write: impl FnOnce(&mut Members<'_>) -> bool,
    ) -> bool {
        let (length, any) = (self.out.len(), self.any);
        let mut wrote = false;
        self.object(|members| wrote = write(members) && members.any);
        if !wrote {
            self.out.truncate(length);
            self.any = any;
        }
        wrote
    }
}

fn separate(out: &mut BytesMut, any: &mut bool) {
    if std::mem::replace(any, true) {
        out.put_u8(b',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_json_on_one_line() {
        let mut out = BytesMut::new();
        object(&mut out, |members| {
            members.string("a", "x\n\"");
            members.raw("b", "{\r\n \"c\": 1 }");
            members.some("d", None::<u64>);
            members.object_if_any("e", |_| {});
            members.number("f", 0.5);
            members.number("whole", 2.0);
            members.boolean("t", true);
            members.string_or_null("n", None);
            members.array_if_any("none", |_| {});
            members.strings("g", &["h"]);
            members.array("i", |all| {
                all.object_if(|_| true);
                all.object_if(|inner| {
                    inner.null("gone");
                    false
                });
                all.raw("1");
                all.written(b"2");
            });
        });
        let expected = br#"{"a":"x\n\"","b":{   "c": 1 },"f":0.5,"whole":2,"t":true,"n":null,"g":["h"],"i":[1,2]}"#;
        assert_eq!(out, expected[..]);
    }
}
