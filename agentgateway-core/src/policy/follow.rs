use std::fmt;

use http::response;

use crate::body::End;

/// What a policy keeps of an exchange until it has ended: a permit, a reservation, an edit of the
/// answer.
///
/// Dropping it is no word about the exchange: [`end`](Self::end) is, and comes exactly once before.
pub trait Follow: Send + 'static {
    /// The head of the answer has come, and may be changed. Not called where there is none.
    fn head(&mut self, head: &mut response::Parts) {
        let _ = head;
    }

    /// The exchange has ended.
    fn end(&mut self, end: End<'_>) {
        let _ = end;
    }
}

/// Those who follow one exchange, the outermost first.
#[derive(Default)]
pub struct Followers(Vec<Box<dyn Follow>>);

impl Followers {
    pub(super) const fn none() -> Self {
        Self(Vec::new())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, follow: Box<dyn Follow>) {
        self.0.push(follow);
    }

    /// The innermost sees the head first.
    pub(super) fn head(&mut self, head: &mut response::Parts) {
        for follow in self.0.iter_mut().rev() {
            follow.head(head);
        }
    }

    pub(super) fn end(&mut self, end: End<'_>) {
        while let Some(mut follow) = self.0.pop() {
            follow.end(end);
        }
    }
}

/// An exchange that nobody waits for any more.
impl Drop for Followers {
    fn drop(&mut self) {
        self.end(End::Dropped);
    }
}

impl fmt::Debug for Followers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Followers").field(&self.0.len()).finish()
    }
}
