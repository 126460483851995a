use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use agentgateway_core::{
    balance::Pulse,
    upstream::{Client, Upstream},
};

use super::{cache::StackCache, policies::PolicyCache};
use crate::{observe::Observer, telemetry::ExportStats};

/// What every stack is built with, and what stays from one plan to the next: connections, and the
/// stacks of backends that did not change. Clones share all of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Parts {
    /// The client of upstreams that speak HTTP/1.1, or within TLS what is agreed on; a request's
    /// scheme says whether TLS is spoken.
    pub client: Upstream,
    /// The client of upstreams that speak HTTP/2 alone.
    pub http2: Upstream,
    /// Is told of every exchange.
    pub observer: Observer,
    /// Knows whether the gateway stood still, so that no endpoint is blamed for it.
    pub(super) pulse: Pulse,
    /// Clients with a connect deadline of their own.
    hasty: Arc<Mutex<HashMap<(bool, Duration), Upstream>>>,
    pub(super) stacks: StackCache,
    pub(super) policies: PolicyCache,
    /// Those that mirrors are sent to.
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
            client: client(false, None),
            http2: client(true, None),
            observer,
            hasty: Arc::default(),
            stacks: StackCache::default(),
            policies: PolicyCache::default(),
            copies: StackCache::default(),
            copies_policies: PolicyCache::default(),
            unseen: Observer::new(&ExportStats::default()),
        }
    }

    /// The same for copies of requests: what becomes of them is told to nobody.
    pub(super) fn for_mirrors(&self) -> Self {
        Self {
            observer: self.unseen.clone(),
            stacks: self.copies.clone(),
            policies: self.copies_policies.clone(),
            ..self.clone()
        }
    }

    /// The client for HTTP/2 alone or not, whose connections may take so long to stand.
    pub(super) fn client(&self, http2: bool, connect: Option<Duration>) -> Upstream {
        let Some(deadline) = connect else {
            return if http2 { &self.http2 } else { &self.client }.clone();
        };
        let mut hasty = self.hasty.lock().unwrap_or_else(PoisonError::into_inner);
        let own = hasty.entry((http2, deadline));
        own.or_insert_with(|| client(http2, Some(deadline))).clone()
    }
}

fn client(http2: bool, connect: Option<Duration>) -> Upstream {
    let mut builder = Client::builder().tls();
    if http2 {
        builder = builder.http2_only();
    }
    if let Some(deadline) = connect {
        builder = builder.connect_deadline(deadline);
    }
    let client = builder.build();
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(client.maintain());
    }
    Upstream::from(client)
}
