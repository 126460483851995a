use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

use crate::auth::digest::Digest;

/// Names and passwords that were right, by their keyed digests, each up to its time.
#[derive(Default)]
pub(super) struct Verified(HashMap<Digest, Instant>);

impl Verified {
    pub(super) fn has(&self, digest: &Digest, now: Instant) -> bool {
        self.0.get(digest).is_some_and(|end| now < *end)
    }

    /// At the bound, that makes room which ends the soonest.
    pub(super) fn remember(&mut self, digest: Digest, now: Instant, limit: Duration, bound: usize) {
        if self.0.len() >= bound && !self.0.contains_key(&digest) {
            self.0.retain(|_, end| now < *end);
        }
        while self.0.len() >= bound && !self.0.contains_key(&digest) {
            let soonest = self.0.iter().min_by_key(|(_, end)| **end);
            let Some(soonest) = soonest.map(|(digest, _)| *digest) else {
                return;
            };
            self.0.remove(&soonest);
        }
        self.0.insert(digest, now + limit);
    }
}
