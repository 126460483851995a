/// Which JSON a message is written in.
///
/// The v1.0 shape is the same in every binding. v0.3 has two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shape {
    /// v1.0: the JSON form of its protobuf, over JSON-RPC and HTTP+JSON, and of gRPC messages.
    V1_0,
    /// v0.3 over JSON-RPC: objects with a `kind`, states in kebab case.
    V0_3JsonRpc,
    /// v0.3 over HTTP+JSON: the JSON form of its protobuf, and of gRPC messages.
    V0_3Proto,
}

impl Shape {
    /// Whether this is the JSON form of a protobuf, which may be spelled in more than one way.
    pub(super) const fn is_proto(self) -> bool {
        matches!(self, Self::V1_0 | Self::V0_3Proto)
    }
}
