//! Writing JSON piece by piece, on one line.

use bytes::{BufMut, BytesMut};
use memchr::memchr2;
use serde::Serialize;

/// Writes an object whose members are what `fill` writes.
pub(super) fn object(out: &mut BytesMut, fill: impl FnOnce(&mut Members<'_>)) {
    out.put_u8(b'{');
    fill(&mut Members { out, first: true });
    out.put_u8(b'}');
}

/// Writes a string, with its quotes and escapes.
pub(super) fn string(out: &mut BytesMut, text: &str) {
    value(out, text);
}

/// Writes JSON as it is; line ends between its tokens become blanks, as an event's data is one line.
pub(super) fn raw(out: &mut BytesMut, json: &str) {
    let mut rest = json.as_bytes();
    while let Some(end) = memchr2(b'\n', b'\r', rest) {
        let (line, tail) = rest.split_at(end);
        out.put_slice(line);
        out.put_u8(b' ');
        rest = tail.get(1..).unwrap_or_default();
    }
    out.put_slice(rest);
}

/// Writes a number or a boolean.
pub(super) fn scalar(out: &mut BytesMut, scalar: impl Serialize) {
    value(out, &scalar);
}

fn value(out: &mut BytesMut, value: &(impl Serialize + ?Sized)) {
    // Strings and numbers, written to memory: this cannot fail.
    let _ = serde_json::to_writer(out.writer(), value);
}

/// The members of an object that is being written.
#[derive(Debug)]
pub(super) struct Members<'a> {
    out: &'a mut BytesMut,
    first: bool,
}

// === impl Members ===

impl Members<'_> {
    /// Writes a name, and gives the place of its value.
    pub(super) fn name(&mut self, name: &str) -> &mut BytesMut {
        if !self.first {
            self.out.put_u8(b',');
        }
        self.first = false;
        string(self.out, name);
        self.out.put_u8(b':');
        self.out
    }

    pub(super) fn string(&mut self, name: &str, text: &str) {
        string(self.name(name), text);
    }

    pub(super) fn some_string(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.string(name, text);
        }
    }

    /// Writes a number or a boolean.
    pub(super) fn scalar(&mut self, name: &str, scalar: impl Serialize) {
        value(self.name(name), &scalar);
    }

    pub(super) fn some(&mut self, name: &str, scalar: Option<impl Serialize>) {
        if let Some(scalar) = scalar {
            self.scalar(name, scalar);
        }
    }

    pub(super) fn raw(&mut self, name: &str, json: &str) {
        raw(self.name(name), json);
    }

    pub(super) fn object(&mut self, name: &str, fill: impl FnOnce(&mut Members<'_>)) {
        object(self.name(name), fill);
    }

    /// Writes an object unless it has no member.
    pub(super) fn some_object(&mut self, name: &str, fill: impl FnOnce(&mut Members<'_>)) {
        let mut inner = BytesMut::new();
        object(&mut inner, fill);
        if inner.len() > 2 {
            self.name(name).put_slice(&inner);
        }
    }

    pub(super) fn strings(&mut self, name: &str, texts: &[impl AsRef<str>]) {
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        value(self.name(name), &texts);
    }

    /// Writes an array of elements that are JSON already.
    pub(super) fn array(&mut self, name: &str, elements: &[BytesMut]) {
        let out = self.name(name);
        out.put_u8(b'[');
        for (at, element) in elements.iter().enumerate() {
            if at > 0 {
                out.put_u8(b',');
            }
            out.put_slice(element);
        }
        out.put_u8(b']');
    }

    pub(super) fn raws<'s>(&mut self, members: impl Iterator<Item = (&'s str, &'s str)>) {
        for (name, json) in members {
            self.raw(name, json);
        }
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
            members.some_object("e", |_| {});
            members.scalar("f", 0.5);
            members.strings("g", &["h"]);
        });
        assert_eq!(
            out,
            br#"{"a":"x\n\"","b":{   "c": 1 },"f":0.5,"g":["h"]}"#[..]
        );
    }
}
