use super::{Changes, RequestField, ResponseField};

/// The longest body of an answer that is read before it is replaced, in bytes.
const MAX_READ_BYTES: usize = 1024 * 1024;

/// Changes of requests, and of their answers.
#[derive(Clone, Debug)]
pub struct Transformation {
    pub(super) request: Changes<RequestField>,
    pub(super) response: Changes<ResponseField>,
    pub(super) max_read_bytes: usize,
}

impl Transformation {
    /// Changes nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            request: Changes::new(),
            response: Changes::new(),
            max_read_bytes: MAX_READ_BYTES,
        }
    }

    /// Makes these changes in requests. Default: none.
    #[must_use]
    pub fn request(mut self, changes: Changes<RequestField>) -> Self {
        self.request = changes;
        self
    }

    /// Makes these changes in answers. Default: none.
    #[must_use]
    pub fn response(mut self, changes: Changes<ResponseField>) -> Self {
        self.response = changes;
        self
    }

    /// The longest body of an answer that is read before another takes its place, in bytes. Default:
    /// 1 MiB. A longer one, and one that does not say its length, is replaced all the same, unread.
    #[must_use]
    pub const fn max_read_bytes(mut self, limit: usize) -> Self {
        self.max_read_bytes = limit;
        self
    }
}

impl Default for Transformation {
    fn default() -> Self {
        Self::new()
    }
}
