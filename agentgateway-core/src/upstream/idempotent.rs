/// In a request's extensions: sending it twice does what sending it once does.
///
/// A `Client` (feature `upstream`) sends such a request once more, on a new connection, when a connection
/// that had been used before broke without a byte of an answer; as it does with the methods that are
/// idempotent by themselves. Who marks a `POST` so knows what it asks for: `tools/list` may be
/// marked, `tools/call` may not.
///
/// # Source
///
/// RFC 9110, section 9.2.2 (Idempotent Methods).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Idempotent;

impl Idempotent {
    /// The mark.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}
