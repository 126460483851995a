//! JSON at the byte level: look at some members, change some bytes, leave the rest alone.
//!
//! A message that is only forwarded belongs to its sender: the order of its keys, the spelling of
//! its numbers and the members that nobody here knows. So nothing in this room builds a tree.
//! [`members`] finds the few members that decide something, each as it is written ([`Raw`]);
//! [`Splice`] edits byte ranges and keeps the rest as slices of the original.
//!
//! # Behaviour
//!
//! * The whole text is checked once: encoding, without a byte order mark; grammar; and nesting, at
//!   most [`MAX_DEPTH`] levels deep. What was found in it is only read afterwards. The stack used is
//!   constant, and so is the memory: no allocation grows with the text.
//! * A member that the caller names and that occurs twice is refused, whatever its spelling
//!   (`"model"` and `"m\u006fdel"` are the same name): two parsers could choose differently, and
//!   then the value that was checked is not the value that is used. Names that the caller does not
//!   ask for are not compared, nor is anything inside of the values.
//! * Some parsers fold the case of names, or end them at NUL. [`sole_members`] refuses what these would take
//!   for a member that the caller names.
//! * Values are given as they are written: `-0`, `1e400`, an integer of forty digits or half a
//!   surrogate pair pass through unharmed.
//!
//! # Errors
//!
//! [`JsonError`] says what is wrong, where, and what would be right. It repeats no value of the
//! text, and becomes [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest).
//!
//! # Example
//!
//! ```
//! use agentgateway_core::json::{self, Splice};
//! use bytes::Bytes;
//!
//! let body = Bytes::from_static(br#"{"model":"fast", "seed":1e400}"#);
//! let [model, stream] = json::members(&body, ["model", "stream"])?;
//! let model = model.expect("the body names a model");
//! assert_eq!(json::string(model).as_deref(), Some("fast"));
//! assert!(stream.is_none());
//!
//! let range = json::range_in(&body, model).expect("it is a part of the body");
//! let edited = Splice::new(body.clone())
//!     .replace(range, json::quote("gpt-5"))
//!     .finish()?;
//! assert_eq!(edited.into_bytes(), br#"{"model":"gpt-5", "seed":1e400}"#[..]);
//! # Ok::<_, agentgateway_core::Error>(())
//! ```

mod alike;
mod change;
mod depth;
mod error;
mod locate;
mod members;
mod pieces;
mod raw;
mod scalar;
mod scan;
mod splice;
#[cfg(test)]
mod tests;
mod walk;

pub use self::{
    change::with_members,
    depth::{MAX_DEPTH, check_depth},
    error::{JsonError, JsonErrorKind},
    locate::{Located, range_in, slice_of},
    members::{
        elements, entries, members, members_of, named_entries, named_entries_in, sole_members,
        sole_members_and_others, sole_members_of,
    },
    pieces::Pieces,
    raw::Raw,
    scalar::{JsonType, boolean, is_null, quote, quote_into, string, type_of, unsigned},
    splice::{Splice, SpliceError},
};
