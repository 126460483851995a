use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    sync::Arc,
    time::SystemTime,
};

use arc_swap::ArcSwap;
use http::request;

use super::{
    super::{Authenticate, Challenge, Location, Rejection, Verdict, clock::Clock, digest::Digest},
    ApiKey, InvalidApiKey,
    key::Fault,
};
use crate::context::{AuthMethod, Credential, Principal};

/// How many keys are kept.
const MAX_KEYS: usize = 100_000;

/// The longest key that is looked for, in bytes.
const MAX_KEY_BYTES: usize = 4 * 1024;

/// Callers known by a key of theirs.
///
/// A key is looked for by its SHA-256, at a cost that does not grow with the number of keys: at most
/// 100,000. One that is longer than 4 KiB is nobody's. Clones share the keys; [`update`](Self::update)
/// replaces them in all of them.
#[derive(Clone)]
pub struct ApiKeys {
    keys: Arc<ArcSwap<Keys>>,
    location: Location,
    realm: Option<Box<str>>,
    clock: Clock,
}

type Keys = HashMap<Digest, ApiKey>;

impl ApiKeys {
    /// These keys, behind `Authorization: Bearer`.
    ///
    /// # Errors
    /// [`InvalidApiKey`] when two callers have the same key, or when there are too many.
    pub fn new(keys: impl IntoIterator<Item = ApiKey>) -> Result<Self, InvalidApiKey> {
        Ok(Self {
            keys: Arc::new(ArcSwap::from_pointee(collected(keys)?)),
            location: Location::bearer(),
            realm: None,
            clock: Clock::default(),
        })
    }

    /// Replaces all keys, here and in every clone, from the next request on.
    ///
    /// # Errors
    /// [`InvalidApiKey`] as for [`new`](Self::new); those before are then kept.
    pub fn update(&self, keys: impl IntoIterator<Item = ApiKey>) -> Result<(), InvalidApiKey> {
        self.keys.store(Arc::new(collected(keys)?));
        Ok(())
    }

    /// Where the key stands. Default: [`Location::bearer`].
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = location;
        self
    }

    /// The realm that a refused client is told. Default: `Restricted`.
    #[must_use]
    pub fn realm(mut self, realm: impl Into<Box<str>>) -> Self {
        self.realm = Some(realm.into());
        self
    }

    /// Where the time of day comes from, for keys that expire. Default: the system.
    #[must_use]
    pub fn with_clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(now);
        self
    }

    fn judge(&self, key: &str) -> Result<Principal, Rejection> {
        let unknown = || Rejection::new("the key is not valid", "unknown");
        if key.len() > MAX_KEY_BYTES {
            return Err(unknown());
        }
        let keys = self.keys.load();
        let found = keys.get(&Digest::of(key.as_bytes()));
        let found = found.ok_or_else(unknown)?;
        match found.expires {
            Some(end) if end <= self.clock.now() => {
                Err(Rejection::new("the key is expired", "expired"))
            }
            _ => Ok(found.principal.clone()),
        }
    }
}

impl Authenticate for ApiKeys {
    fn name(&self) -> &str {
        "api_key"
    }

    fn authenticate(&self, head: &request::Parts) -> Verdict {
        match self.location.find(head) {
            Ok(None) => Verdict::Absent,
            Ok(Some(key)) => self.judge(&key).into(),
            Err(rejection) => Verdict::Invalid(rejection),
        }
    }

    fn take(&self, head: &mut request::Parts) -> Option<Credential> {
        let key = self.location.take(head)?;
        Some(Credential::new(AuthMethod::ApiKey, key))
    }

    fn challenge(&self) -> Option<Challenge> {
        // Outside of `Authorization` there is no scheme of the field's.
        let scheme = self.location.scheme().filter(|scheme| !scheme.is_empty());
        let challenge = Challenge::new(scheme.unwrap_or("ApiKey"));
        Some(match &self.realm {
            Some(realm) => challenge.realm(realm.clone()),
            None => challenge,
        })
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys")
            .field("keys", &self.keys.load().len())
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}

fn collected(keys: impl IntoIterator<Item = ApiKey>) -> Result<Keys, InvalidApiKey> {
    let mut collected = Keys::new();
    for key in keys {
        if collected.len() == MAX_KEYS {
            return Err(InvalidApiKey::new(key.name(), Fault::TooMany(MAX_KEYS)));
        }
        match collected.entry(key.digest) {
            Entry::Vacant(place) => {
                place.insert(key);
            }
            Entry::Occupied(held) => {
                let other = held.get().name().into();
                return Err(InvalidApiKey::new(key.name(), Fault::Shared(other)));
            }
        }
    }
    Ok(collected)
}
