//! One call's JSON in the words of another version of A2A.
//!
//! Three shapes occur ([`Shape`]). The shape of v1.0 is the canonical one: whatever comes in is turned into
//! it, and whatever goes out is turned from it. Everything here is a function from text to text; streams are
//! small state machines.
//!
//! # Behaviour
//!
//! * What has the same meaning under another name is renamed where it stands. Members that nobody here knows
//!   and all plain values are copied as they are written: `1.0` stays `1.0`, an integer of forty digits
//!   stays one. White space between members is not kept.
//! * A member that is not known, under a name that means something in the other version, is left out: a
//!   client must not be able to say `final` or `kind` in words that only the other side reads.
//! * A known member that is `null` counts as missing, as in the JSON form of protobuf; the `data` of a v1.0
//!   part is the exception, whose value `null` is one.
//! * Where messages are the JSON form of protobuf (all but v0.3 over JSON-RPC), names in `snake_case`, enums
//!   as numbers, integers as strings, and both alphabets of base64 are read too.
//! * The stack is as deep as the types of the protocol, which hold no type in itself. The text is checked
//!   as a whole first: encoding, grammar, and nesting of at most
//!   [`MAX_DEPTH`](agentgateway_core::json::MAX_DEPTH) levels.
//! * What cannot be carried is told in a [`LossReport`](super::LossReport).
//!
//! # Errors
//!
//! [`ShapeError`] says which member is wrong and what would be right.
//!
//! # Example
//!
//! ```
//! use agentgateway_a2a::{A2aOperation, bridge::{LossReport, shape::{Shape, params_to_v1}}};
//!
//! let params = br#"{"message":{"kind":"message","role":"user","messageId":"m1",
//!     "parts":[{"kind":"text","text":"hi"}]},"configuration":{"blocking":false}}"#;
//! let mut loss = LossReport::new();
//! let v1 = params_to_v1(&A2aOperation::SendMessage, Shape::V0_3JsonRpc, params, &mut loss)?;
//! assert_eq!(v1, concat!(
//!     r#"{"message":{"role":"ROLE_USER","messageId":"m1","parts":[{"text":"hi"}]},"#,
//!     r#""configuration":{"returnImmediately":true}}"#,
//! ));
//! assert!(loss.is_empty());
//! # Ok::<_, agentgateway_a2a::bridge::shape::ShapeError>(())
//! ```
//!
//! # Source
//! A2A v1.0, section 4 (data model) and its protobuf `lf.a2a.v1`; A2A v0.3, section 6 (data objects), its
//! JSON schema and its protobuf `a2a.v1`. For what neither says, such as data that is no object, the
//! bridge does as the official Python SDK (1.3, `a2a.compat.v0_3`) does.

mod code;
mod convert;
mod error;
mod events;
mod form;
mod history;
mod leaf;
mod messages;
mod notification;
mod params;
mod part;
mod payload;
mod push;
mod resource;
mod result;
mod table;
#[cfg(test)]
mod tests;
mod write;

pub use self::{
    code::code_for_v0_3,
    error::{ShapeError, ShapeErrorKind},
    events::{EventsFromV1, EventsToV1},
    form::Shape,
    history::{wants_no_history, without_history},
    notification::{push_payload_from_v1, push_payload_to_v1},
    params::{params_from_v1, params_to_v1},
    result::{result_from_v1, result_to_v1},
};
