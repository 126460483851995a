use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// How an answer has ended, for whoever gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Whole.
    Well,
    /// Broken off, or with an error.
    Badly,
    /// The client went away.
    Left,
}

/// Is told how an answer ended.
pub(crate) trait Over: Send + 'static {
    fn over(self: Box<Self>, ended: Ended);
}

/// Who wants to be told how an answer ended, in the answer's extensions: the layer that reads the answer knows its
/// end marker. Dropped untold, it tells nothing.
#[derive(Clone)]
pub(crate) struct Settle(Arc<Mutex<Option<Box<dyn Over>>>>);

impl Settle {
    #[cfg_attr(
        not(feature = "route"),
        expect(dead_code, reason = "routes alone ask for it")
    )]
    pub(crate) fn new(over: impl Over) -> Self {
        Self(Arc::new(Mutex::new(Some(Box::new(over)))))
    }

    /// Tells it, once.
    pub(crate) fn tell(&self, ended: Ended) {
        let over = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(over) = over {
            over.over(ended);
        }
    }
}

impl fmt::Debug for Settle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Settle")
    }
}
