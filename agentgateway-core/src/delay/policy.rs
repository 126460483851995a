use std::{fmt, sync::Arc, time::Duration};

use http::request;
use tokio::time::sleep;

use crate::policy::{Decision, Policy};

const LONGEST: Duration = Duration::from_secs(60);

/// Lets requests wait before they go on; see the [module](super).
#[derive(Clone)]
pub struct Delay {
    time: Arc<dyn Fn(&request::Parts) -> Duration + Send + Sync>,
    longest: Duration,
}

impl Delay {
    /// Every request waits for so long.
    #[must_use]
    pub fn new(time: Duration) -> Self {
        Self::from_fn(move |_| time)
    }

    /// Each request waits for as long as `time` says of its head; for zero it does not wait.
    #[must_use]
    pub fn from_fn(time: impl Fn(&request::Parts) -> Duration + Send + Sync + 'static) -> Self {
        Self {
            time: Arc::new(time),
            longest: LONGEST,
        }
    }

    /// No request waits for longer. Default: 60 s.
    #[must_use]
    pub const fn at_most(mut self, limit: Duration) -> Self {
        self.longest = limit;
        self
    }
}

impl Policy for Delay {
    fn name(&self) -> &str {
        "delay"
    }

    /// Needs a tokio runtime with time, for a request that waits.
    fn decide(&self, head: &mut request::Parts) -> Decision {
        let time = (self.time)(head).min(self.longest);
        if time.is_zero() {
            return Decision::Pass;
        }
        let waits = sleep(time);
        Decision::ask(async move {
            waits.await;
            Decision::Pass.into()
        })
    }
}

impl fmt::Debug for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delay")
            .field("longest", &self.longest)
            .finish_non_exhaustive()
    }
}
