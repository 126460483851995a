/// How calls and answers are put into HTTP.
///
/// # Source
/// A2A v1.0, sections 9 (JSON-RPC) and 11 (HTTP+JSON). The gRPC binding passes unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum A2aBinding {
    /// JSON-RPC 2.0 in the body of a POST.
    JsonRpc,
    /// Methods and paths of HTTP with JSON bodies; the GET of an agent card is one of them.
    HttpJson,
}

impl A2aBinding {
    /// The name that agent cards use: `JSONRPC`, `HTTP+JSON`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JsonRpc => "JSONRPC",
            Self::HttpJson => "HTTP+JSON",
        }
    }
}
