use agentgateway_core::{
    Error, ErrorKind,
    policy::{Decision, Follow, Policy},
};
use http::request;

use super::{
    caller::caller,
    in_flight::{InFlight, Place},
};
use crate::A2aCall;

/// How many streams a caller may have open. Clones count together.
///
/// A policy within [`A2aLayer`](crate::A2aLayer). A caller is the authenticated one, else the client's address. A
/// stream counts from its request to its end, over all agents that this policy stands before; over the limit
/// 429. Calls at once, streams or not, are limited by core's
/// `limit::ConcurrencyLimit`.
///
/// ```
/// use agentgateway_a2a::policy::Open;
/// use agentgateway_core::policy::PolicyLayer;
///
/// let layer = PolicyLayer::new(Open::streams(16));
/// # let _ = layer;
/// ```
#[derive(Clone, Debug)]
pub struct Open {
    most: usize,
    streams: InFlight,
}

impl Open {
    /// So many streams at once for each caller.
    #[must_use]
    pub fn streams(most: usize) -> Self {
        Self {
            most,
            streams: InFlight::default(),
        }
    }
}

impl Policy for Open {
    fn name(&self) -> &'static str {
        "open streams"
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        let streams = |call: &A2aCall| call.operation().streams();
        if !head.extensions.get::<A2aCall>().is_some_and(streams) {
            return Decision::Pass;
        }
        match self.streams.enter(&caller(head), self.most) {
            Some(place) => Decision::Follow(Box::new(Held(place))),
            None => Decision::Refuse(Error::new(
                ErrorKind::RateLimited,
                "too many streams are open, try again when one has ended",
            )),
        }
    }
}

/// One open stream.
struct Held(#[expect(dead_code, reason = "held, not read")] Place);

impl Follow for Held {}
