//! What becomes of the signatures of agents' cards.

use agentgateway_a2a::{
    PublicUrl,
    wire::card::{CardKeys as Keys, SigningKey},
};

use super::agents::Place;
use crate::config::compile::Fault;
use crate::config::compile::policies::value;
use crate::config::compile::secrets::config_value;
use crate::config::resource::{
    CardKeys, Cards as Spec, Reference, SecretKey, SignedCards, VerifyCards,
};
use crate::config::snapshot::{CardCheck, CardSignatures, CardTerms};

/// What is asked for; `None` where it cannot be had.
pub(super) fn cards(place: &Place<'_>, spec: &Spec, faults: &mut Vec<Fault>) -> Option<CardTerms> {
    let mut kept = |fault: Fault| faults.push(fault);
    let public = spec.public_url.as_deref();
    if let Some(Err(error)) = public.map(str::parse::<PublicUrl>) {
        kept(fault(place, "publicUrl", error.to_string()));
    }
    let signed = signed(place, spec).map_err(&mut kept).ok();
    let verify = verify(place, spec).map_err(&mut kept).ok();
    Some(CardTerms {
        public_url: spec.public_url.clone(),
        verify: verify?,
        signed: signed?,
    })
}

fn verify(place: &Place<'_>, spec: &Spec) -> Result<CardCheck, Fault> {
    if spec.verify_upstream == VerifyCards::Off {
        return Ok(CardCheck::Off);
    }
    if spec.keys.is_empty() {
        let message = "keys are needed to check signatures: give the JWK set that the agent's operator publishes";
        return Err(fault(place, "keys", message));
    }
    let keys = spec.keys.iter().enumerate();
    let keys = keys.map(|(index, spec)| keys_of(place, spec, &format!("keys[{index}]")));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    Ok(match spec.verify_upstream {
        VerifyCards::Require => CardCheck::Require(keys),
        VerifyCards::Off | VerifyCards::Warn => CardCheck::Warn(keys),
    })
}

/// A JWK set, and the one URL that it is for.
fn keys_of(
    place: &Place<'_>,
    spec: &CardKeys,
    field: &str,
) -> Result<(Option<String>, String), Fault> {
    let text = match (&spec.inline, &spec.config_map_ref) {
        (Some(text), _) => text.clone(),
        (None, Some(key)) => {
            let wanted = local(place, "ConfigMap", key);
            let found = config_value(place.context.store, &wanted, &key.key);
            let missing = |message| fault(place, &format!("{field}.configMapRef"), message);
            found.map_err(missing)?.expose().to_owned()
        }
        (None, None) => String::new(),
    };
    let read = Keys::new().jwks(text.as_bytes());
    read.map_err(|error| fault(place, field, error.to_string()))?;
    Ok((spec.jku.clone(), text))
}

fn signed(place: &Place<'_>, spec: &Spec) -> Result<CardSignatures, Fault> {
    const FIELD: &str = "signingKeyRef";
    match (spec.signed, &spec.signing_key_ref) {
        (SignedCards::Resign, None) => {
            let message = "a key is needed to sign with: name the Secret that holds it";
            Err(fault(place, FIELD, message))
        }
        (SignedCards::Resign, Some(key)) => {
            let wanted = local(place, "Secret", key);
            let path = format!("{}.cards.{FIELD}", place.path);
            let secret = value(place.context, &wanted, &key.key, &path)?;
            let text = secret.expose().as_bytes();
            let read = SigningKey::from_pem(text);
            if let Err(error) = read.or_else(|error| SigningKey::from_jwk(text).map_err(|_| error))
            {
                let message = format!("key {} of {wanted}: {error}", key.key);
                return Err(Fault::new(path, "Invalid", message));
            }
            Ok(CardSignatures::Resign {
                key: secret,
                id: spec.key_id.clone(),
                jku: spec.jku.clone(),
            })
        }
        (_, Some(_)) => {
            let message =
                "a key is given and nothing is signed with it: say signed: Resign, or remove it";
            Err(fault(place, FIELD, message))
        }
        (SignedCards::Strip, None) => Ok(CardSignatures::Strip),
        (SignedCards::Preserve, None) => Ok(CardSignatures::Preserve),
    }
}

fn local(place: &Place<'_>, kind: &str, key: &SecretKey) -> Reference {
    Reference::new("", kind, &place.object.reference.namespace, &key.name)
}

fn fault(place: &Place<'_>, field: &str, message: impl Into<String>) -> Fault {
    Fault::new(format!("{}.cards.{field}", place.path), "Invalid", message)
}
