use agentgateway_core::{auth::jwt::Algorithm, json};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use ring::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, Signature,
    },
};

/// A private key with its public one.
pub(super) enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Pair {
    pub(super) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let random = SystemRandom::new();
        if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &random) {
            return Some(Self::P256(pair));
        }
        // OpenSSL writes no public key beside this private one.
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok()?;
        Some(Self::Ed25519(pair))
    }

    /// A private key as a JWK writes it (RFC 7518, 6.2; RFC 8037, 2).
    pub(super) fn from_jwk(key: &[u8]) -> Option<Self> {
        let [kind, curve, d, x, y] = json::members(key, ["kty", "crv", "d", "x", "y"]).ok()?;
        let bytes = |value: Option<json::Raw<'_>>| BASE64.decode(&*json::string(value?)?).ok();
        let (kind, curve) = (json::string(kind?)?, json::string(curve?)?);
        let (d, x) = (bytes(d)?, bytes(x)?);
        match (&*kind, &*curve) {
            ("EC", "P-256") => {
                let y = bytes(y)?;
                let point = (x.len() == y.len()).then(|| [&[4], &*x, &*y].concat())?;
                let random = SystemRandom::new();
                let signing = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_private_key_and_public_key;
                pair(signing, &d, &point, &random).ok().map(Self::P256)
            }
            ("OKP", "Ed25519") => {
                let pair = Ed25519KeyPair::from_seed_and_public_key(&d, &x);
                pair.ok().map(Self::Ed25519)
            }
            _ => None,
        }
    }

    pub(super) const fn algorithm(&self) -> Algorithm {
        match self {
            Self::P256(_) => Algorithm::Es256,
            Self::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    /// The members of the public key that its thumbprint is over, in their order (RFC 7638, 3.2).
    pub(super) fn public_members(&self) -> String {
        match self {
            Self::P256(pair) => {
                // Uncompressed: one byte that says so, and two halves.
                let point = pair.public_key().as_ref();
                let halves = point.get(1..).unwrap_or_default();
                let (x, y) = halves.split_at(halves.len() / 2);
                let (x, y) = (BASE64.encode(x), BASE64.encode(y));
                format!(r#""crv":"P-256","kty":"EC","x":"{x}","y":"{y}""#)
            }
            Self::Ed25519(pair) => {
                let x = BASE64.encode(pair.public_key().as_ref());
                format!(r#""crv":"Ed25519","kty":"OKP","x":"{x}""#)
            }
        }
    }

    /// `None` when the system gives no random numbers.
    pub(super) fn sign(&self, signed: &[u8]) -> Option<Signature> {
        match self {
            Self::P256(pair) => pair.sign(&SystemRandom::new(), signed).ok(),
            Self::Ed25519(pair) => Some(pair.sign(signed)),
        }
    }
}
