//! The values of a stream that is JSON: the elements of an array, or objects one after another.

use bytes::BytesMut;
use memchr::memchr2;

use super::super::super::stream::CodecError;

/// The longest value that is read, in bytes: a model's image is one, in base64.
const MAX_VALUE_BYTES: usize = 32 * 1024 * 1024;

/// Cuts a body into its values. It knows brackets and strings, and nothing else of the grammar: values are read
/// where they are shown.
#[derive(Debug, Default)]
pub(super) struct Values {
    held: BytesMut,
    depth: usize,
    in_string: bool,
    escaped: bool,
    array: bool,
    closed: bool,
}

// === impl Values ===

impl Values {
    /// Shows each value that is complete with this chunk.
    pub(super) fn feed(
        &mut self,
        chunk: &[u8],
        mut show: impl FnMut(&[u8]) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        // Where the value that is open begins in this chunk.
        let mut start = 0;
        let mut at = 0;
        while let Some(&byte) = chunk.get(at) {
            if self.in_string {
                at = self.string(chunk, at);
                continue;
            }
            at += 1;
            match byte {
                b'"' if self.depth > 0 => self.in_string = true,
                b'{' | b'[' if self.depth > 0 => self.depth += 1,
                b'{' if !self.closed => {
                    self.depth = 1;
                    start = at - 1;
                }
                b'}' | b']' if self.depth > 1 => self.depth -= 1,
                b'}' | b']' if self.depth == 1 => {
                    self.depth = 0;
                    let last = chunk.get(start..at).unwrap_or_default();
                    if self.held.is_empty() {
                        show(last)?;
                    } else {
                        self.hold(last)?;
                        let value = self.held.split();
                        show(&value)?;
                    }
                }
                _ if self.depth > 0 => {}
                b'[' if !self.array && !self.closed => self.array = true,
                b']' if self.array && !self.closed => self.closed = true,
                b',' | b' ' | b'\t' | b'\r' | b'\n' => {}
                _ => return Err(CodecError::malformed("it is no JSON array")),
            }
        }
        if self.depth > 0 {
            self.hold(chunk.get(start..).unwrap_or_default())?;
        }
        Ok(())
    }

    /// Whether nothing is missing.
    pub(super) const fn is_complete(&self) -> bool {
        self.depth == 0 && (self.closed || !self.array)
    }

    /// The position behind the string, or at the end of the chunk.
    fn string(&mut self, chunk: &[u8], mut at: usize) -> usize {
        if self.escaped {
            self.escaped = false;
            at += 1;
        }
        while let Some(rest) = chunk.get(at..) {
            let Some(found) = memchr2(b'"', b'\\', rest) else {
                break;
            };
            at += found + 1;
            if rest.get(found) == Some(&b'"') {
                self.in_string = false;
                return at;
            }
            if at >= chunk.len() {
                self.escaped = true;
                break;
            }
            at += 1;
        }
        chunk.len()
    }

    fn hold(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        if self.held.len() + bytes.len() > MAX_VALUE_BYTES {
            return Err(CodecError::TooLarge);
        }
        self.held.extend_from_slice(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(body: &str, longest: usize) -> (Vec<String>, bool) {
        let mut values = Values::default();
        let mut found = Vec::new();
        for chunk in body.as_bytes().chunks(longest) {
            let shown = values.feed(chunk, |value| {
                found.push(String::from_utf8(value.to_vec()).unwrap());
                Ok(())
            });
            shown.unwrap();
        }
        (found, values.is_complete())
    }

    #[test]
    fn values_are_the_same_however_the_body_is_cut() {
        let elements = [
            r#"{"a":"}\"]\\","b":[{"c":[]}]}"#,
            r#"{"\\":"\\\\\""}"#,
            "{}",
        ];
        let body = format!(
            "[{}\n,\r\n{},\n{}]\n",
            elements[0], elements[1], elements[2]
        );
        for longest in 1..body.len() {
            assert_eq!(
                cut(&body, longest),
                (elements.map(str::to_owned).to_vec(), true)
            );
        }
        assert!(!cut(&body[..body.len() - 3], 9).1);
        assert_eq!(
            cut("{\"error\":{}}\n", 2),
            (vec!["{\"error\":{}}".to_owned()], true)
        );
    }

    #[test]
    fn refuses_what_is_no_array() {
        for body in ["[1]", "[[]]", "[]{", "[] []", "x", "]", "}"] {
            let fed = Values::default().feed(body.as_bytes(), |_| Ok(()));
            assert!(fed.is_err(), "{body}");
        }
    }
}
