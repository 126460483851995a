use std::fmt;

/// How a token is signed (RFC 7518, 3.1; RFC 8037).
///
/// `none` is not among them, and neither are the curves P-521 and secp256k1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
    /// HMAC with SHA-256, by a secret that the issuer shares.
    Hs256,
    /// HMAC with SHA-384, by a secret that the issuer shares.
    Hs384,
    /// HMAC with SHA-512, by a secret that the issuer shares.
    Hs512,
}

impl Algorithm {
    /// Those with a public key.
    pub const PUBLIC_KEY: [Self; 9] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// Its name in tokens and keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
        }
    }

    /// The algorithm of this name, in exactly this spelling.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        // RFC 9864 gives EdDSA on this curve a name of its own.
        if name == "Ed25519" {
            return Some(Self::EdDsa);
        }
        let secret = [Self::Hs256, Self::Hs384, Self::Hs512];
        let mut all = Self::PUBLIC_KEY.into_iter().chain(secret);
        all.find(|algorithm| algorithm.as_str() == name)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
