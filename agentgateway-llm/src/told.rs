use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use crate::{
    LlmUsage,
    bridge::{LossReport, Summary},
};

/// What a translation knows of an answer that the client's dialect may have no place for, in the answer's extensions:
/// for the layer that reads the answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told(Arc<Cell>);

#[derive(Debug, Default)]
struct Cell {
    /// There when the answer has ended by itself.
    facts: OnceLock<Facts>,
    /// The model has said something since it was last asked; an encoder may hold it back.
    says: AtomicBool,
}

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
        let _ = self.0.facts.set(facts);
    }

    pub(crate) fn facts(&self) -> Option<&Facts> {
        self.0.facts.get()
    }

    /// The model says something.
    pub(crate) fn says(&self) {
        self.0.says.store(true, Ordering::Relaxed);
    }

    /// Whether the model has said something since this was last asked.
    pub(crate) fn has_said(&self) -> bool {
        self.0.says.swap(false, Ordering::Relaxed)
    }
}
