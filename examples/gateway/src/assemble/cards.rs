//! What becomes of agents' cards.

use agentgateway_a2a::{
    A2aLayer,
    policy::card::{Signatures, Verify},
    wire::card::{CardKeys, SigningKey},
};

use crate::config::snapshot::{AgentTerms, CardCheck, CardSignatures};

/// The layer with what is asked for of an agent.
///
/// # Errors
/// Why it cannot be had, for the operator.
pub(super) fn with_terms(mut layer: A2aLayer, terms: &AgentTerms) -> Result<A2aLayer, String> {
    if let Some(bytes) = terms.max_event_bytes {
        layer = layer.max_event_bytes(bytes);
    }
    let Some(card) = &terms.card else {
        return Ok(layer);
    };
    if let Some(url) = &card.public_url {
        let url = url.parse();
        layer = layer.public_url(url.map_err(|error| format!("its public URL: {error}"))?);
    }
    layer = layer.verify_cards(match &card.verify {
        CardCheck::Off => Verify::Off,
        CardCheck::Warn(keys) => Verify::Warn(keys_of(keys)?),
        CardCheck::Require(keys) => Verify::Require(keys_of(keys)?),
    });
    Ok(layer.signatures(match &card.signed {
        CardSignatures::Strip => Signatures::Strip,
        CardSignatures::Preserve => Signatures::Preserve,
        CardSignatures::Resign { key, id, jku } => {
            let text = key.expose().as_bytes();
            let key = SigningKey::from_pem(text).or_else(|_| SigningKey::from_jwk(text));
            let mut key = key.map_err(|error| format!("the key of its cards: {error}"))?;
            if let Some(id) = id {
                key = key.key_id(id);
            }
            if let Some(jku) = jku {
                key = key.jku(jku);
            }
            Signatures::Resign(key)
        }
    }))
}

fn keys_of(sets: &[(Option<String>, String)]) -> Result<CardKeys, String> {
    let added = |keys: CardKeys, (jku, text): &(Option<String>, String)| match jku {
        Some(jku) => keys.jwks_at(jku, text.as_bytes()),
        None => keys.jwks(text.as_bytes()),
    };
    let keys = sets.iter().try_fold(CardKeys::new(), added);
    keys.map_err(|error| format!("the keys of its cards: {error}"))
}
