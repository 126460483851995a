use std::sync::{Arc, OnceLock};

use crate::{LlmUsage, bridge::LossReport};

/// What a translation knows of an answer that the client's dialect may have no place for, in the answer's extensions:
/// for the layer that reads the answer. It is there when the answer has ended by itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told(Arc<OnceLock<Facts>>);

#[derive(Debug)]
pub(crate) struct Facts {
    /// What the provider told, of an answer that is whole; empty where it told nothing.
    pub(crate) usage: Option<LlmUsage>,
    /// What of the answer had no place.
    pub(crate) losses: LossReport,
}

impl Told {
    /// Tells it, once: what comes later is not heard.
    pub(crate) fn tell(&self, facts: Facts) {
        let _ = self.0.set(facts);
    }

    pub(crate) fn facts(&self) -> Option<&Facts> {
        self.0.get()
    }
}
