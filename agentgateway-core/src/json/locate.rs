use std::{fmt, ops::Range};

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

/// Values of a body with where they stand in it, so that they can be told anew without a search.
///
/// For who reads a body behind somebody who has read it. It keeps the memory of the body alive.
#[derive(Clone)]
pub struct Located<const N: usize> {
    body: Bytes,
    /// Where each begins and ends; one that is missing ends where it begins, as no value does.
    ranges: [(u32, u32); N],
}

impl<const N: usize> Located<N> {
    /// These values of the body. One that is no part of it counts as missing.
    #[must_use]
    pub fn new(body: &Bytes, values: [Option<Raw<'_>>; N]) -> Self {
        let place = |value: Option<Raw<'_>>| {
            let range = range_in(body, value?)?;
            Some((range.start.try_into().ok()?, range.end.try_into().ok()?))
        };
        Self {
            body: body.clone(),
            ranges: values.map(|value| place(value).unwrap_or_default()),
        }
    }

    /// Whether they are of this body: of the same memory, which nobody has changed. Never where it has 4 GiB or more.
    #[must_use]
    pub fn is_of(&self, body: &Bytes) -> bool {
        let is_same = self.body.as_ptr() == body.as_ptr() && self.body.len() == body.len();
        is_same && u32::try_from(body.len()).is_ok()
    }

    /// The values, in their order.
    #[must_use]
    pub fn values(&self) -> [Option<Raw<'_>>; N] {
        // One look at the whole costs less than one at each, since they lie within each other.
        let text = std::str::from_utf8(&self.body).unwrap_or_default();
        std::array::from_fn(|at| {
            let (start, end) = *self.ranges.get(at).filter(|(start, end)| start < end)?;
            // They were checked when they were found.
            let value = text.get(start as usize..end as usize)?;
            Some(Raw::of_checked(value))
        })
    }
}

/// Shows nothing of the body, which may hold a secret.
impl<const N: usize> fmt::Debug for Located<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Located").finish_non_exhaustive()
    }
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

    #[test]
    fn values_are_told_anew_of_the_same_body_alone() {
        let body = Bytes::from(r#"{"a": [1 ,2], "b":"é" }"#.as_bytes().to_vec());
        let found = members(&body, ["a", "b", "c"]).unwrap();
        let located = Located::new(&body, found);
        assert_eq!(located.values(), found);
        assert!(located.is_of(&body.clone()));
        assert!(!located.is_of(&body.slice(1..)));
        assert!(!located.is_of(&Bytes::copy_from_slice(&body)));
        let other = Bytes::from_static(b"{}");
        assert_eq!(Located::new(&other, found).values(), [None; 3]);
    }
}
