use std::{
    fmt,
    time::{Duration, SystemTime},
};

use agentgateway_core::{
    auth::jwt::{Algorithm, InvalidKeys, KeySet},
    json,
};

use super::Refusal;

/// How many keys are tried for one signature.
const MAX_TRIES: usize = 8;

/// The keys that cards may be signed with.
///
/// A key may say from when (`nbf`) until when (`exp`) it is one, in seconds since 1970. Secrets are left
/// out, and so are keys of kinds that are not known.
///
/// ```
/// use agentgateway_a2a::wire::card::CardKeys;
///
/// // RFC 8037, A.2
/// let keys = CardKeys::new().jwks(br#"{"keys": [
///     {"kty": "OKP", "crv": "Ed25519", "kid": "planner-1",
///      "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
/// ]}"#)?;
/// assert_eq!(keys.len(), 1);
/// # Ok::<_, agentgateway_a2a::wire::card::InvalidCardKeys>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct CardKeys {
    keys: Vec<CardKey>,
}

#[derive(Clone, Debug)]
struct CardKey {
    id: Option<Box<str>>,
    /// The one `jku` that it is for; `None` is for all.
    place: Option<Box<str>>,
    not_before: Option<SystemTime>,
    expires: Option<SystemTime>,
    /// The key alone.
    set: KeySet,
}

/// What a signature says of its key, and what is signed.
pub(super) struct Claim<'a> {
    pub(super) id: &'a str,
    pub(super) place: Option<&'a str>,
    pub(super) algorithm: Algorithm,
    pub(super) signature: &'a [u8],
    /// What it may be over: one text for each form.
    pub(super) signed: &'a [Vec<u8>],
}

impl CardKeys {
    /// No key: nothing is trusted.
    #[must_use]
    pub const fn new() -> Self {
        Self { keys: Vec::new() }
    }

    /// Adds the keys of a JWK set, for signatures whatever `jku` they name.
    ///
    /// # Errors
    /// [`InvalidCardKeys`] when the text is no JWK set, or none of its keys can be used.
    pub fn jwks(self, text: &[u8]) -> Result<Self, InvalidCardKeys> {
        self.add(text, None)
    }

    /// Adds the keys of a JWK set for signatures that name this `jku`, and no others: the text is what the
    /// operator found there. The URLs are compared byte by byte.
    ///
    /// # Errors
    /// As [`jwks`](Self::jwks).
    pub fn jwks_at(self, jku: &str, text: &[u8]) -> Result<Self, InvalidCardKeys> {
        self.add(text, Some(jku))
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    fn add(mut self, text: &[u8], place: Option<&str>) -> Result<Self, InvalidCardKeys> {
        // Read as a whole, for the rules of a set and its errors; then one by one, for their times.
        KeySet::published(text).map_err(InvalidCardKeys)?;
        let none = || InvalidCardKeys(InvalidKeys::NotJwks);
        let [keys] = json::members(text, ["keys"]).map_err(|_| none())?;
        json::elements(keys.ok_or_else(none)?, |key| {
            self.keys.extend(read(key, place));
        })
        .map_err(|_| none())?;
        match self.keys.is_empty() {
            true => Err(InvalidCardKeys(InvalidKeys::Empty)),
            false => Ok(self),
        }
    }

    /// Judges one signature.
    pub(super) fn judge(&self, claim: &Claim<'_>, now: SystemTime) -> Result<(), Refusal> {
        let listed = claim.place.filter(|place| {
            self.keys
                .iter()
                .any(|key| key.place.as_deref() == Some(place))
        });
        let here = self
            .keys
            .iter()
            .filter(|key| key.place.as_deref() == listed);
        let named = here
            .clone()
            .any(|key| key.id.as_deref() == Some(claim.id))
            .then_some(claim.id);
        let unknown = match (claim.place, listed) {
            (Some(_), None) => Refusal::Place,
            _ => Refusal::UnknownKey,
        };
        let mut worst = unknown;
        for key in here
            .filter(|key| key.id.as_deref() == named)
            .take(MAX_TRIES)
        {
            let mut signed = claim.signed.iter();
            let own = signed.any(|signed| {
                key.set
                    .verifies(None, claim.algorithm, signed, claim.signature)
            });
            match (own, key.is_current(now)) {
                (true, true) => return Ok(()),
                (true, false) => worst = Refusal::Expired,
                // Of a key without a name it is not known whose signature this should be.
                (false, _) if named.is_some() && worst == unknown => worst = Refusal::Signature,
                (false, _) => {}
            }
        }
        Err(worst)
    }
}

impl CardKey {
    fn is_current(&self, now: SystemTime) -> bool {
        self.not_before.is_none_or(|time| time <= now) && self.expires.is_none_or(|time| now < time)
    }
}

/// The key; `None` where it is none that is used here.
fn read(key: json::Raw<'_>, place: Option<&str>) -> Option<CardKey> {
    let [id, not_before, expires] = json::members_of(key, ["kid", "nbf", "exp"]).ok()?;
    // A time that cannot be read must not make a key one for ever.
    let time = |value: Option<json::Raw<'_>>| match value {
        None => Some(None),
        Some(value) => {
            let seconds = Duration::from_secs(json::unsigned(value)?);
            SystemTime::UNIX_EPOCH.checked_add(seconds).map(Some)
        }
    };
    let alone = format!(r#"{{"keys":[{}]}}"#, key.get());
    Some(CardKey {
        id: match id {
            None => None,
            Some(id) => Some(json::string(id)?.into()),
        },
        place: place.map(Box::from),
        not_before: time(not_before)?,
        expires: time(expires)?,
        set: KeySet::published(alone.as_bytes()).ok()?,
    })
}

/// Keys cannot be used. Repeats nothing of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCardKeys(InvalidKeys);

impl fmt::Display for InvalidCardKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the keys of agent cards: {}", self.0)
    }
}

impl std::error::Error for InvalidCardKeys {}
