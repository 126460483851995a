//! Signatures of agent cards: JWS over the card's [canonical](super::canonical) bytes.

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
