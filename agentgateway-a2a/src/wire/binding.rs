/// How calls and answers are put into HTTP.
///
/// # Source
/// A2A v1.0, sections 9 (JSON-RPC), 10 (gRPC) and 11 (HTTP+JSON).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum A2aBinding {
    /// JSON-RPC 2.0 in the body of a POST.
    JsonRpc,
    /// Methods and paths of HTTP with JSON bodies; the GET of an agent card is one of them.
    HttpJson,
    /// Messages of protobuf over HTTP/2.
    Grpc,
}

impl A2aBinding {
    /// The binding that a card names so; names are compared with their case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::JsonRpc, Self::HttpJson, Self::Grpc]
            .into_iter()
            .find(|binding| binding.as_str() == name)
    }

    /// The name that agent cards use: `JSONRPC`, `HTTP+JSON`, `GRPC`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JsonRpc => "JSONRPC",
            Self::HttpJson => "HTTP+JSON",
            Self::Grpc => "GRPC",
        }
    }
}
