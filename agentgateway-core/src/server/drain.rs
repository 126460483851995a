use std::sync::Arc;

use tokio::sync::watch;

/// How far serving has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Serving,
    Draining,
    Aborted,
}

/// The switch that ends serving. Clones are one switch, and any number of listeners may share it.
///
/// Which signals turn it is the application's choice.
#[derive(Clone, Debug)]
pub struct Drain {
    stage: Arc<watch::Sender<Stage>>,
}

impl Drain {
    /// A switch that is not turned.
    #[must_use]
    pub fn new() -> Self {
        Self {
            stage: Arc::new(watch::Sender::new(Stage::Serving)),
        }
    }

    /// Begins to drain: no new connections after the delay, and time for what is in flight.
    pub fn begin(&self) {
        self.advance(Stage::Draining);
    }

    /// Ends serving at once, whatever is in flight.
    pub fn abort(&self) {
        self.advance(Stage::Aborted);
    }

    /// Whether [`begin`](Self::begin) or [`abort`](Self::abort) was called: a readiness probe says
    /// no from here on.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        *self.stage.borrow() >= Stage::Draining
    }

    /// Waits until [`begin`](Self::begin) or [`abort`](Self::abort) is called.
    ///
    /// # Cancel safety
    ///
    /// It may be dropped and called again; nothing is missed.
    pub async fn begun(&self) {
        self.reached(Stage::Draining).await;
    }

    pub(super) async fn aborted(&self) {
        self.reached(Stage::Aborted).await;
    }

    async fn reached(&self, stage: Stage) {
        let mut watched = self.stage.subscribe();
        // The sender lives in `self`, so the wait cannot fail.
        let _ = watched.wait_for(|now| *now >= stage).await;
    }

    fn advance(&self, stage: Stage) {
        self.stage.send_if_modified(|now| {
            let later = *now < stage;
            *now = stage.max(*now);
            later
        });
    }
}

impl Default for Drain {
    fn default() -> Self {
        Self::new()
    }
}
