use std::{
    fmt,
    hash::{Hash, Hasher},
};

use ring::digest::{SHA256, digest};
#[cfg(feature = "basic")]
use ring::hmac;
use subtle::ConstantTimeEq;

/// The SHA-256 of a secret, which stands for it.
///
/// Compared in constant time. A map finds it by its first bytes: what they tell of a secret is what a
/// digest tells, nothing that could be used.
#[derive(Clone, Copy, Eq)]
pub(super) struct Digest([u8; 32]);

impl Digest {
    pub(super) fn of(secret: &[u8]) -> Self {
        Self::from(digest(&SHA256, secret).as_ref())
    }

    /// The HMAC of two texts, which one who has not the key cannot make.
    #[cfg(feature = "basic")]
    pub(super) fn keyed(key: &hmac::Key, first: &[u8], second: &[u8]) -> Self {
        let mut context = hmac::Context::with_key(key);
        // Where the first ends is a part of what is digested.
        context.update(&first.len().to_ne_bytes());
        context.update(first);
        context.update(second);
        Self::from(context.sign().as_ref())
    }

    /// Its first bytes.
    pub(super) const fn start(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_ne_bytes([a, b, c, d, e, f, g, h])
    }

    fn from(digest: &[u8]) -> Self {
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(digest) {
            *to = *from;
        }
        Self(bytes)
    }

    /// 64 hexadecimal digits.
    pub(super) fn from_hex(digits: &str) -> Option<Self> {
        let digits = digits.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let mut bytes = [0; 32];
        for (to, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).ok()?;
            *to = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Hash for Digest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.start());
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_sha_256_and_read_from_hexadecimal() {
        // FIPS 180-4, the message "abc".
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Digest::from_hex(abc), Some(Digest::of(b"abc")));
        assert_eq!(
            Digest::from_hex(&abc.to_uppercase()),
            Some(Digest::of(b"abc"))
        );
        for odd in [
            "",
            "ba78",
            &format!("{abc}00"),
            &abc.replace('b', "+"),
            &"é".repeat(32),
        ] {
            assert_eq!(Digest::from_hex(odd), None, "{odd}");
        }
        assert_eq!(format!("{:?}", Digest::of(b"abc")), "Digest");
    }
}
