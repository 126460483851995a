use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use agentgateway_core::{seal::Sealer, store::SessionStore};

use super::{LegacyClients, live::Lives, old::Connections, service::Shared, stream::Streams};
use crate::{bridge::Tools, upstream::McpServer};

/// Makes [`LegacyClients`].
#[derive(Clone, Debug)]
pub struct LegacyClientsBuilder {
    pub(super) settings: Settings,
}

/// What the builder's options say.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) stateless: bool,
    pub(super) session_lifetime: Duration,
    pub(super) max_greeting_bytes: usize,
    pub(super) max_answer_bytes: usize,
    pub(super) max_rounds: usize,
    pub(super) answer_within: Duration,
    pub(super) max_questions: usize,
    pub(super) max_subscriptions: usize,
    pub(super) resume_within: Duration,
    pub(super) max_left: usize,
    pub(super) max_stream_bytes: usize,
    pub(super) max_kept_bytes: usize,
    pub(super) max_tools: usize,
    pub(super) max_tool_pages: usize,
    pub(super) keep_alive: Duration,
    pub(super) old_transport: bool,
    pub(super) max_connections: usize,
    pub(super) clock: fn() -> SystemTime,
}

const MIB: usize = 1024 * 1024;
const FIVE_MINUTES: Duration = Duration::from_secs(5 * 60);

impl Default for Settings {
    fn default() -> Self {
        Self {
            stateless: false,
            session_lifetime: Duration::from_secs(24 * 60 * 60),
            max_greeting_bytes: 4096,
            max_answer_bytes: 16 * MIB,
            max_rounds: 16,
            answer_within: FIVE_MINUTES,
            max_questions: 64,
            max_subscriptions: 256,
            resume_within: FIVE_MINUTES,
            max_left: 1024,
            max_stream_bytes: 4 * MIB,
            max_kept_bytes: 64 * MIB,
            max_tools: 4096,
            max_tool_pages: 64,
            keep_alive: Duration::from_secs(15),
            old_transport: true,
            max_connections: 1024,
            clock: SystemTime::now,
        }
    }
}

impl LegacyClientsBuilder {
    pub(super) fn new() -> Self {
        Self {
            settings: Settings::default(),
        }
    }

    /// Whether every request stands alone: no session is kept, and none is needed. Default: false.
    ///
    /// `initialize` is answered without a session's id, and each later request is one of a client that can be asked
    /// nothing: what clients have said of themselves is not kept. An id that a client sends all the same is passed
    /// over. What only a session has is neither offered nor served: streams of a GET, log levels and subscriptions,
    /// and the transport of 2024-11-05. A client that leaves cancels its request.
    #[must_use]
    pub const fn stateless(mut self, stateless: bool) -> Self {
        self.settings.stateless = stateless;
        self
    }

    /// How long a session lives. Default: 24 hours. Later its client is told 404, and begins anew.
    #[must_use]
    pub const fn session_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.session_lifetime = lifetime;
        self
    }

    /// The longest `clientInfo` and `capabilities` of a client together, in bytes. Default: 4 KiB. They are
    /// in the session's id, which comes in a header of every request. Where they are longer, `clientInfo` is
    /// left out; capabilities that are longer alone are refused with 400.
    #[must_use]
    pub const fn max_greeting_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_greeting_bytes = bytes;
        self
    }

    /// The longest answer of the server that is no stream, and the longest event of one, in bytes. Default:
    /// 16 MiB. A longer one is a [`BadAnswer`](agentgateway_core::ErrorKind::BadAnswer).
    #[must_use]
    pub const fn max_answer_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_answer_bytes = bytes;
        self
    }

    /// How often the server may ask for more input about one request. Default: 16. Then the request ends
    /// with an error.
    #[must_use]
    pub const fn max_rounds(mut self, rounds: usize) -> Self {
        self.settings.max_rounds = rounds;
        self
    }

    /// How long a client may take to answer what the server asks in one round. Default: 5 minutes. Then the
    /// request ends with an error.
    #[must_use]
    pub const fn answer_within(mut self, time: Duration) -> Self {
        self.settings.answer_within = time;
        self
    }

    /// How many questions of servers one session may have open. Default: 64. A request whose server asks
    /// more ends with an error.
    #[must_use]
    pub const fn max_questions(mut self, questions: usize) -> Self {
        self.settings.max_questions = questions;
        self
    }

    /// How many resources one session may be subscribed to. Default: 256, of 48 KiB together. More are
    /// refused.
    #[must_use]
    pub const fn max_subscriptions(mut self, subscriptions: usize) -> Self {
        self.settings.max_subscriptions = subscriptions;
        self
    }

    /// How long a request goes on whose client has lost its stream, and how long its answer is kept from
    /// then on. Default: 5 minutes. A request that takes longer is cancelled.
    #[must_use]
    pub const fn resume_within(mut self, time: Duration) -> Self {
        self.settings.resume_within = time;
        self
    }

    /// How many requests whose clients have left go on at one time. Default: 1024. More are cancelled as their
    /// clients leave.
    #[must_use]
    pub const fn max_left(mut self, requests: usize) -> Self {
        self.settings.max_left = requests;
        self
    }

    /// How many bytes of events are kept of one stream, to be told again. Default: 4 MiB. Over it, the oldest
    /// are forgotten.
    #[must_use]
    pub const fn max_stream_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_stream_bytes = bytes;
        self
    }

    /// How many bytes of events are kept of all streams. Default: 64 MiB. Over it, streams that have ended
    /// are forgotten, the oldest first, and then the events of those that go on.
    #[must_use]
    pub const fn max_kept_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_kept_bytes = bytes;
        self
    }

    /// Of how many tools it is known which arguments are repeated in headers. Default: 4096. Over it, all are
    /// forgotten, and learned again from the next list.
    #[must_use]
    pub const fn max_tools(mut self, tools: usize) -> Self {
        self.settings.max_tools = tools;
        self
    }

    /// How many pages of the server's tools are read to learn the headers of one that it has refused.
    /// Default: 64.
    #[must_use]
    pub const fn max_tool_pages(mut self, pages: usize) -> Self {
        self.settings.max_tool_pages = pages;
        self
    }

    /// After how much silence a stream gets a comment, so that nobody on its way takes it for dead. Default:
    /// 15 seconds.
    #[must_use]
    pub const fn keep_alive(mut self, silence: Duration) -> Self {
        self.settings.keep_alive = silence;
        self
    }

    /// Whether the transport of 2024-11-05 is served beside Streamable HTTP: a GET without a session opens
    /// its stream. Default: true.
    #[must_use]
    pub const fn old_transport(mut self, served: bool) -> Self {
        self.settings.old_transport = served;
        self
    }

    /// How many streams of the transport of 2024-11-05 may be open. Default: 1024. More are refused with 503.
    #[must_use]
    pub const fn max_connections(mut self, connections: usize) -> Self {
        self.settings.max_connections = connections;
        self
    }

    #[cfg(test)]
    pub(super) const fn clock(mut self, clock: fn() -> SystemTime) -> Self {
        self.settings.clock = clock;
        self
    }

    /// In front of this server. Replicas that share the sealer's key and the store serve each other's
    /// sessions.
    #[must_use]
    pub fn build(
        self,
        server: McpServer,
        sealer: Sealer,
        store: Arc<dyn SessionStore>,
    ) -> LegacyClients {
        let mut settings = self.settings;
        if settings.stateless {
            // The connection is the session there, and nobody can come back to a stream.
            settings.old_transport = false;
            settings.max_left = 0;
        }
        LegacyClients::of(Shared {
            lives: Arc::new(Lives::default()),
            connections: Connections::default(),
            streams: Arc::new(Streams::new(&settings)),
            tools: Tools::new(settings.max_tools),
            home: super::handover::home(),
            opened: super::opened::Opened::default(),
            server,
            sealer,
            store,
            settings,
        })
    }
}

impl Default for LegacyClientsBuilder {
    fn default() -> Self {
        Self::new()
    }
}
