use super::Shape;
use crate::wire::{A2aBinding, A2aVersion};

/// In which binding and version somebody speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Speech {
    /// How messages are put into HTTP.
    pub binding: A2aBinding,
    /// The version that messages are written in.
    pub version: A2aVersion,
}

impl Speech {
    /// A binding and a version.
    #[must_use]
    pub const fn new(binding: A2aBinding, version: A2aVersion) -> Self {
        Self { binding, version }
    }

    /// The JSON of its messages; those of gRPC have a JSON form too.
    pub(crate) const fn shape(self) -> Shape {
        match (self.binding, self.version) {
            (A2aBinding::JsonRpc, A2aVersion::V0_3) => Shape::V0_3JsonRpc,
            (_, A2aVersion::V0_3) => Shape::V0_3Proto,
            _ => Shape::V1_0,
        }
    }
}
