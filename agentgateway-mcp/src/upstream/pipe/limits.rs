use std::time::Duration;

/// The bounds of one pipe. Each says what happens at it.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// The longest message of the server's. A longer one ends the pipe.
    pub(crate) max_message_bytes: usize,
    /// How many requests run on it, those included whose client has gone. One more is `Overloaded`.
    pub(crate) max_running: usize,
    /// How many messages wait to be written. One more waits until there is room.
    pub(crate) max_outgoing: usize,
    /// How many messages wait for one client. See [`patience`](Self::patience).
    pub(crate) max_waiting: usize,
    /// How many bytes of messages wait for all clients of the pipe; one message may have more alone.
    pub(crate) max_waiting_bytes: usize,
    /// How long a message waits for its place before it is dropped.
    pub(crate) patience: Duration,
    /// How many answers are outstanding whose clients have gone. One more, and the server is taken to hang.
    pub(crate) max_abandoned: usize,
    /// How many questions of the server's are open. One more is answered with an error.
    pub(crate) max_questions: usize,
    /// How long a pipe is kept that nobody uses.
    pub(crate) idle_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_message_bytes: 16 * 1024 * 1024,
            max_running: 64,
            max_outgoing: 16,
            max_waiting: 64,
            max_waiting_bytes: 16 * 1024 * 1024,
            patience: Duration::from_secs(1),
            max_abandoned: 32,
            max_questions: 64,
            idle_timeout: Duration::from_secs(5 * 60),
        }
    }
}

/// The bounds of all pipes to one server.
#[derive(Clone, Debug)]
pub(crate) struct PoolLimits {
    pub(crate) pipe: Limits,
    /// One pipe for all callers.
    pub(crate) shared: bool,
    /// How many pipes are open. At the limit the one that was idle longest makes room; where none is idle,
    /// a request that needs one more is `Overloaded`.
    pub(crate) max_pipes: usize,
    /// How many sessions share one pipe. At the limit the one that was idle longest is forgotten.
    pub(crate) max_sessions: usize,
    /// How long a caller whose pipe has failed waits for the next one; doubled with each failure in a row.
    pub(crate) backoff: Duration,
    /// The longest such wait. A pipe that lived longer than this has not failed in a row.
    pub(crate) max_backoff: Duration,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            pipe: Limits::default(),
            shared: false,
            max_pipes: 32,
            max_sessions: 1024,
            backoff: Duration::from_millis(250),
            max_backoff: Duration::from_secs(60),
        }
    }
}
