use std::{fmt, future::Future, pin::Pin, sync::Arc};

use http::request;

use super::{Challenge, Rejection};
use crate::{
    context::{Credential, Principal},
    error::Error,
};

/// A way to find out who calls.
///
/// # Example
/// ```
/// use agentgateway_core::{
///     auth::{Authenticate, Authentication, Rejection, Verdict},
///     context::{AuthMethod, Principal},
/// };
/// use http::request;
///
/// /// The name that a proxy on the same machine has checked.
/// struct Sidecar;
///
/// impl Authenticate for Sidecar {
///     fn name(&self) -> &str {
///         "sidecar"
///     }
///
///     fn authenticate(&self, head: &request::Parts) -> Verdict {
///         match head.headers.get("x-sidecar-user").map(|name| name.to_str()) {
///             None => Verdict::Absent,
///             Some(Ok(name)) => Verdict::Valid(Principal::new(AuthMethod::Custom("sidecar"), name)),
///             Some(Err(_)) => Verdict::Invalid(Rejection::new("the name is no text", "malformed")),
///         }
///     }
/// }
/// let policy = Authentication::new(Sidecar);
/// ```
pub trait Authenticate: Send + Sync + 'static {
    /// What errors and logs call it: short, stable, such as `jwt`.
    fn name(&self) -> &str;

    /// Looks for a credential and judges it. It must not block.
    fn authenticate(&self, head: &request::Parts) -> Verdict;

    /// Takes the credential out of a request that goes on, whether it was valid or not. Default:
    /// there is nothing to take.
    fn take(&self, head: &mut request::Parts) -> Option<Credential> {
        let _ = head;
        None
    }

    /// How a client is told to authenticate so. Default: it is not told.
    fn challenge(&self) -> Option<Challenge> {
        None
    }
}

impl<A> Authenticate for Arc<A>
where
    A: Authenticate + ?Sized,
{
    fn name(&self) -> &str {
        (**self).name()
    }

    fn authenticate(&self, head: &request::Parts) -> Verdict {
        (**self).authenticate(head)
    }

    fn take(&self, head: &mut request::Parts) -> Option<Credential> {
        (**self).take(head)
    }

    fn challenge(&self) -> Option<Challenge> {
        (**self).challenge()
    }
}

/// What a method says of a request.
#[non_exhaustive]
pub enum Verdict {
    /// It has no credential of this method.
    Absent,
    /// It has one, and this is who calls.
    Valid(Principal),
    /// It has one that is not valid.
    Invalid(Rejection),
    /// It has one that cannot be judged now.
    Unavailable(Error),
    /// It has one that somebody else is to judge.
    Ask(Judging),
}

impl Verdict {
    /// Asks somebody, whose verdict it is then.
    pub fn ask<F>(judging: F) -> Self
    where
        F: Future<Output = Self> + Send + 'static,
    {
        Self::Ask(Box::pin(judging))
    }
}

/// The caller, or why the credential is not valid.
impl From<Result<Principal, Rejection>> for Verdict {
    fn from(judged: Result<Principal, Rejection>) -> Self {
        match judged {
            Ok(principal) => Self::Valid(principal),
            Err(rejection) => Self::Invalid(rejection),
        }
    }
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("Absent"),
            Self::Valid(principal) => f.debug_tuple("Valid").field(principal).finish(),
            Self::Invalid(rejection) => f.debug_tuple("Invalid").field(rejection).finish(),
            Self::Unavailable(error) => f.debug_tuple("Unavailable").field(error).finish(),
            Self::Ask(_) => f.write_str("Ask"),
        }
    }
}

/// What waits for another's verdict. It holds what it needs of the request, not the request.
///
/// # Cancel safety
/// It is dropped when the client leaves.
pub type Judging = Pin<Box<dyn Future<Output = Verdict> + Send>>;
