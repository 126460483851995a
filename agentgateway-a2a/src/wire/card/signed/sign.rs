use agentgateway_core::json;
use bytes::Bytes;

use super::SigningKey;
use crate::wire::card::{BadCard, canonical};

/// The card with one signature, by this key, in the place of those that it has.
///
/// It is over the [canonical](canonical()) bytes in the form of the SDKs, which is the one that their verifiers
/// know. All other bytes of the card stay as they are.
///
/// # Errors
/// [`BadCard`] when the card has no canonical form, or no `supportedInterfaces`: a signature says nothing of
/// what v0.3 alone knows. Also when the system gives no random numbers.
pub fn sign(card: &Bytes, key: &SigningKey) -> Result<Bytes, BadCard> {
    with_signature(card, &signature(card, key)?)
}

/// A signature of this card, as JSON.
pub(crate) fn signature(card: &[u8], key: &SigningKey) -> Result<String, BadCard> {
    let [interfaces] = json::members(card, ["supportedInterfaces"])?;
    if interfaces.is_none() {
        let why = "only a card with supportedInterfaces can be signed";
        return Err(BadCard::rule(why));
    }
    let payload = canonical(card)?;
    key.signature(&payload)
        .ok_or(BadCard::rule("the system gives no random numbers"))
}

pub(crate) fn with_signature(card: &Bytes, signature: &str) -> Result<Bytes, BadCard> {
    let list = Some(format!("[{signature}]").into());
    Ok(json::with_members(card, &[("signatures", list)])?)
}

/// The public keys, as the document that `jku` leads to: a JWK set (RFC 7517, 5).
#[must_use]
pub fn jwks(keys: &[SigningKey]) -> Bytes {
    let keys: Vec<_> = keys.iter().map(SigningKey::public).collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(",")).into()
}
