use std::fmt;

use rustls_pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};

use super::{
    Algorithm,
    jwk::JwkSet,
    key::{Key, Material},
    spki,
};

/// How many keys are tried for one token.
const MAX_TRIES: usize = 8;

/// The keys of an issuer, as they are at one time.
///
/// A token's `kid` says which of them to look at; it is never more than a name to compare. Where no
/// key has that name, those without a name are tried, up to eight. Which algorithms a key can be
/// used with is the key's to say: a public key is never taken for a secret.
#[derive(Clone)]
pub struct KeySet {
    keys: Vec<Key>,
    ignored: usize,
}

impl KeySet {
    /// The text of a JWK set (RFC 7517, 5).
    ///
    /// Keys of types, curves and uses that are not known here are left out, as the specification
    /// asks for; [`ignored`](Self::ignored) counts them. RSA has 2048 to 8192 bits; a secret (`oct`)
    /// has 256 or more.
    ///
    /// # Errors
    /// [`InvalidKeys`] when it is no such set, or none of its keys can be used.
    pub fn from_jwks(text: &[u8]) -> Result<Self, InvalidKeys> {
        Self::read(text, |_| true)
    }

    /// The same as it is published for all to read: a secret in it is none.
    ///
    /// # Errors
    /// As [`from_jwks`](Self::from_jwks).
    pub fn published(text: &[u8]) -> Result<Self, InvalidKeys> {
        Self::read(text, |key| !matches!(key.material, Material::Secret(_)))
    }

    fn read(text: &[u8], used: impl Fn(&Key) -> bool) -> Result<Self, InvalidKeys> {
        let set: JwkSet = serde_json::from_slice(text).map_err(|_| InvalidKeys::NotJwks)?;
        let written = set.keys.len();
        let read = set.keys.iter().filter_map(|key| key.read());
        let keys: Vec<_> = read.filter(used).collect();
        let ignored = written - keys.len();
        Self::of(keys, ignored)
    }

    /// Public keys in PEM (`BEGIN PUBLIC KEY`): RSA, P-256, P-384, Ed25519. They have no name.
    ///
    /// # Errors
    /// [`InvalidKeys`] when there is none, or one cannot be used.
    pub fn from_pem(pem: &[u8]) -> Result<Self, InvalidKeys> {
        let mut keys = Vec::new();
        for der in SubjectPublicKeyInfoDer::pem_slice_iter(pem) {
            let der = der.map_err(|_| InvalidKeys::NotPem)?;
            let material = spki::read(&der).ok_or(InvalidKeys::NotUsable)?;
            keys.push(Key {
                id: None,
                algorithm: None,
                material,
            });
        }
        Self::of(keys, 0)
    }

    /// A secret that the issuer shares, for HMAC. The issuer must
    /// [allow](super::Issuer::algorithms) the algorithm by name.
    ///
    /// # Errors
    /// [`InvalidKeys`] when it has less than 32 bytes (RFC 7518, 3.2).
    pub fn from_secret(secret: &[u8]) -> Result<Self, InvalidKeys> {
        let material = Material::secret(secret.to_vec()).ok_or(InvalidKeys::NotUsable)?;
        let key = Key {
            id: None,
            algorithm: None,
            material,
        };
        Self::of(vec![key], 0)
    }

    fn of(keys: Vec<Key>, ignored: usize) -> Result<Self, InvalidKeys> {
        if keys.is_empty() {
            return Err(InvalidKeys::Empty);
        }
        Ok(Self { keys, ignored })
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// False: a set without a key cannot be made.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many keys of the text were left out.
    #[must_use]
    pub const fn ignored(&self) -> usize {
        self.ignored
    }

    /// Whether one of the keys that this `kid` may mean has made the signature of these bytes: for what is
    /// signed as JWS and is no token. With a `kid` that none has, those without one are tried.
    #[must_use]
    pub fn verifies(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        signed: &[u8],
        signature: &[u8],
    ) -> bool {
        self.candidates(id, algorithm)
            .any(|key| key.verifies(algorithm, signed, signature))
    }

    /// The keys that a token may be signed with. With a `kid` that none has, those without one.
    pub(super) fn candidates<'a>(
        &'a self,
        id: Option<&'a str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &'a Key> {
        let named = id.filter(|id| self.keys.iter().any(|key| key.id.as_deref() == Some(id)));
        self.keys
            .iter()
            .filter(move |key| match (id, named) {
                (None, _) => true,
                (Some(_), named) => key.id.as_deref() == named,
            })
            .filter(move |key| key.fits(algorithm))
            .take(MAX_TRIES)
    }

    /// Whether a key has this name, or has none.
    pub(super) fn knows(&self, id: Option<&str>) -> bool {
        self.keys.iter().any(|key| match (&key.id, id) {
            (Some(own), Some(id)) => **own == *id,
            (_, None) | (None, _) => true,
        })
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet")
            .field("keys", &self.keys.len())
            .field("ignored", &self.ignored)
            .finish()
    }
}

/// Keys cannot be used. Repeats nothing of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidKeys {
    /// The text is no JWK set.
    NotJwks,
    /// The text is no PEM.
    NotPem,
    /// A key is malformed, too short, or of a kind that is not known.
    NotUsable,
    /// There is no key that can be used.
    Empty,
    /// The place is no URL that keys can be fetched from.
    NotUrl,
}

impl fmt::Display for InvalidKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotJwks => "not a JWK set: expected an object with an array \"keys\"",
            Self::NotPem => "not PEM: expected -----BEGIN PUBLIC KEY-----",
            Self::NotUsable => {
                "a key cannot be used: expected RSA of 2048 to 8192 bits, P-256, P-384, Ed25519, \
                 or a secret of 32 bytes or more"
            }
            Self::Empty => "there is no key that can be used",
            Self::NotUrl => {
                "not a URL of keys: expected http:// or https:// and a host, without a password"
            }
        })
    }
}

impl std::error::Error for InvalidKeys {}
