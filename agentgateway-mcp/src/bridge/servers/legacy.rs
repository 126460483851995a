use std::time::Duration;

use agentgateway_core::seal::Sealer;

use super::{options::Options, server::Facade};
use crate::McpServer;

/// A server of a revision up to 2025-11-25 that looks like one of 2026-07-28.
///
/// # Behaviour
/// `LegacyServer` goes in front of a server that knows `initialize`, sessions and requests of its own;
/// [`AnyServer`](super::AnyServer) finds out first whether there is need to.
///
/// | a client of 2026-07-28 | the server, up to 2025-11-25 |
/// |---|---|
/// | the first request | `initialize`, with the capabilities of this request, and `notifications/initialized`. A session is kept for each caller and set of capabilities; a server that has forgotten it (404, or 400 without an answer to the request) gets a new one, and the request once more |
/// | `server/discover` | what `initialize` was answered with |
/// | `params._meta` of the protocol's | left out |
/// | `logLevel` | `logging/setLevel`, where fewer messages come; each request is told those from its level on, and none without one. Those on the stream of a GET are told where one call alone is under way |
/// | `progressToken` | one of our own; it is put back |
/// | a result | gets `resultType`, `ttlMs` and `cacheScope` where it has none, and the server's name |
/// | `input_required` | requests of the server's on the stream of the call. Those that come within 30 ms of the first are asked together; the stream waits for the answers, which are sent to the server, and goes on. What it asks on the stream of a GET is asked about the call that is alone under way in the session; only where the session is that of one client of an earlier revision, about its oldest of several |
/// | -32021, with status 400 | a request for what the client does not declare: the call is over, and cancelled |
/// | -32602 with the URI | -32002 |
/// | a round in URL mode | -32042 |
/// | it leaves | `notifications/cancelled` |
/// | a stream that goes on | a stream that was cut and has ids: it is taken up |
/// | `subscriptions/listen` | `resources/subscribe`, and the stream of a GET: one for all listeners of a session, who are told that it is over where the server has forgotten the session. It stands for calls in which the client can be asked something, too, and for 30 s after them |
/// | methods that it does not have | 404, and the server does not see them |
///
/// A client of an earlier revision has a session of its own with the server, as without a gateway: it is told all that
/// the server tells in it, logs asked for or not, and the server hears what 2026-07-28 has no word for
/// (`logging/setLevel`, `resources/subscribe`, `notifications/roots/list_changed`).
///
/// A server's question has no name. It is asked as `elicitation_1`, `sampling_2` and so on, or under the
/// name in its `params._meta["agentgateway.dev/input-key"]`: a client that knows it may answer in its
/// first request.
///
/// Tasks of the two eras have nothing in common but their names: the capability is left out.
///
/// # Limits
/// A client's capabilities may have 4096 bytes. Sessions ([`max_sessions`](Self::max_sessions)), calls that
/// wait ([`max_rounds`](Self::max_rounds)) and the bytes of a message are bounded; a stream is taken up 16
/// times at most. A call ends in which the server asks more than 64 questions at once. Of what it asks of the
/// gateway itself, such as pings, 8 are answered at a time, and others not at all. A listener that is 256
/// messages behind is ended, and may listen anew.
///
/// # Replicas
/// The state of a round is sealed, bound to its caller and its request, and opens once. The stream that
/// waits is in one process: on another the state is refused, and the client calls again.
///
/// # Errors
/// Those of the server pass as JSON-RPC. What is no MCP is a `BadAnswer`.
///
/// # Source
/// MCP 2026-07-28, Versioning, Patterns (Multi round-trip requests, Subscriptions), Streamable HTTP; MCP
/// 2025-11-25, Lifecycle, Streamable HTTP, Client (Sampling, Elicitation, Roots).
///
/// # Example
/// ```
/// # use agentgateway_core::{Body, Error, Peeked};
/// # use http::{Request, Response};
/// use agentgateway_mcp::{
///     McpLayer, McpServer,
///     bridge::{AnyServer, LegacyServer},
/// };
/// use tower::Layer;
///
/// # let service = tower::service_fn(|_: Request<Peeked<Body>>| async { Ok::<_, Error>(Response::new(Body::empty())) });
/// let server = AnyServer::new(LegacyServer::new(McpServer::new(service))).into_server();
/// let app = McpLayer::new().layer(server);
/// # let _ = app;
/// ```
#[derive(Clone, Debug)]
pub struct LegacyServer(Options, McpServer);

impl LegacyServer {
    /// Speaks to this server, which knows Streamable HTTP with sessions.
    #[must_use]
    pub fn new(server: McpServer) -> Self {
        Self(Options::default(), server)
    }

    /// Seals the state of rounds, which clients bring back. Default: with a key of this process alone.
    #[must_use]
    pub fn sealer(mut self, sealer: Sealer) -> Self {
        self.0.sealer = sealer;
        self
    }

    /// The longest message of the server, in bytes. Default: 16 MiB. A longer one ends the call with an
    /// error.
    #[must_use]
    pub const fn max_message_bytes(mut self, bytes: usize) -> Self {
        self.0.max_message_bytes = bytes;
        self
    }

    /// Whether each call has a session of its own with the server: it is opened for the call, and ended when the call
    /// is over. A listener has one as long as it listens, and a call that waits for its client's answers as long as it
    /// waits. Default: false, and sessions are kept. With it their number is that of the calls.
    #[must_use]
    pub const fn stateless(mut self, stateless: bool) -> Self {
        self.0.stateless = stateless;
        self
    }

    /// How many sessions with the server stand at once. Default: 1024. One more ends one of the caller that has
    /// the most: the one that was not used for longest, and not before its calls and listeners are over.
    #[must_use]
    pub const fn max_sessions(mut self, sessions: usize) -> Self {
        self.0.max_sessions = sessions;
        self
    }

    /// How long a session stands that nobody uses. Default: 30 minutes. It is ended when another one is
    /// opened.
    #[must_use]
    pub const fn session_idle(mut self, idle: Duration) -> Self {
        self.0.session_idle = idle;
        self
    }

    /// How many calls may wait for their clients' answers at once. Default: 1024. One more ends the one
    /// that has waited longest.
    #[must_use]
    pub const fn max_rounds(mut self, rounds: usize) -> Self {
        self.0.max_rounds = rounds;
        self
    }

    /// How long a call waits for its client's answers. Default: 5 minutes. Then the server is told that it
    /// is cancelled, and the client that it must call again.
    #[must_use]
    pub const fn round_lifetime(mut self, lifetime: Duration) -> Self {
        self.0.round_lifetime = lifetime;
        self
    }

    pub(super) const fn server(&self) -> &McpServer {
        &self.1
    }

    /// The server as one of 2026-07-28.
    #[must_use]
    pub fn into_server(self) -> McpServer {
        McpServer::of(self.into_facade())
    }

    pub(super) fn into_facade(self) -> Facade {
        Facade::new(self.1, self.0)
    }
}
