use std::time::Duration;

use bytes::Bytes;

use super::{Later, StoreError};

/// The longest value of a session, in bytes.
pub const MAX_SESSION_BYTES: usize = 64 * 1024;

/// Keeps sealed bytes by the name of a session.
///
/// What it is given is sealed already: it reads nothing, and whoever can read the store learns
/// nothing.
pub trait SessionStore: Send + Sync + 'static {
    /// Keeps these bytes, for this long, in the place of what was there. More than
    /// [`MAX_SESSION_BYTES`] are refused with [`StoreError::TooLarge`].
    fn put(
        &self,
        session: &str,
        sealed: Bytes,
        lifetime: Duration,
    ) -> Later<Result<(), StoreError>>;

    /// The bytes of a session, while they live.
    fn get(&self, session: &str) -> Later<Result<Option<Bytes>, StoreError>>;

    /// Forgets a session.
    fn remove(&self, session: &str) -> Later<Result<(), StoreError>>;
}
