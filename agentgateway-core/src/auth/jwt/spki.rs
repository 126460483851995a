//! Public keys as certificates and PEM write them: `SubjectPublicKeyInfo`.
//!
//! # Source
//! RFC 5280, 4.1.2.7; RFC 8017, A.1.1; RFC 5480, 2; RFC 8410, 4. The encoding is that of DER (X.690).

use super::key::Material;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;

/// `AlgorithmIdentifier` without its frame: rsaEncryption, and NULL.
const RSA: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];
/// id-ecPublicKey, and prime256v1.
const P256: &[u8] = &[
    0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
    0x03, 0x01, 0x07,
];
/// id-ecPublicKey, and secp384r1.
const P384: &[u8] = &[
    0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22,
];
/// id-Ed25519.
const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];

/// The key; `None` where it is malformed, or none that is used here.
pub(super) fn read(der: &[u8]) -> Option<Material> {
    let whole = only(SEQUENCE, der)?;
    let (algorithm, rest) = element(SEQUENCE, whole)?;
    // No bit is unused in any of these keys.
    let key = only(BIT_STRING, rest)?.strip_prefix(&[0])?;
    match algorithm {
        RSA => rsa(key),
        P256 => Material::p256(key.to_vec()),
        P384 => Material::p384(key.to_vec()),
        ED25519 => Material::ed25519(key.to_vec()),
        _ => None,
    }
}

fn rsa(key: &[u8]) -> Option<Material> {
    let (n, rest) = element(INTEGER, only(SEQUENCE, key)?)?;
    Material::rsa(n, only(INTEGER, rest)?)
}

/// What is in an element of this tag, with nothing behind it.
fn only(tag: u8, der: &[u8]) -> Option<&[u8]> {
    let (contents, rest) = element(tag, der)?;
    rest.is_empty().then_some(contents)
}

/// What is in an element of this tag, and what is behind it.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match *der {
        [own, first, ref rest @ ..] if own == tag && first < 0x80 => (usize::from(first), rest),
        [own, 0x81, length, ref rest @ ..] if own == tag => (usize::from(length), rest),
        [own, 0x82, high, low, ref rest @ ..] if own == tag => {
            (usize::from(u16::from_be_bytes([high, low])), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}
