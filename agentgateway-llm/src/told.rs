use std::sync::{Arc, OnceLock};

use crate::{
    LlmUsage,
    bridge::{LossReport, Summary},
};

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
    /// What an answer in one piece says of itself, where that is known.
    pub(crate) summary: Option<Summary>,
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
