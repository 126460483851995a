use std::ops::Range;

use bytes::Bytes;

use super::Raw;

/// The byte range of `raw` inside `body`; `None` when it is not a part of it.
///
/// Both are alive, so an address inside of `body` is a byte of `body`.
#[must_use]
pub fn range_in(body: &[u8], raw: Raw<'_>) -> Option<Range<usize>> {
    let text = raw.get();
    let start = text.as_ptr().addr().checked_sub(body.as_ptr().addr())?;
    let end = start.checked_add(text.len())?;
    (end <= body.len()).then_some(start..end)
}

/// The slice of `body` that holds `raw`, without a copy; `None` when it is not a part of it.
///
/// The slice keeps the memory of the whole body alive.
#[must_use]
pub fn slice_of(body: &Bytes, raw: Raw<'_>) -> Option<Bytes> {
    range_in(body, raw).map(|range| body.slice(range))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::members;

    #[test]
    fn finds_a_value_where_it_stands() {
        let body = Bytes::from_static(br#"{"a": [1 ,2] }"#);
        let [a] = members(&body, ["a"]).unwrap();
        let a = a.unwrap();
        assert_eq!(range_in(&body, a), Some(6..12));
        let slice = slice_of(&body, a).unwrap();
        assert_eq!(slice, b"[1 ,2]"[..]);
        assert_eq!(slice.as_ptr(), body[6..].as_ptr());
    }

    #[test]
    fn a_value_of_another_body_is_not_found() {
        let one = Bytes::from(br#"{"a":1}"#.to_vec());
        let two = Bytes::from(br#"{"a":1}"#.to_vec());
        let [a] = members(&one, ["a"]).unwrap();
        assert_eq!(range_in(&two, a.unwrap()), None);
        assert_eq!(range_in(&one[..3], a.unwrap()), None);
        assert_eq!(slice_of(&two, a.unwrap()), None);
    }
}
