use std::time::Duration;

use agentgateway_core::seal::Sealer;
use bytes::Bytes;

/// Who asks, where no client says who it is.
pub(super) const CLIENT_INFO: Bytes = Bytes::from_static(
    concat!(
        r#"{"name":"agentgateway","version":""#,
        env!("CARGO_PKG_VERSION"),
        r#""}"#
    )
    .as_bytes(),
);

/// How servers of earlier revisions are spoken to. Each limit says what happens at it.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) sealer: Sealer,
    pub(super) client_info: Bytes,
    pub(super) max_message_bytes: usize,
    /// Whether each call has a session of its own.
    pub(super) stateless: bool,
    pub(super) max_sessions: usize,
    pub(super) session_idle: Duration,
    pub(super) max_rounds: usize,
    pub(super) round_lifetime: Duration,
    pub(super) gather: Duration,
    pub(super) hold_max: Duration,
    /// How long a call waits for the stream on which the server may ask about it.
    pub(super) listen_max: Duration,
    pub(super) max_resumes: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sealer: Sealer::random(),
            client_info: CLIENT_INFO,
            max_message_bytes: 16 * 1024 * 1024,
            stateless: false,
            max_sessions: 1024,
            session_idle: Duration::from_secs(30 * 60),
            max_rounds: 1024,
            round_lifetime: Duration::from_secs(5 * 60),
            gather: Duration::from_millis(30),
            hold_max: Duration::from_secs(10),
            listen_max: Duration::from_secs(1),
            max_resumes: 16,
        }
    }
}
