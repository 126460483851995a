//! Errors of a call: the codes of JSON-RPC, the statuses of gRPC, and what goes with both.

mod details;
mod google;
mod read;
mod status;
#[cfg(test)]
mod tests;
mod write;

use bytes::Bytes;

/// An error of a call, by the code that JSON-RPC has for it.
///
/// [`write`](Self::write) says it in the trailers of gRPC, [`read`](Self::read) takes it from them.
///
/// # Source
/// A2A v1.0, sections 5.4 (error code mappings) and 10.6 (gRPC error handling).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RpcFault {
    /// The code, such as those of [`wire::code`](crate::wire::code).
    pub code: i64,
    /// What went wrong, for people.
    pub message: String,
    /// The `data` of the error, as JSON. In v1.0 it is an array of objects with an `@type`: what
    /// [`read`](Self::read) gives. What gRPC can carry of it, [`write`](Self::write) tells.
    pub details: Option<Bytes>,
}

// === impl RpcFault ===

impl RpcFault {
    /// An error without details.
    #[must_use]
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: None,
        }
    }

    /// Sets the details: JSON.
    #[must_use]
    pub fn with_details(mut self, details: Bytes) -> Self {
        self.details = Some(details);
        self
    }

    /// The number that `grpc-status` has for the code: 2 (`UNKNOWN`) for one that is not known.
    #[must_use]
    pub const fn grpc_status(&self) -> u32 {
        status::of_code(self.code)
    }
}
