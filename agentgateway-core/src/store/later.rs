use std::{fmt, future::Future, pin::Pin};

/// A word that is there at once, or that somebody else is asked for.
///
/// What is in this process answers at once, without a future and its memory.
#[expect(clippy::exhaustive_enums, reason = "a word is there or it is not")]
pub enum Later<T> {
    /// It is there.
    Now(T),
    /// It comes.
    Soon(Soon<T>),
}

/// The word that comes.
///
/// # Cancel safety
/// It may be dropped: what was asked may have been done all the same.
pub type Soon<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<T> Later<T> {
    /// The word of a future.
    pub fn soon(word: impl Future<Output = T> + Send + 'static) -> Self {
        Self::Soon(Box::pin(word))
    }

    /// Waits for the word, where it is not there yet.
    pub async fn wait(self) -> T {
        match self {
            Self::Now(word) => word,
            Self::Soon(word) => word.await,
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Later<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(word) => f.debug_tuple("Now").field(word).finish(),
            Self::Soon(_) => f.write_str("Soon"),
        }
    }
}
