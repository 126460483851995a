use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde::{Deserialize, Deserializer, de::IgnoredAny};

use super::{
    Algorithm,
    claims::Claims,
    rejections::{algorithm, critical, malformed},
};
use crate::auth::Rejection;

/// The longest token that is read, in bytes.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// A token in its parts, of which none is believed yet (RFC 7515, 7.1).
pub(super) struct Token<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) claims: Claims,
    /// What the signature is over.
    pub(super) signed: &'a [u8],
    pub(super) signature: Vec<u8>,
}

/// Of the header what decides something. Keys, and places of keys, that a token brings along are
/// not looked at: nobody vouches for them.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    #[serde(default, deserialize_with = "is_there")]
    crit: bool,
}

impl<'a> Token<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, Rejection> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(malformed());
        }
        let (signed, signature) = text.rsplit_once('.').ok_or_else(malformed)?;
        let (header, claims) = signed.split_once('.').ok_or_else(malformed)?;
        let header: Header = part(header)?;
        // Extensions that must be understood are not (RFC 7515, 4.1.11).
        if header.crit {
            return Err(critical());
        }
        Ok(Self {
            algorithm: Algorithm::from_name(&header.alg).ok_or_else(algorithm)?,
            key_id: header.kid,
            kind: header.typ,
            claims: part(claims)?,
            signed: signed.as_bytes(),
            signature: BASE64.decode(signature).map_err(|_| malformed())?,
        })
    }
}

/// A part in base64url, without padding, in the one spelling of its bytes.
fn part<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, Rejection> {
    let bytes = BASE64.decode(text).map_err(|_| malformed())?;
    serde_json::from_slice(&bytes).map_err(|_| malformed())
}

fn is_there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}
