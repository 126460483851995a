use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};

/// What metrics tell of the threads that serve.
#[derive(Clone, Debug, Default)]
pub struct ThreadMetrics {
    blocked: Gauge,
    blocks: Counter,
}

impl ThreadMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "agentgateway_threads_blocked",
            "Threads that serve and have not come back from one piece of work for seconds",
            self.blocked.clone(),
        );
        registry.register(
            "agentgateway_thread_blocks",
            "How often a thread that serves was blocked",
            self.blocks.clone(),
        );
    }

    /// One more thread is blocked.
    pub fn blocked(&self) {
        self.blocked.inc();
        self.blocks.inc();
    }

    /// One thread less is.
    pub fn freed(&self) {
        self.blocked.dec();
    }
}
