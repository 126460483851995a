//! Signatures of agent cards: JWS over the card's [canonical](super::canonical) bytes.
//!
//! # Behaviour
//! [`verify`] judges each signature of a card by [`CardKeys`], which the operator has given: no key is
//! fetched, and none that a signature brings along is looked at.
//!
//! | a signature | is |
//! |---|---|
//! | by `none`, by HMAC, by an algorithm that is not known | [refused](Refusal::Algorithm) |
//! | without `kid` | [refused](Refusal::Malformed) |
//! | whose `kid` is that of no key | [not judged](Refusal::UnknownKey) |
//! | with a `jku` that keys were given [for](CardKeys::jwks_at) | judged by these keys alone |
//! | with another `jku` | judged by the keys that were given [for all](CardKeys::jwks), if one has its `kid`; else [refused](Refusal::Place) |
//! | by a key before its `nbf` or after its `exp` | [refused](Refusal::Expired) |
//! | with extensions that must be understood (`crit`) | [refused](Refusal::Critical) |
//!
//! A card is [trusted](Verdict::is_trusted) when one of its signatures is valid and none is bad. One by a
//! key that is not known is neither: cards carry two while their key is changed.
//!
//! A signature is valid when it is over either [form](super::Form) of the card; over that of the SDKs only
//! where the card has `supportedInterfaces`, since this form leaves out what v0.3 alone knows.
//!
//! [`sign`] takes the card's signatures out and puts one of its own there, over the form of the SDKs, which
//! is the one that their verifiers know.
//!
//! # Source
//! A2A v1.0, section 8.4 (agent card signing); RFC 7515 (JWS); RFC 7517 (JWK); RFC 7638 (thumbprints);
//! OpenID Federation 1.0, 4 (`nbf` and `exp` of keys); a2a-sdk 1.3.0, `a2a.utils.signing`.

mod key_set;
mod pair;
mod sign;
mod signing_key;
#[cfg(test)]
mod tests;
mod verify;

pub(crate) use self::sign::{signature, with_signature};
pub use self::{
    key_set::{CardKeys, InvalidCardKeys},
    sign::{jwks, sign},
    signing_key::{InvalidSigningKey, SigningKey},
    verify::{Judged, Refusal, Verdict, verify},
};
