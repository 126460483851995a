use std::{fmt, time::SystemTime};

use agentgateway_core::{
    auth::jwt::Algorithm,
    json::{self, Raw},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};

use super::key_set::{CardKeys, Claim};
use crate::wire::card::{BadCard, Form, canonical_in};

/// How many signatures of a card are judged. One with more is no card.
const MAX_SIGNATURES: usize = 16;
/// The longest protected header that is read, in characters.
const MAX_HEADER_BYTES: usize = 16 * 1024;

/// What was found of the signatures of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// Each signature, in the card's order. Empty for a card that is not signed.
    pub signatures: Vec<Judged>,
}

/// One signature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Judged {
    /// The name of its key, as far as it could be read.
    pub key_id: Option<Box<str>>,
    /// Whether it is valid.
    pub outcome: Result<(), Refusal>,
}

/// Why a signature is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// It cannot be read, or names no key.
    Malformed,
    /// Its algorithm is `none`, one with a shared secret, or not known.
    Algorithm,
    /// It has extensions that must be understood.
    Critical,
    /// Its key is not known: it is not judged.
    UnknownKey,
    /// It names a place of keys that is not among those that were given.
    Place,
    /// It is made with a key that is no longer one, or not yet.
    Expired,
    /// It is not the signature of this card by this key.
    Signature,
}

impl Verdict {
    /// Whether there is a signature at all.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        !self.signatures.is_empty()
    }

    /// Whether one signature is valid, and none is bad. One by a key that is not known is neither.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.signatures.iter().any(|judged| judged.outcome.is_ok()) && self.bad().is_none()
    }

    /// Why the card is not [trusted](Self::is_trusted); `None` where it is.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        if self.is_trusted() {
            return None;
        }
        let refused = |judged: &Judged| judged.outcome.err();
        let first = || self.signatures.iter().find_map(refused);
        let refusal = self.bad().or_else(first);
        Some(refusal.map_or("it is not signed", Refusal::as_str))
    }

    fn bad(&self) -> Option<Refusal> {
        let refused = self
            .signatures
            .iter()
            .filter_map(|judged| judged.outcome.err());
        refused.into_iter().find(|why| *why != Refusal::UnknownKey)
    }
}

impl Refusal {
    /// The words for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "a signature is malformed",
            Self::Algorithm => "a signature is by an algorithm that is not allowed",
            Self::Critical => "a signature has an extension that is not understood",
            Self::UnknownKey => "no signature is by a key that is known",
            Self::Place => "a signature names a place of keys that is not allowed",
            Self::Expired => "a signature is by a key that is not valid now",
            Self::Signature => "a signature is not of this card",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::error::Error for Refusal {}

/// Judges the signatures of a card at this time.
///
/// The keys are those that the operator has given: no key is
/// fetched, and none that a signature brings along is looked at.
///
/// | a signature | is |
/// |---|---|
/// | by `none`, by HMAC, by an algorithm that is not known | [refused](Refusal::Algorithm) |
/// | without `kid` | [refused](Refusal::Malformed) |
/// | whose `kid` is that of no key | [not judged](Refusal::UnknownKey) |
/// | with a `jku` that keys were given [for](CardKeys::jwks_at) | judged by these keys alone |
/// | with another `jku` | judged by the keys that were given [for all](CardKeys::jwks), if one has its `kid`; else [refused](Refusal::Place) |
/// | by a key before its `nbf` or after its `exp` | [refused](Refusal::Expired) |
/// | with extensions that must be understood (`crit`) | [refused](Refusal::Critical) |
///
/// A card is [trusted](Verdict::is_trusted) when one of its signatures is valid and none is bad. One by a
/// key that is not known is neither: cards carry two while their key is changed.
///
/// A signature is valid when it is over either [form](Form) of the card; over that of the SDKs only
/// where the card has `supportedInterfaces`, since this form leaves out what v0.3 alone knows.
///
/// # Errors
/// [`BadCard`] when the card has no canonical form, so that nothing could be signed; when `signatures` is no
/// list, or one of more than sixteen.
///
/// # Source
/// A2A v1.0, section 8.4 (agent card signing); RFC 7515 (JWS); RFC 7517 (JWK); RFC 7638 (thumbprints);
/// OpenID Federation 1.0, 4 (`nbf` and `exp` of keys); a2a-sdk 1.3.0, `a2a.utils.signing`.
pub fn verify(card: &[u8], keys: &CardKeys, now: SystemTime) -> Result<Verdict, BadCard> {
    let [list, interfaces, snake] = json::members(
        card,
        ["signatures", "supportedInterfaces", "supported_interfaces"],
    )?;
    let Some(list) = list.filter(|list| !json::is_null(*list)) else {
        let signatures = Vec::new();
        return Ok(Verdict { signatures });
    };
    let mut forms = vec![BASE64.encode(canonical_in(card, Form::Specification)?)];
    if interfaces.or(snake).is_some() {
        let sdk = BASE64.encode(canonical_in(card, Form::Sdk)?);
        forms.extend(Some(sdk).filter(|sdk| !forms.contains(sdk)));
    }
    let mut signatures = Vec::new();
    let mut count = 0_usize;
    json::elements(list, |signature| {
        count += 1;
        if count <= MAX_SIGNATURES {
            signatures.push(judge(signature, &forms, keys, now));
        }
    })?;
    if count > MAX_SIGNATURES {
        return Err(BadCard::too_many("signatures", MAX_SIGNATURES));
    }
    Ok(Verdict { signatures })
}

fn judge(signature: Raw<'_>, forms: &[String], keys: &CardKeys, now: SystemTime) -> Judged {
    let Some(read) = Signature::read(signature) else {
        return Judged {
            key_id: None,
            outcome: Err(Refusal::Malformed),
        };
    };
    let outcome = read.judge(forms, keys, now);
    Judged {
        key_id: Some(read.id.into()),
        outcome,
    }
}

/// A signature in its parts, of which none is believed yet.
struct Signature {
    protected: String,
    signature: Vec<u8>,
    algorithm: String,
    id: String,
    place: Option<String>,
    critical: bool,
}

impl Signature {
    fn read(raw: Raw<'_>) -> Option<Self> {
        let [protected, signature] = json::members_of(raw, ["protected", "signature"]).ok()?;
        let protected = json::string(protected?)?;
        let signature = BASE64.decode(&*json::string(signature?)?).ok()?;
        if protected.len() > MAX_HEADER_BYTES {
            return None;
        }
        let header = BASE64.decode(&*protected).ok()?;
        let [algorithm, id, place, critical] =
            json::members(&header, ["alg", "kid", "jku", "crit"]).ok()?;
        let place = place.filter(|place| !json::is_null(*place));
        Some(Self {
            algorithm: json::string(algorithm?)?.into_owned(),
            id: json::string(id?)?.into_owned(),
            place: match place {
                None => None,
                Some(place) => Some(json::string(place)?.into_owned()),
            },
            critical: critical.is_some(),
            protected: protected.into_owned(),
            signature,
        })
    }

    fn judge(&self, forms: &[String], keys: &CardKeys, now: SystemTime) -> Result<(), Refusal> {
        let algorithm = Algorithm::from_name(&self.algorithm)
            .filter(|algorithm| Algorithm::PUBLIC_KEY.contains(algorithm))
            .ok_or(Refusal::Algorithm)?;
        if self.critical {
            return Err(Refusal::Critical);
        }
        let signed = |form: &String| format!("{}.{form}", self.protected).into_bytes();
        let signed: Vec<_> = forms.iter().map(signed).collect();
        let claim = Claim {
            id: &self.id,
            place: self.place.as_deref(),
            algorithm,
            signature: &self.signature,
            signed: &signed,
        };
        keys.judge(&claim, now)
    }
}
