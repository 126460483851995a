//! The one spelling of a card that its signatures are made over.
//!
//! # Behaviour
//! [`canonical`] writes the card without `signatures` by RFC 8785 (JCS): members sorted by UTF-16 units,
//! strings and numbers as ECMAScript writes them, no white space. Before that, what says nothing is taken
//! out, and there are two opinions of what that is ([`Form`]): that of the SDKs, which is what cards in the
//! field are signed with, and that of the specification. They differ only for cards with empty members that
//! are required, with empty or null values in parameters of extensions, and with members that are not
//! known.
//!
//! A card that two parsers could read differently has no canonical form: one with a name twice, also as
//! `camelCase` and `snake_case`; half a surrogate pair; a number that no double holds.
//!
//! # Source
//! A2A v1.0, sections 5.7 (field presence) and 8.4.1 (canonicalization); RFC 8785; a2a-sdk (Python) 1.3.0,
//! `a2a.utils.signing`; @a2a-js/sdk 1.3.0, `canonicalizeAgentCard`.

mod number;
mod schema;
#[cfg(test)]
mod tests;
mod write;

pub use self::write::{Form, canonical, canonical_in};
