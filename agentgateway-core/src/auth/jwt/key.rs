use std::fmt;

use ring::{
    hmac,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
        RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
        RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
        UnparsedPublicKey, VerificationAlgorithm,
    },
};

use super::Algorithm;

/// The lengths of RSA keys that are used, in bytes of the modulus.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;
/// The shortest secret: as long as SHA-256 (RFC 7518, 3.2).
const MIN_SECRET_BYTES: usize = 32;

/// A key that signatures are checked with, and what it may be used for.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) id: Option<Box<str>>,
    /// The one algorithm that it is for, where it says one.
    pub(super) algorithm: Option<Algorithm>,
    pub(super) material: Material,
}

/// What a key is made of. Each kind can do its own algorithms alone, whatever a token asks for.
#[derive(Clone)]
pub(super) enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
    Secret(Vec<u8>),
}

impl Material {
    /// A modulus and an exponent, big-endian. `None` when the key is too short or too long.
    pub(super) fn rsa(n: &[u8], e: &[u8]) -> Option<Self> {
        // RFC 7518 (6.3.1.1) knows of writers that put a zero in front.
        let bare = |number: &[u8]| -> Vec<u8> {
            number
                .iter()
                .copied()
                .skip_while(|byte| *byte == 0)
                .collect()
        };
        let (n, e) = (bare(n), bare(e));
        (RSA_BYTES.contains(&n.len()) && !e.is_empty()).then_some(Self::Rsa { n, e })
    }

    /// A point of P-256, uncompressed.
    pub(super) fn p256(point: Vec<u8>) -> Option<Self> {
        is_point(&point, 32).then_some(Self::P256(point))
    }

    /// A point of P-384, uncompressed.
    pub(super) fn p384(point: Vec<u8>) -> Option<Self> {
        is_point(&point, 48).then_some(Self::P384(point))
    }

    pub(super) fn ed25519(key: Vec<u8>) -> Option<Self> {
        (key.len() == 32).then_some(Self::Ed25519(key))
    }

    /// A shared secret. `None` when it is too short.
    pub(super) fn secret(secret: Vec<u8>) -> Option<Self> {
        (secret.len() >= MIN_SECRET_BYTES).then_some(Self::Secret(secret))
    }
}

fn is_point(point: &[u8], coordinate: usize) -> bool {
    point.len() == 2 * coordinate + 1 && point.first() == Some(&4)
}

impl Key {
    /// Whether it can check signatures of this algorithm, and may.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        use Algorithm::{
            EdDsa, Es256, Es384, Hs256, Hs384, Hs512, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512,
        };
        self.algorithm.is_none_or(|own| own == algorithm)
            && match self.material {
                Material::Rsa { .. } => {
                    matches!(algorithm, Rs256 | Rs384 | Rs512 | Ps256 | Ps384 | Ps512)
                }
                Material::P256(_) => algorithm == Es256,
                Material::P384(_) => algorithm == Es384,
                Material::Ed25519(_) => algorithm == EdDsa,
                Material::Secret(_) => matches!(algorithm, Hs256 | Hs384 | Hs512),
            }
    }

    /// Whether the signature is one of this key, by this algorithm.
    pub(super) fn verifies(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        if !self.fits(algorithm) {
            return false;
        }
        match &self.material {
            Material::Rsa { n, e } => rsa_parameters(algorithm).is_some_and(|parameters| {
                let key = RsaPublicKeyComponents { n, e };
                key.verify(parameters, signed, signature).is_ok()
            }),
            Material::P256(key) => verifies(&ECDSA_P256_SHA256_FIXED, key, signed, signature),
            Material::P384(key) => verifies(&ECDSA_P384_SHA384_FIXED, key, signed, signature),
            Material::Ed25519(key) => verifies(&ED25519, key, signed, signature),
            Material::Secret(secret) => hmac_algorithm(algorithm).is_some_and(|algorithm| {
                let key = hmac::Key::new(algorithm, secret);
                hmac::verify(&key, signed, signature).is_ok()
            }),
        }
    }
}

fn verifies(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    signed: &[u8],
    signature: &[u8],
) -> bool {
    let key = UnparsedPublicKey::new(algorithm, key);
    key.verify(signed, signature).is_ok()
}

const fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

const fn hmac_algorithm(algorithm: Algorithm) -> Option<hmac::Algorithm> {
    Some(match algorithm {
        Algorithm::Hs256 => hmac::HMAC_SHA256,
        Algorithm::Hs384 => hmac::HMAC_SHA384,
        Algorithm::Hs512 => hmac::HMAC_SHA512,
        _ => return None,
    })
}

/// The kind alone: a secret is never shown, a public key is long.
impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa { .. } => "Rsa",
            Self::P256(_) => "P256",
            Self::P384(_) => "P384",
            Self::Ed25519(_) => "Ed25519",
            Self::Secret(_) => "Secret",
        })
    }
}
