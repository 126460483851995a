use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey},
    hmac,
    rand::{SecureRandom, SystemRandom},
};

const VERSION: u8 = 1;
const SALT_BYTES: usize = 24;
const EXPIRY_BYTES: usize = 8;

/// Seals state that peers carry, and opens it again. A clone costs a reference count.
///
/// See the [module](super). `Debug` shows no key.
#[derive(Clone)]
pub struct Sealer {
    /// The first one seals; all of them open.
    keys: Arc<[hmac::Key]>,
}

/// What a text is sealed for, and to whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seal<'a> {
    purpose: &'a str,
    bound_to: &'a str,
}

// === impl Seal ===

impl<'a> Seal<'a> {
    /// For this purpose. Two purposes never open each other's texts.
    #[must_use]
    pub const fn new(purpose: &'a str) -> Self {
        Self {
            purpose,
            bound_to: "",
        }
    }

    /// To whom it is given, such as the caller's id: what another one brings does not open. Default: to
    /// whoever has it.
    #[must_use]
    pub const fn bound_to(mut self, whom: &'a str) -> Self {
        self.bound_to = whom;
        self
    }

    fn associated(self) -> Vec<u8> {
        // The length tells where one ends and the other begins.
        let length = u32::try_from(self.purpose.len()).unwrap_or(u32::MAX);
        let mut bytes = length.to_be_bytes().to_vec();
        bytes.extend_from_slice(self.purpose.as_bytes());
        bytes.extend_from_slice(self.bound_to.as_bytes());
        bytes
    }
}

// === impl Sealer ===

impl Sealer {
    /// Seals with this key, which all replicas share.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self::rotated([key])
    }

    /// Seals with the first of these keys, and opens what any of them has sealed: so a key is changed while
    /// clients carry texts of the older one.
    ///
    /// Without any key nothing is opened, and what is sealed opens nowhere.
    pub fn rotated<'k>(keys: impl IntoIterator<Item = &'k [u8; 32]>) -> Self {
        let keys = keys.into_iter();
        Self {
            keys: keys
                .map(|key| hmac::Key::new(hmac::HMAC_SHA256, key))
                .collect(),
        }
    }

    /// Seals with a key of this process alone: its texts die with it, and no other replica opens them.
    #[must_use]
    pub fn random() -> Self {
        let mut key = [0; 32];
        match SystemRandom::new().fill(&mut key) {
            Ok(()) => Self::new(&key),
            // A system without randomness: nothing that is guessable may open.
            Err(_) => Self::rotated([]),
        }
    }

    /// The text that says these bytes, until it expires (in whole seconds).
    #[must_use]
    pub fn seal(&self, seal: Seal<'_>, plain: &[u8], expires: SystemTime) -> String {
        let mut salt = [0; SALT_BYTES];
        let sealed = SystemRandom::new()
            .fill(&mut salt)
            .ok()
            .and_then(|()| self.keys.first())
            .and_then(|key| key_of(key, &salt))
            .and_then(|key| {
                let mut text = Vec::with_capacity(EXPIRY_BYTES + plain.len() + 16);
                text.extend_from_slice(&seconds(expires).to_be_bytes());
                text.extend_from_slice(plain);
                let aad = Aad::from(seal.associated());
                key.seal_in_place_append_tag(nonce(), aad, &mut text).ok()?;
                Some(text)
            })
            .unwrap_or_default();
        let mut bytes = Vec::with_capacity(1 + SALT_BYTES + sealed.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&salt);
        bytes.extend_from_slice(&sealed);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The bytes of a text, when one of the keys sealed it so and it has not expired.
    #[must_use]
    pub fn open(&self, seal: Seal<'_>, text: &str, now: SystemTime) -> Option<Vec<u8>> {
        self.open_until(seal, text, now).map(|(plain, _)| plain)
    }

    /// The same, and when it expires.
    #[must_use]
    pub fn open_until(
        &self,
        seal: Seal<'_>,
        text: &str,
        now: SystemTime,
    ) -> Option<(Vec<u8>, SystemTime)> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (salt, sealed) = rest.split_at_checked(SALT_BYTES)?;
        if *version != VERSION {
            return None;
        }
        self.keys.iter().find_map(|key| {
            let key = key_of(key, salt)?;
            let mut sealed = sealed.to_vec();
            let aad = Aad::from(seal.associated());
            let plain = key.open_in_place(nonce(), aad, &mut sealed).ok()?;
            let (expires, plain) = plain.split_first_chunk::<EXPIRY_BYTES>()?;
            let expires = u64::from_be_bytes(*expires);
            let until = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(expires))?;
            (expires > seconds(now)).then(|| (plain.to_vec(), until))
        })
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer")
            .field("keys", &self.keys.len())
            .finish()
    }
}

/// The key of one text.
fn key_of(key: &hmac::Key, salt: &[u8]) -> Option<LessSafeKey> {
    let own = hmac::sign(key, salt);
    let key = UnboundKey::new(&CHACHA20_POLY1305, own.as_ref()).ok()?;
    Some(LessSafeKey::new(key))
}

/// A name that nobody can guess: 128 random bits, in 22 letters of the alphabet of seals. Who knows it was
/// told.
///
/// `None` on a system without randomness.
#[must_use]
pub fn unguessable() -> Option<String> {
    let mut bits = [0; 16];
    SystemRandom::new().fill(&mut bits).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bits))
}

/// Each key seals one text, so one nonce will do.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs()
}
