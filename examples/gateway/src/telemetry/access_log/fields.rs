use std::{fmt, net::IpAddr};

use serde::Serialize;

use crate::expression::Scalar;

/// How long most lines are, in bytes.
const USUAL_BYTES: usize = 768;

/// What stands before the first field of a line in JSON.
const OPENING: u8 = b'{';

/// The fields of one line, written as they become known.
#[derive(Debug)]
pub(super) struct Fields {
    bytes: Vec<u8>,
    text: bool,
}

impl Fields {
    /// For people, or in JSON.
    pub(super) fn new(text: bool) -> Self {
        let mut bytes = Vec::with_capacity(USUAL_BYTES);
        if !text {
            bytes.push(OPENING);
        }
        Self { bytes, text }
    }

    /// Adds a field of the gateway's own, whose name stands for itself in JSON. A text is quoted as JSON
    /// does, so that a client cannot write a line of its own.
    pub(super) fn set(&mut self, name: &'static str, value: &(impl Written + ?Sized)) {
        self.separate();
        if self.text {
            self.bytes.extend_from_slice(name.as_bytes());
            self.bytes.push(b'=');
        } else {
            self.bytes.push(b'"');
            self.bytes.extend_from_slice(name.as_bytes());
            self.bytes.extend_from_slice(b"\":");
        }
        value.write(&mut self.bytes);
    }

    /// Adds a field of any name.
    pub(super) fn set_named(&mut self, name: &str, value: &(impl Written + ?Sized)) {
        self.separate();
        if self.text {
            self.bytes.extend_from_slice(name.as_bytes());
            self.bytes.push(b'=');
        } else {
            name.write(&mut self.bytes);
            self.bytes.push(b':');
        }
        value.write(&mut self.bytes);
    }

    fn separate(&mut self) {
        match (self.text, self.bytes.last()) {
            (_, None) | (false, Some(&OPENING)) => {}
            (true, _) => self.bytes.push(b' '),
            (false, _) => self.bytes.push(b','),
        }
    }

    /// The same fields behind another one.
    pub(super) fn behind(&self, name: &'static str, value: &(impl Written + ?Sized)) -> Self {
        let mut all = Self::new(self.text);
        all.set(name, value);
        let rest = self.bytes.get(usize::from(!self.text)..);
        if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
            all.bytes.push(if self.text { b' ' } else { b',' });
            all.bytes.extend_from_slice(rest);
        }
        all
    }

    /// The line, with its end.
    pub(super) fn line(mut self) -> Vec<u8> {
        if !self.text {
            self.bytes.push(b'}');
        }
        self.bytes.push(b'\n');
        self.bytes
    }
}

/// A value as JSON writes it.
pub(super) trait Written {
    fn write(&self, to: &mut Vec<u8>);
}

impl Written for str {
    fn write(&self, to: &mut Vec<u8>) {
        let bytes = self.as_bytes();
        // Most texts stand for themselves. Without an early exit, many bytes are looked at at once.
        let special = |byte: &u8| *byte < b' ' || matches!(byte, b'"' | b'\\');
        if bytes.iter().fold(false, |any, byte| any | special(byte)) {
            serialized(self, to);
        } else {
            to.push(b'"');
            to.extend_from_slice(bytes);
            to.push(b'"');
        }
    }
}

impl<T: Written + ?Sized> Written for &T {
    fn write(&self, to: &mut Vec<u8>) {
        (**self).write(to);
    }
}

/// Those that are seldom written, and those that are short.
macro_rules! serialized {
    ($($kind:ty),*) => {$(
        impl Written for $kind {
            fn write(&self, to: &mut Vec<u8>) {
                serialized(self, to);
            }
        }
    )*};
}

serialized!(bool, u16, u64, f64, IpAddr, fmt::Arguments<'_>, Scalar);

fn serialized(value: &(impl Serialize + ?Sized), to: &mut Vec<u8>) {
    // Writing to memory cannot fail, and what is written here are texts, numbers and truths.
    let _ = serde_json::to_writer(to, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: bool) -> String {
        let mut fields = Fields::new(text);
        fields.set("second", "a \"b\"\n");
        fields.set_named("thi\"rd", &2_u64);
        String::from_utf8(fields.behind("first", &1_u64).line()).unwrap()
    }

    #[test]
    fn a_value_ends_no_line_and_no_text() {
        assert_eq!(
            line(false),
            "{\"first\":1,\"second\":\"a \\\"b\\\"\\n\",\"thi\\\"rd\":2}\n"
        );
        let alone = Fields::new(false).behind("one", &true).line();
        assert_eq!(alone, b"{\"one\":true}\n");
        assert_eq!(line(true), "first=1 second=\"a \\\"b\\\"\\n\" thi\"rd=2\n");
    }
}
