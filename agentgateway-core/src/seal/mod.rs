//! State that a client carries: sealed, so that it can be neither read nor changed nor taken elsewhere.
//!
//! # Behaviour
//! A [`Sealer`] makes text of bytes that a peer keeps and brings back: sessions, cursors, the state of a
//! conversation. Any replica with the same key opens it, so nothing is kept here. What is sealed is bound
//! to a purpose and to whom it was given ([`Seal`]): a cursor is no session, and a session that another
//! caller brings does not open.
//!
//! The text is of the alphabet of base64 for URLs, without padding: fit for headers, URLs and JSON. It is
//! 57 bytes longer than what it holds, and a third again.
//!
//! # Errors
//! What does not open tells no one why: changed, of another key or caller, or expired.
//!
//! # Source
//! RFC 8439 (ChaCha20-Poly1305). Each text has a key of its own, by HMAC-SHA-256 of 24 random bytes, so
//! that no count of texts wears a key out.
//!
//! # Example
//! ```
//! use std::time::{Duration, SystemTime};
//!
//! use agentgateway_core::seal::{Seal, Sealer};
//!
//! let sealer = Sealer::new(&[7; 32]);
//! let alice = Seal::new("cursor").bound_to("alice");
//! let now = SystemTime::now();
//! let text = sealer.seal(alice, b"page 2", now + Duration::from_secs(60));
//! assert_eq!(sealer.open(alice, &text, now).as_deref(), Some(&b"page 2"[..]));
//! assert!(sealer.open(Seal::new("cursor").bound_to("bob"), &text, now).is_none());
//! ```

mod sealer;
#[cfg(test)]
mod tests;

pub use self::sealer::{Seal, Sealer, unguessable};
