use std::fmt;

use bytes::Bytes;

/// The beginning of a request's body, in the request's extensions.
///
/// Written by [`PrefixLayer`](super::PrefixLayer). `Debug` shows its length alone.
#[derive(Clone)]
pub struct BodyPrefix {
    bytes: Bytes,
    whole: bool,
}

impl BodyPrefix {
    /// These bytes; `whole` when nothing follows them.
    #[must_use]
    pub const fn new(bytes: Bytes, whole: bool) -> Self {
        Self { bytes, whole }
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Whether they are the whole body. False where more follows, or may follow.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.whole
    }
}

impl fmt::Debug for BodyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyPrefix")
            .field("bytes", &self.bytes.len())
            .field("whole", &self.whole)
            .finish()
    }
}
