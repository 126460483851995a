//! The messages, as protobuf has them.
#![expect(
    clippy::exhaustive_structs,
    clippy::exhaustive_enums,
    reason = "their shape is the protocol's; the peer's version decides it"
)]

mod shared;
pub mod v0_3;
pub mod v1_0;
