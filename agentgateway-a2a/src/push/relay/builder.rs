use std::{fmt, sync::Arc, time::Duration};

use agentgateway_core::{
    egress::Guard,
    seal::Sealer,
    upstream::{Client, ClientBuilder},
};

use super::{
    PushRelay,
    agents::Agents,
    deliver::Attempts,
    queue::{MostQueued, Queue},
    registered::{MostRegistered, Registered},
};
use crate::{PublicUrl, upstream::A2aAgent};

const DAY: Duration = Duration::from_secs(24 * 3600);
const LONGEST_LIFETIME: Duration = DAY.saturating_mul(3650);

/// Makes a [`PushRelay`].
#[must_use = "a builder does nothing until it builds"]
pub struct PushRelayBuilder {
    public: PublicUrl,
    sealer: Sealer,
    guard: Guard,
    client: Option<ClientBuilder>,
    agents: Agents,
    lifetime: Duration,
    attempts: Attempts,
    registered: MostRegistered,
    queued: MostQueued,
    max_payload_bytes: usize,
    workers: usize,
}

/// What layer, receiver and deliveries share.
pub(super) struct Shared {
    /// What each URL of the relay's begins with.
    pub(super) prefix: String,
    pub(super) sealer: Sealer,
    pub(super) guard: Guard,
    pub(super) client: Client,
    pub(super) agents: Agents,
    pub(super) lifetime: Duration,
    pub(super) attempts: Attempts,
    pub(super) registered: Registered,
    pub(super) queue: Queue,
    pub(super) max_payload_bytes: usize,
    pub(super) workers: usize,
}

// === impl PushRelayBuilder ===

impl PushRelayBuilder {
    pub(super) fn new(public: PublicUrl, sealer: Sealer) -> Self {
        Self {
            public,
            sealer,
            guard: Guard::new(),
            client: None,
            agents: Agents::default(),
            lifetime: DAY.saturating_mul(7),
            attempts: Attempts {
                most: 5,
                timeout: Duration::from_secs(10),
                first_wait: Duration::from_millis(500),
                give_up_after: Duration::from_secs(120),
            },
            registered: MostRegistered {
                in_all: 65_536,
                per_host: 4096,
                per_caller: 1024,
            },
            queued: MostQueued {
                in_all: 1024,
                bytes: 32 * 1024 * 1024,
                per_host: 128,
                per_caller: 256,
                at_once: 4,
                give_up_after: Duration::ZERO,
            },
            max_payload_bytes: 1024 * 1024,
            workers: 16,
        }
    }

    /// Which URLs clients may register, and which addresses are dialled for them. Default: `https` to public
    /// hosts.
    pub fn guard(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    /// How connections to clients are made: deadlines, roots of TLS. The [guard](Self::guard) is set on it.
    /// Default: TLS with Mozilla's roots.
    pub fn client(mut self, client: ClientBuilder) -> Self {
        self.client = Some(client);
        self
    }

    /// The agent of this [name](crate::A2aLayer::agent), empty where its layer has none: it is asked for the
    /// whole task when a client of v0.3 is to be told of a change. It is called in v1.0 over JSON-RPC, without
    /// a caller; an [`AnyAgent`](crate::bridge::AnyAgent) translates. Default: none, and such a client is sent
    /// as much of the task as the change tells.
    ///
    /// [`PushRelayLayer::agent`](super::PushRelayLayer::agent) is for agents that come and go while the relay runs.
    pub fn agent(mut self, name: &str, agent: A2aAgent) -> Self {
        self.agents.keep(name, agent);
        self
    }

    /// How long a registration lives. Default: 7 days, and 10 years at most. What an agent pushes later is
    /// answered with 404.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime.min(LONGEST_LIFETIME);
        self
    }

    /// How long one attempt may take until the receiver's head is there. Default: 10 s.
    pub const fn timeout(mut self, limit: Duration) -> Self {
        self.attempts.timeout = limit;
        self
    }

    /// How many attempts a notification has. Default: 5. At least one is made.
    pub const fn attempts(mut self, most: u32) -> Self {
        self.attempts.most = most;
        self
    }

    /// How long is waited at most before the second attempt; twice as long before each that follows, up to 30 s,
    /// and by chance less. Default: 500 ms.
    pub const fn first_wait(mut self, wait: Duration) -> Self {
        self.attempts.first_wait = wait;
        self
    }

    /// How old a notification may become before it is given up. Default: 2 minutes.
    pub const fn give_up_after(mut self, limit: Duration) -> Self {
        self.attempts.give_up_after = limit;
        self
    }

    /// How many registrations live at once, for one host and for one caller. Default: 4,096 and 1,024, and
    /// 65,536 in all. One more is refused with 429. A registration ends with its task or its lifetime.
    ///
    /// A caller is known by its [`Principal`](agentgateway_core::context::Principal), else by its
    /// [address](agentgateway_core::context::ClientAddr); where neither is there, the host's limit holds alone.
    pub const fn max_registered(mut self, per_host: usize, per_caller: usize) -> Self {
        self.registered.per_host = per_host;
        self.registered.per_caller = per_caller;
        self
    }

    /// How many notifications wait or are being sent, for one host and for one caller. Default: 128 and 256,
    /// and 1,024 in all. The agent is answered 503 for one more.
    pub const fn max_queued(mut self, per_host: usize, per_caller: usize) -> Self {
        self.queued.per_host = per_host;
        self.queued.per_caller = per_caller;
        self
    }

    /// How much the waiting notifications may hold, in bytes. Default: 32 MiB. The agent is answered 503 for
    /// more.
    pub const fn max_queued_bytes(mut self, limit: usize) -> Self {
        self.queued.bytes = limit;
        self
    }

    /// The longest notification, in bytes. Default: 1 MiB. A longer one is answered with 413.
    pub const fn max_payload_bytes(mut self, limit: usize) -> Self {
        self.max_payload_bytes = limit;
        self
    }

    /// How many notifications are sent at once, and how many of them to one host. Default: 16 and 4. At least
    /// one.
    pub const fn at_once(mut self, in_all: usize, per_host: usize) -> Self {
        self.workers = if in_all == 0 { 1 } else { in_all };
        self.queued.at_once = if per_host == 0 { 1 } else { per_host };
        self
    }

    /// The relay.
    #[must_use]
    pub fn build(self) -> PushRelay {
        let client = self.client.unwrap_or_else(|| Client::builder().tls());
        let queued = MostQueued {
            give_up_after: self.attempts.give_up_after,
            ..self.queued
        };
        PushRelay::new(Arc::new(Shared {
            prefix: format!("{}/push/", self.public),
            sealer: self.sealer,
            client: client.guard(self.guard.clone()).build(),
            guard: self.guard,
            agents: self.agents,
            lifetime: self.lifetime,
            attempts: self.attempts,
            registered: Registered::new(self.registered, self.lifetime),
            queue: Queue::new(queued),
            max_payload_bytes: self.max_payload_bytes,
            workers: self.workers,
        }))
    }
}

impl fmt::Debug for PushRelayBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushRelayBuilder")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}
