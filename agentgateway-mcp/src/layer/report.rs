use std::sync::Arc;

use http::StatusCode;

use crate::wire::SessionId;

/// What the answer of one exchange told.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct McpReport {
    /// The server that was asked, of several behind `route::Federation` (feature `federation`); `None` where none was, or
    /// nobody is told when the call ends.
    pub server: Option<Arc<str>>,
    /// The answer's status, when a head came.
    pub status: Option<StatusCode>,
    /// The answer to the request has come: its result or its error.
    pub answered: bool,
    /// The code of the JSON-RPC error that came.
    pub rpc_error_code: Option<i64>,
    /// The tool ran and says that it failed (`isError` of its result).
    pub tool_error: bool,
    /// The session that the server opened with this answer.
    pub session_id: Option<SessionId>,
    /// Events of a stream.
    pub events: u64,
    /// Notifications among them.
    pub notifications: u64,
    /// Those of the notifications that report progress.
    pub progress: u64,
    /// Requests of the server's among them.
    pub server_requests: u64,
    /// Results and errors that came with another id than the request's. They pass.
    pub strange_answers: u64,
    /// Items left out of lists since they are not for the caller.
    pub items_denied: u64,
    /// Items left out of lists since they could not be judged, hid something, or have a schema that
    /// cannot be used.
    pub items_refused: u64,
    /// Items of lists of which a text was changed.
    pub items_cleaned: u64,
    /// Events had ids: the client can take up the stream again.
    pub resumable: bool,
}

impl McpReport {
    pub(super) const fn answer(&mut self, error: Option<i64>, tool_error: bool) {
        self.answered = true;
        self.rpc_error_code = error;
        self.tool_error = tool_error;
    }

    /// What an answer that came, came as: `None` when it reports no failure.
    ///
    /// The JSON-RPC code, else `tool_error`, else an HTTP status from 400 on.
    #[must_use]
    pub fn error_type(&self) -> Option<String> {
        if let Some(code) = self.rpc_error_code {
            return Some(code.to_string());
        }
        if self.tool_error {
            return Some("tool_error".to_owned());
        }
        let status = self.status?;
        (status.is_client_error() || status.is_server_error()).then(|| status.as_str().to_owned())
    }

    /// Whether the answer that came reports a failure.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.rpc_error_code.is_some()
            || self.tool_error
            || self
                .status
                .is_some_and(|status| status.is_client_error() || status.is_server_error())
    }
}
