use http::request;

use super::{Decision, Policy};

/// Lets a policy decide about some requests only; all others pass it.
///
/// # Example
/// ```
/// use agentgateway_core::{Error, ErrorKind, policy::{Decision, Policy, When}};
/// use http::{Method, request};
///
/// struct ReadOnly;
/// impl Policy for ReadOnly {
///     fn name(&self) -> &str { "read-only" }
///     fn decide(&self, _: &mut request::Parts) -> Decision {
///         Decision::Refuse(Error::new(ErrorKind::Forbidden, "nothing may be changed here"))
///     }
/// }
///
/// let policy = When::new(|head: &request::Parts| head.method != Method::GET, ReadOnly);
/// let (mut read, ()) = http::Request::get("/").body(()).unwrap().into_parts();
/// assert!(matches!(policy.decide(&mut read), Decision::Pass));
/// let (mut write, ()) = http::Request::post("/").body(()).unwrap().into_parts();
/// assert!(matches!(policy.decide(&mut write), Decision::Refuse(_)));
/// ```
#[derive(Clone, Debug)]
pub struct When<F, P> {
    condition: F,
    policy: P,
}

impl<F, P> When<F, P> {
    /// Asks `policy` about the requests for which `condition` is true.
    pub const fn new(condition: F, policy: P) -> Self {
        Self { condition, policy }
    }
}

impl<F, P> Policy for When<F, P>
where
    F: Fn(&request::Parts) -> bool + Send + Sync + 'static,
    P: Policy,
{
    fn name(&self) -> &str {
        self.policy.name()
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        if (self.condition)(head) {
            self.policy.decide(head)
        } else {
            Decision::Pass
        }
    }
}
