use http::HeaderValue;

/// The id by which client, logs and services speak of one request.
///
/// Written by [`RequestIds`](crate::request_id::RequestIds); errors tell it to the client. From 1 to
/// 128 visible ASCII characters, so that it can be a field of a header and a word in a log. A clone
/// costs a reference count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// How long one may be, in bytes.
    pub const MAX_BYTES: usize = 128;

    /// This id; `None` where it is empty, longer than [`MAX_BYTES`](Self::MAX_BYTES), or has a
    /// character that is not visible ASCII.
    #[must_use]
    pub fn new(id: &str) -> Option<Self> {
        Self::from_value(&HeaderValue::from_str(id).ok()?)
    }

    /// The id that a field holds, by the same rules.
    #[must_use]
    pub fn from_value(value: &HeaderValue) -> Option<Self> {
        let bytes = value.as_bytes();
        let fits = (1..=Self::MAX_BYTES).contains(&bytes.len());
        (fits && bytes.iter().all(u8::is_ascii_graphic)).then(|| Self(value.clone()))
    }

    /// One that was made here, of few visible characters.
    pub(crate) fn of_visible(id: String) -> Self {
        // INVARIANT: such characters make a value.
        Self(HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("-")))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // INVARIANT: it is ASCII.
        self.0.to_str().unwrap_or_default()
    }

    /// The id as a field's value.
    #[must_use]
    pub const fn value(&self) -> &HeaderValue {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_short_and_visible() {
        let longest = "x".repeat(RequestId::MAX_BYTES);
        for id in ["a", "0198d2c1-7f3e-7abc", "a/b{\"}~", &longest] {
            assert_eq!(RequestId::new(id).unwrap().as_str(), id);
        }
        for id in ["", "a b", "a\tb", "a\r\nb", "é", &format!("{longest}x")] {
            assert_eq!(RequestId::new(id), None, "{id:?}");
        }
        let opaque = HeaderValue::from_bytes(b"a\xff").unwrap();
        assert_eq!(RequestId::from_value(&opaque), None);
    }
}
