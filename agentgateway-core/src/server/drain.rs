use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::watch;

/// How far serving has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Serving,
    /// Answers tell clients to go elsewhere.
    Draining,
    /// Nothing new is taken. A stage of one listener.
    Closing,
    Aborted,
}

/// What a listener tells its connections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signal {
    pub(super) stage: Stage,
    /// How often those that lie idle were to be closed.
    pub(super) sweeps: u64,
}

impl From<Signal> for Stage {
    fn from(signal: Signal) -> Self {
        signal.stage
    }
}

/// How long a drain takes, where it was turned with a word on that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) delay: Duration,
    pub(super) deadline: Duration,
}

/// The switch that ends serving. Clones are one switch, and any number of listeners may share it.
///
/// Which signals turn it is the application's choice. A [`child`](Self::child) is a switch for a
/// part, such as one listener.
#[derive(Clone, Debug)]
pub struct Drain {
    switch: Arc<Switch>,
}

#[derive(Debug)]
struct Switch {
    stage: watch::Sender<Stage>,
    /// Set before the stage is.
    terms: OnceLock<Terms>,
    children: Mutex<Vec<Weak<Self>>>,
}

impl Drain {
    /// A switch that is not turned.
    #[must_use]
    pub fn new() -> Self {
        Self::at(Stage::Serving)
    }

    /// A switch of its own that also turns when this one does.
    ///
    /// With one for each listener, listeners can be added and removed while others serve. A child
    /// of a switch that was turned is turned from the start.
    #[must_use]
    pub fn child(&self) -> Self {
        // Held while the stage is read, so that a turn meets the child or its list.
        let mut children = self.switch.children();
        let child = Self::at(*self.switch.stage.borrow());
        child.switch.agree(self.terms());
        children.retain(|child| child.strong_count() > 0);
        children.push(Arc::downgrade(&child.switch));
        child
    }

    /// Begins to drain: no new connections after the delay, and time for what is in flight.
    pub fn begin(&self) {
        self.switch.advance(Stage::Draining, None);
    }

    /// [Begins](Self::begin) with this delay and this deadline in place of those that the listener
    /// was configured with. Where a drain has begun already, it goes on as it began.
    pub fn begin_within(&self, delay: Duration, deadline: Duration) {
        let terms = Terms { delay, deadline };
        self.switch.advance(Stage::Draining, Some(terms));
    }

    /// Ends serving at once, whatever is in flight.
    pub fn abort(&self) {
        self.switch.advance(Stage::Aborted, None);
    }

    /// Whether [`begin`](Self::begin) or [`abort`](Self::abort) was called, here or on a parent: a
    /// readiness probe says no from here on.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        *self.switch.stage.borrow() >= Stage::Draining
    }

    /// Waits until [`begin`](Self::begin) or [`abort`](Self::abort) is called, here or on a parent.
    ///
    /// # Cancel safety
    ///
    /// It may be dropped and called again; nothing is missed.
    pub async fn begun(&self) {
        reached(self.switch.stage.subscribe(), Stage::Draining).await;
    }

    pub(super) fn terms(&self) -> Option<Terms> {
        self.switch.terms.get().copied()
    }

    /// Waits until [`abort`](Self::abort) is called, here or on a parent.
    ///
    /// # Cancel safety
    ///
    /// It may be dropped and called again; nothing is missed.
    pub async fn aborted(&self) {
        reached(self.switch.stage.subscribe(), Stage::Aborted).await;
    }

    fn at(stage: Stage) -> Self {
        Self {
            switch: Arc::new(Switch {
                stage: watch::Sender::new(stage),
                terms: OnceLock::new(),
                children: Mutex::default(),
            }),
        }
    }
}

impl Default for Drain {
    fn default() -> Self {
        Self::new()
    }
}

// === impl Switch ===

impl Switch {
    fn advance(&self, stage: Stage, terms: Option<Terms>) {
        if *self.stage.borrow() < Stage::Draining {
            self.agree(terms);
        }
        self.stage.send_if_modified(|now| {
            let later = *now < stage;
            *now = stage.max(*now);
            later
        });
        // Not while the list is held: a child has a list of its own, and so on.
        let children: Vec<_> = self.children().iter().filter_map(Weak::upgrade).collect();
        for child in children {
            child.advance(stage, terms);
        }
    }

    /// The first word counts.
    fn agree(&self, terms: Option<Terms>) {
        if let Some(terms) = terms {
            let _ = self.terms.set(terms);
        }
    }

    fn children(&self) -> MutexGuard<'_, Vec<Weak<Self>>> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for a stage; says which one it is by then. Pending for ever when nobody can turn it.
pub(super) async fn reached<T>(mut stage: watch::Receiver<T>, at: Stage) -> Stage
where
    T: Copy + Into<Stage>,
{
    let now = stage.wait_for(|now| (*now).into() >= at).await;
    match now.map(|now| *now) {
        Ok(now) => now.into(),
        Err(_) => std::future::pending().await,
    }
}
