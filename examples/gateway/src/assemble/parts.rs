use std::{fmt, sync::Arc};

use agentgateway_a2a::route::tasks::TaskAffinityLayer;
use agentgateway_core::{
    balance::Pulse,
    limit::heap::Heap,
    seal::Sealer,
    store::{Ledger, MemorySessions, RateStore, SessionStore, TaskIndex},
    upstream::{Client, Upstream},
};

use super::{
    cache::StackCache,
    clients::{Clients, Transport, maintained},
    counters::Counters,
    policies::PolicyCache,
    relays::Relays,
};
use crate::{observe::Observer, telemetry::ExportStats};

/// What every stack is built with, and what stays from one plan to the next: connections, and the
/// stacks of backends that did not change. Clones share all of it.
#[derive(Clone)]
#[non_exhaustive]
pub struct Parts {
    /// The client of upstreams that speak HTTP/1.1, or within TLS what is agreed on; a request's
    /// scheme says whether TLS is spoken.
    pub client: Upstream,
    /// The client of upstreams that speak HTTP/2 alone.
    pub http2: Upstream,
    /// Is told of every exchange.
    pub observer: Observer,
    /// Says when there is no memory for more requests. None: nobody looks.
    pub(super) heap: Option<Heap>,
    /// Knows whether the gateway stood still, so that no endpoint is blamed for it.
    pub(super) pulse: Pulse,
    /// Where local limits of rates and budgets count.
    pub(super) counters: Counters,
    /// Clients with terms of their own.
    pub(super) clients: Clients,
    pub(super) stacks: StackCache,
    pub(super) policies: PolicyCache,
    /// Those of push notifications of agents.
    pub(super) relays: Relays,
    /// Those that mirrors are sent to.
    /// Seals what clients of MCP carry: sessions, cursors, states.
    pub(super) sealer: Sealer,
    /// Where sessions of MCP keep what changes in them.
    pub(super) sessions: Arc<dyn SessionStore>,
    /// Keeps calls about tasks of A2A with the replica that knows them; of no agent yet.
    pub(super) tasks: TaskAffinityLayer,
    copies: StackCache,
    copies_policies: PolicyCache,
    unseen: Observer,
}

impl Parts {
    /// The usual clients: in clear text and by TLS. Within a runtime, their idle connections are
    /// looked after.
    #[must_use]
    pub fn new(observer: Observer) -> Self {
        let pulse = Pulse::new();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(pulse.run());
        }
        Self {
            pulse,
            client: usual(false),
            http2: usual(true),
            observer,
            heap: None,
            counters: Counters::default(),
            clients: Clients::default(),
            stacks: StackCache::default(),
            policies: PolicyCache::default(),
            relays: Relays::default(),
            sealer: Sealer::random(),
            sessions: Arc::new(MemorySessions::new()),
            tasks: TaskAffinityLayer::new(""),
            copies: StackCache::default(),
            copies_policies: PolicyCache::default(),
            unseen: Observer::new(&ExportStats::default()),
        }
    }

    /// Takes no requests while this says that memory is nearly used up.
    #[must_use]
    pub fn shedding_by(mut self, heap: Heap) -> Self {
        self.heap = Some(heap);
        self
    }

    /// The same, whose local limits of rates and budgets count in this store: those of all processes
    /// that share it count together, policy by policy. Default: in this process. While the store gives
    /// no word, limits of rates let requests pass, and budgets do as is asked of them.
    #[must_use]
    pub fn counting_in(mut self, store: Arc<impl RateStore + Ledger>) -> Self {
        self.counters = Counters::shared(store);
        self
    }

    /// The same, which seals with this key what clients of MCP carry: all replicas that share it serve each
    /// other's sessions, cursors and states. Default: a key of this process alone.
    #[must_use]
    pub fn sealing_with(mut self, sealer: Sealer) -> Self {
        self.sealer = sealer;
        self
    }

    /// The same, whose sessions of MCP keep in this store what changes in them. Default: this process.
    #[must_use]
    pub fn keeping_sessions_in(mut self, store: Arc<dyn SessionStore>) -> Self {
        self.sessions = store;
        self
    }

    /// The same, which also keeps in this index which replica of an agent knows a task: all gateways that share it
    /// send calls about the task there. Default: each process knows what it has seen itself.
    #[must_use]
    pub fn keeping_tasks_in(mut self, index: Arc<dyn TaskIndex>) -> Self {
        self.tasks = self.tasks.shared(index);
        self
    }

    /// The same for copies of requests: what becomes of them is told to nobody.
    pub(super) fn for_mirrors(&self) -> Self {
        Self {
            observer: self.unseen.clone(),
            counters: self.counters.of_copies(),
            stacks: self.copies.clone(),
            policies: self.copies_policies.clone(),
            ..self.clone()
        }
    }

    /// The client of this transport.
    ///
    /// # Errors
    /// Why there is none, for the operator.
    pub(super) fn client(&self, transport: &Transport) -> Result<Upstream, String> {
        match (transport.is_usual(), transport.http2) {
            (true, true) => Ok(self.http2.clone()),
            (true, false) => Ok(self.client.clone()),
            (false, _) => self.clients.of(transport),
        }
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}

fn usual(http2: bool) -> Upstream {
    let mut builder = Client::builder().tls();
    if http2 {
        builder = builder.http2_only();
    }
    maintained(builder.build())
}
