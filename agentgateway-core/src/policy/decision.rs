use std::{fmt, future::Future, pin::Pin, sync::Arc};

use bytes::Bytes;
use http::{Response, request};

use super::Follow;
use crate::error::Error;

/// Decides about requests.
///
/// One value serves all requests of its layer, at once and from any thread. What changes between
/// them (buckets, caches) it keeps behind handles of its own.
pub trait Policy: Send + Sync + 'static {
    /// What errors, logs and spans call it: short, stable, the same for all of its requests.
    fn name(&self) -> &str;

    /// Decides about one request, and may change its head. It must not block.
    fn decide(&self, head: &mut request::Parts) -> Decision;
}

impl<P> Policy for Arc<P>
where
    P: Policy + ?Sized,
{
    fn name(&self) -> &str {
        (**self).name()
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        (**self).decide(head)
    }
}

/// What a policy says of one request.
#[non_exhaustive]
pub enum Decision {
    /// It goes on.
    Pass,
    /// It goes on, and this follows its answer.
    Follow(Box<dyn Follow>),
    /// It is refused.
    Refuse(Error),
    /// It is answered so, and goes no further.
    Answer(Box<Response<Bytes>>),
    /// Somebody else is to say.
    Ask(Asking),
}

impl Decision {
    /// Asks somebody: what comes back decides with the head at hand.
    pub fn ask<F>(asking: F) -> Self
    where
        F: Future<Output = Resume> + Send + 'static,
    {
        Self::Ask(Box::pin(asking))
    }

    /// An answer of the policy's own.
    #[must_use]
    pub fn answer(response: Response<Bytes>) -> Self {
        Self::Answer(Box::new(response))
    }
}

impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "Pass",
            Self::Follow(_) => "Follow",
            Self::Refuse(error) => return f.debug_tuple("Refuse").field(error).finish(),
            Self::Answer(response) => {
                return f.debug_tuple("Answer").field(&response.status()).finish();
            }
            Self::Ask(_) => "Ask",
        })
    }
}

/// What waits for another's word. It holds what it needs of the request, not the request.
///
/// # Cancel safety
/// It is dropped when the client leaves.
pub type Asking = Pin<Box<dyn Future<Output = Resume> + Send>>;

/// The rest of a decision, once the word is there.
pub struct Resume(Box<dyn FnOnce(&mut request::Parts) -> Decision + Send>);

impl Resume {
    /// Decides with the head at hand: writes into it, passes, refuses, or asks again.
    pub fn with(rest: impl FnOnce(&mut request::Parts) -> Decision + Send + 'static) -> Self {
        Self(Box::new(rest))
    }

    pub(crate) fn decide(self, head: &mut request::Parts) -> Decision {
        (self.0)(head)
    }
}

/// The decision is made.
impl From<Decision> for Resume {
    fn from(decision: Decision) -> Self {
        Self::with(move |_| decision)
    }
}

impl fmt::Debug for Resume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resume").finish_non_exhaustive()
    }
}
