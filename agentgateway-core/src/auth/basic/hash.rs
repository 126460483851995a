use base64::{Engine, prelude::BASE64_STANDARD};
use bcrypt::HashParts;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use sha_crypt::{PasswordVerifier, ShaCrypt};
use subtle::ConstantTimeEq;

use super::{apr1, htpasswd::HtpasswdFault};

/// What bcrypt may cost: at 16, seconds for each check.
const COSTS: std::ops::RangeInclusive<u32> = 4..=16;
/// What SHA-crypt may cost: at the upper end, about as much.
const ROUNDS: std::ops::RangeInclusive<u32> = 1_000..=1_000_000;

/// What is kept of a password.
#[derive(Clone)]
pub(super) enum PasswordHash {
    Bcrypt(Box<str>),
    ShaCrypt(Box<str>),
    Apr1 { salt: Box<str>, hash: Box<str> },
    Sha1(Vec<u8>),
}

impl PasswordHash {
    pub(super) fn parse(text: &str) -> Result<Self, HtpasswdFault> {
        if let Some(rest) = text.strip_prefix(apr1::MARK) {
            return apr1(rest).ok_or(HtpasswdFault::Malformed);
        }
        if let Some(digest) = text.strip_prefix("{SHA}") {
            let digest = BASE64_STANDARD.decode(digest).ok();
            let digest = digest.filter(|digest| digest.len() == 20);
            return digest.map(Self::Sha1).ok_or(HtpasswdFault::Malformed);
        }
        if text.starts_with("$5$") || text.starts_with("$6$") {
            return sha_crypt(text);
        }
        if ["$2y$", "$2a$", "$2b$"]
            .iter()
            .any(|mark| text.starts_with(mark))
        {
            let parts: HashParts = text.parse().map_err(|_| HtpasswdFault::Malformed)?;
            if !COSTS.contains(&parts.get_cost()) {
                return Err(HtpasswdFault::Cost);
            }
            return Ok(Self::Bcrypt(text.into()));
        }
        Err(HtpasswdFault::Scheme)
    }

    /// Whether it is the hash of this password. Takes its time.
    pub(super) fn is_of(&self, password: &[u8]) -> bool {
        match self {
            Self::Bcrypt(hash) => bcrypt::verify(password, hash).unwrap_or(false),
            Self::ShaCrypt(hash) => ShaCrypt::default()
                .verify_password(password, &**hash)
                .is_ok(),
            Self::Apr1 { salt, hash } => {
                let own = apr1::hash(password, salt.as_bytes());
                own.as_bytes().ct_eq(hash.as_bytes()).into()
            }
            Self::Sha1(hash) => {
                let own = digest(&SHA1_FOR_LEGACY_USE_ONLY, password);
                own.as_ref().ct_eq(hash).into()
            }
        }
    }
}

/// A salt, and 22 letters of the hash.
fn apr1(rest: &str) -> Option<PasswordHash> {
    let (salt, hash) = rest.split_once('$')?;
    let is_hash = hash.len() == 22 && hash.bytes().all(is_letter);
    let is_salt = salt.len() <= apr1::MAX_SALT && salt.is_ascii();
    (is_hash && is_salt).then(|| PasswordHash::Apr1 {
        salt: salt.into(),
        hash: hash.into(),
    })
}

/// `$5$` or `$6$`, rounds where they are not the usual 5,000, a salt, the hash.
fn sha_crypt(text: &str) -> Result<PasswordHash, HtpasswdFault> {
    let length = if text.starts_with("$5$") { 43 } else { 86 };
    let mut fields: Vec<_> = text.split('$').skip(2).collect();
    if let Some(rounds) = fields
        .first()
        .and_then(|first| first.strip_prefix("rounds="))
    {
        let rounds: u32 = rounds.parse().map_err(|_| HtpasswdFault::Malformed)?;
        if !ROUNDS.contains(&rounds) {
            return Err(HtpasswdFault::Cost);
        }
        fields.remove(0);
    }
    match *fields {
        [salt, hash] if salt.len() <= 16 && hash.len() == length && hash.bytes().all(is_letter) => {
            Ok(PasswordHash::ShaCrypt(text.into()))
        }
        _ => Err(HtpasswdFault::Malformed),
    }
}

const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/')
}
