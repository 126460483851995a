use std::{error::Error as StdError, fmt, ops::Range};

use bytes::{BufMut, Bytes, BytesMut};

use super::{Pieces, Raw, quote, range_in};
use crate::{Error, ErrorKind};

/// Edits of byte ranges of a text; the bytes between them stay slices of the original.
///
/// Ranges are positions in the original, whatever was edited before, and edits may be made in any
/// order. Insertions at one position keep the order of the calls, and stand before a replacement
/// that starts there.
///
/// ```
/// use agentgateway_core::json::Splice;
/// use bytes::Bytes;
///
/// let pieces = Splice::new(Bytes::from_static(br#"{"id":1}"#))
///     .replace(6..7, "42")
///     .add_member(0..8, "jsonrpc", r#""2.0""#)
///     .finish()?;
/// assert_eq!(pieces.into_bytes(), br#"{"jsonrpc":"2.0","id":42}"#[..]);
/// # Ok::<_, agentgateway_core::json::SpliceError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Splice {
    body: Bytes,
    edits: Vec<Edit>,
}

#[derive(Clone, Debug)]
struct Edit {
    range: Range<usize>,
    with: Bytes,
    /// A member put into an empty object: the next one put there needs a comma before it.
    sole_member: bool,
}

/// An edit that overlaps another one, or does not lie in the text: a fault of the code that edits.
#[derive(Clone, Debug)]
pub struct SpliceError {
    range: Range<usize>,
}

// === impl Splice ===

impl Splice {
    /// Starts without any edit.
    #[must_use]
    pub const fn new(body: Bytes) -> Self {
        Self {
            body,
            edits: Vec::new(),
        }
    }

    /// Puts other bytes in the place of a range.
    #[must_use]
    pub fn replace(self, range: Range<usize>, with: impl Into<Bytes>) -> Self {
        self.edit(range, with.into(), false)
    }

    /// Puts other bytes in the place of a value that was read from this text.
    ///
    /// A value of another text makes [`finish`](Self::finish) fail.
    #[must_use]
    pub fn replace_value(self, value: Raw<'_>, with: impl Into<Bytes>) -> Self {
        let range = range_in(&self.body, value).unwrap_or(OUTSIDE);
        self.edit(range, with.into(), false)
    }

    /// Puts bytes before the one at this position, or at the end.
    #[must_use]
    pub fn insert(self, at: usize, bytes: impl Into<Bytes>) -> Self {
        self.edit(at..at, bytes.into(), false)
    }

    /// Leaves a range out.
    #[must_use]
    pub fn delete(self, range: Range<usize>) -> Self {
        self.edit(range, Bytes::new(), false)
    }

    /// Adds a member to the object that stands at `object`, from its `{` to its `}` inclusive.
    ///
    /// It becomes the first member, with the comma that the others need; members that are added to
    /// one object stand in the order of the calls. The value is JSON that the caller vouches for,
    /// and the object must not have a member of this name. Do not empty an object with
    /// [`delete`](Self::delete) and add to it in one splice: replace the object.
    ///
    /// A range that is not that of an object makes [`finish`](Self::finish) fail.
    #[must_use]
    pub fn add_member(self, object: Range<usize>, key: &str, value: impl Into<Bytes>) -> Self {
        let Some(empty) = is_empty_object(self.body.get(object.clone())) else {
            return self.edit(OUTSIDE, Bytes::new(), false);
        };
        let (key, value) = (quote(key), value.into());
        let mut member = BytesMut::with_capacity(key.len() + value.len() + 2);
        member.put_slice(key.as_bytes());
        member.put_u8(b':');
        member.put_slice(&value);
        if !empty {
            member.put_u8(b',');
        }
        let at = object.start.saturating_add(1);
        self.edit(at..at, member.freeze(), empty)
    }

    /// Makes the edits.
    ///
    /// # Errors
    ///
    /// [`SpliceError`] when two edits overlap or one does not lie in the text. No edit is ever left
    /// out: it may be the one that takes a secret away.
    pub fn finish(self) -> Result<Pieces, SpliceError> {
        let Self { body, mut edits } = self;
        if edits.is_empty() {
            return Ok(Pieces::untouched(body));
        }
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        let mut pieces = Pieces::edited(edits.len().saturating_mul(2).saturating_add(1));
        let mut done = 0;
        let mut sole_member_at = None;
        for Edit {
            range,
            with,
            sole_member,
        } in edits
        {
            if range.start < done || range.end < range.start || range.end > body.len() {
                return Err(SpliceError { range });
            }
            pieces.push(body.slice(done..range.start));
            let follows_member =
                sole_member && sole_member_at.replace(range.start) == Some(range.start);
            if follows_member {
                pieces.push(Bytes::from_static(b","));
            }
            pieces.push(with);
            done = range.end;
        }
        pieces.push(body.slice(done..));
        Ok(pieces)
    }

    /// Makes the edits, and joins what they leave: the same bytes as those of [`finish`](Self::finish), in one
    /// copy without any piece. None where nothing is edited.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish).
    pub fn joined(self) -> Result<Bytes, SpliceError> {
        let Self { body, mut edits } = self;
        if edits.is_empty() {
            return Ok(body);
        }
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        let more = edits.iter().map(|edit| edit.with.len());
        let less = edits.iter().map(|edit| edit.range.len());
        let bytes = (body.len() + more.sum::<usize>()).saturating_sub(less.sum());
        let mut joined = Vec::with_capacity(bytes);
        let (mut done, mut sole_member_at) = (0, None);
        for edit in &edits {
            let Range { start, end } = edit.range;
            let (Some(before), true) = (body.get(done..start), start <= end && end <= body.len())
            else {
                let range = edit.range.clone();
                return Err(SpliceError { range });
            };
            joined.extend_from_slice(before);
            if edit.sole_member && sole_member_at.replace(start) == Some(start) {
                joined.push(b',');
            }
            joined.extend_from_slice(&edit.with);
            done = end;
        }
        joined.extend_from_slice(body.get(done..).unwrap_or_default());
        Ok(joined.into())
    }

    fn edit(mut self, range: Range<usize>, with: Bytes, sole_member: bool) -> Self {
        self.edits.push(Edit {
            range,
            with,
            sole_member,
        });
        self
    }
}

/// A range that is in no text, so that `finish` fails.
const OUTSIDE: Range<usize> = usize::MAX..usize::MAX;

/// Whether the object has no member; `None` when this is not an object.
fn is_empty_object(object: Option<&[u8]>) -> Option<bool> {
    let inner = object?.strip_prefix(b"{")?.strip_suffix(b"}")?;
    Some(inner.trim_ascii().is_empty())
}

// === impl SpliceError ===

impl fmt::Display for SpliceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.range;
        if self.range == OUTSIDE {
            return f.write_str("an edit names a value that is not in the text");
        }
        write!(
            f,
            "the edit of bytes {start}..{end} overlaps another or lies outside of the text"
        )
    }
}

impl StdError for SpliceError {}

impl From<SpliceError> for Error {
    fn from(error: SpliceError) -> Self {
        Self::new(ErrorKind::Internal, "the message could not be edited").with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::members;

    #[test]
    fn nothing_edited_is_the_original() {
        let body = Bytes::from_static(b"{}");
        let joined = Splice::new(body.clone()).joined().unwrap();
        assert_eq!(joined.as_ptr(), body.as_ptr());
        let pieces = Splice::new(body.clone()).finish().unwrap();
        assert!(pieces.is_untouched());
        assert_eq!((pieces.len(), pieces.is_empty()), (2, false));
        assert_eq!(pieces.into_bytes().as_ptr(), body.as_ptr());

        let empty = Splice::new(Bytes::new()).finish().unwrap();
        assert!(empty.is_empty());
        assert!(empty.into_bytes().is_empty());
    }

    #[test]
    fn members_are_added_with_the_commas_they_need() {
        for (json, expected) in [
            ("{}", r#"{"a":1,"b":2}"#),
            ("{ \n}", "{\"a\":1,\"b\":2 \n}"),
            (r#"{"x":0}"#, r#"{"a":1,"b":2,"x":0}"#),
            (r#"{ "x":0 }"#, r#"{"a":1,"b":2, "x":0 }"#),
        ] {
            let splice = Splice::new(Bytes::from(json))
                .add_member(0..json.len(), "a", "1")
                .add_member(0..json.len(), "b", "2");
            let pieces = splice.clone().finish().unwrap();
            assert!(!pieces.is_untouched());
            assert_eq!(pieces.into_bytes(), expected);
            assert_eq!(splice.joined().unwrap(), expected);
        }
    }

    #[test]
    fn an_edit_that_cannot_be_made_fails_the_splice() {
        let splice = || Splice::new(Bytes::from_static(br#"{"a":1}"#));
        let fails = |splice: Splice| {
            assert!(splice.clone().joined().is_err());
            let error = Error::from(splice.finish().unwrap_err());
            assert_eq!(error.kind(), ErrorKind::Internal);
        };
        fails(splice().delete(1..4).delete(3..5));
        fails(splice().delete(1..4).delete(1..4));
        fails(splice().delete(1..4).insert(2, "x"));
        fails(splice().delete(6..8));
        fails(splice().insert(8, "x"));
        fails(splice().delete(Range { start: 3, end: 2 }));
        fails(splice().delete(0..usize::MAX));
        fails(splice().add_member(1..4, "b", "2"));
        fails(splice().add_member(0..100, "b", "2"));
        fails(splice().add_member(Range { start: 7, end: 0 }, "b", "2"));
        fails(splice().replace_value(Raw::parse(b"1").unwrap(), "2"));
    }

    #[test]
    fn edits_may_touch() {
        let splice = Splice::new(Bytes::from_static(b"abcdef"))
            .insert(6, "!")
            .delete(2..4)
            .replace(0..2, "AB")
            .insert(2, "-")
            .insert(4, "+")
            .insert(0, "^");
        assert_eq!(splice.clone().joined().unwrap(), "^AB-+ef!");
        assert_eq!(splice.finish().unwrap().into_bytes(), "^AB-+ef!");
    }

    #[test]
    fn a_value_is_replaced_where_it_stands() {
        let body = Bytes::from_static(br#"{"id": 1e400 ,"method":"x"}"#);
        let [id] = members(&body, ["id"]).unwrap();
        let pieces = Splice::new(body.clone())
            .replace_value(id.unwrap(), "7")
            .finish()
            .unwrap();
        assert_eq!(pieces.into_bytes(), r#"{"id": 7 ,"method":"x"}"#);
    }
}
