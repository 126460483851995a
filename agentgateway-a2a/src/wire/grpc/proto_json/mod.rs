//! Protobuf messages as JSON, and back: one table for each message, one rule for each type.
//!
//! # Source
//! Protocol Buffers, ProtoJSON Format.

mod enumeration;
mod field;
mod losses;
mod macros;
mod members;
mod number;
mod scalar;
mod timestamp;
mod value;
mod writer;

pub(super) use self::{
    enumeration::{EnumNames, accept_enum, write_enum},
    field::{Field, ProtoJson, element},
    losses::Losses,
    macros::{accept_field, enum_names, hidden_debug, proto_json, write_field},
    members::{each_member, is_named, once},
    writer::Writer,
};
