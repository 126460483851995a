use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// What a federation has dropped, since it began. A clone looks at the same counts.
#[derive(Clone, Debug, Default)]
pub struct FederationCounts(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    strange_answers: AtomicU64,
    strange_notifications: AtomicU64,
    server_requests: AtomicU64,
    omitted_items: AtomicU64,
}

impl FederationCounts {
    /// Answers that were not those of the request that they came for.
    #[must_use]
    pub fn strange_answers(&self) -> u64 {
        self.0.strange_answers.load(Ordering::Relaxed)
    }

    /// Notifications with the progress token or the subscription of another request.
    #[must_use]
    pub fn strange_notifications(&self) -> u64 {
        self.0.strange_notifications.load(Ordering::Relaxed)
    }

    /// Requests of servers, which MCP 2026-07-28 does not have.
    #[must_use]
    pub fn server_requests(&self) -> u64 {
        self.0.server_requests.load(Ordering::Relaxed)
    }

    /// Items left out of lists since they could not be offered; not those that a filter denies.
    #[must_use]
    pub fn omitted_items(&self) -> u64 {
        self.0.omitted_items.load(Ordering::Relaxed)
    }

    pub(super) fn strange_answer(&self, target: &str) {
        self.0.strange_answers.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(target_name = target, "dropped an answer to another request");
    }

    pub(super) fn strange_notification(&self) {
        self.0.strange_notifications.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn server_request(&self) {
        self.0.server_requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn omitted(&self, target: &str, name: &str, reason: &'static str) {
        self.0.omitted_items.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(target_name = target, name, reason, "left out of a list");
    }
}
