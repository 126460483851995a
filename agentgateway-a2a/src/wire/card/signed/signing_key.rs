use std::{fmt, sync::Arc};

use agentgateway_core::{auth::jwt::Algorithm, json};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use ring::digest;
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};

use super::pair::Pair;

/// A private key that cards are signed with: P-256 (`ES256`) or Ed25519 (`EdDSA`).
///
/// Its name is its thumbprint, unless it is given one. Signatures by Ed25519 are the same for the same
/// card: behind several replicas its `ETag` is too.
#[derive(Clone)]
pub struct SigningKey {
    pair: Arc<Pair>,
    id: Box<str>,
    place: Option<Box<str>>,
}

impl SigningKey {
    /// A key in PEM: PKCS #8, `BEGIN PRIVATE KEY`.
    ///
    /// # Errors
    /// [`InvalidSigningKey`] when it is none, or of another kind.
    pub fn from_pem(pem: &[u8]) -> Result<Self, InvalidSigningKey> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| InvalidSigningKey)?;
        let pair = Pair::from_pkcs8(der.secret_pkcs8_der()).ok_or(InvalidSigningKey)?;
        Ok(Self::of(pair))
    }

    /// A key as a JWK: the private members of a key of type `EC` or `OKP`. Its `kid` is its name.
    ///
    /// # Errors
    /// [`InvalidSigningKey`] when it is none, or of another kind.
    pub fn from_jwk(jwk: &[u8]) -> Result<Self, InvalidSigningKey> {
        let pair = Pair::from_jwk(jwk).ok_or(InvalidSigningKey)?;
        let [id] = json::members(jwk, ["kid"]).map_err(|_| InvalidSigningKey)?;
        let key = Self::of(pair);
        match id {
            None => Ok(key),
            Some(id) => Ok(key.key_id(&json::string(id).ok_or(InvalidSigningKey)?)),
        }
    }

    fn of(pair: Pair) -> Self {
        let members = format!("{{{}}}", pair.public_members());
        let thumbprint = digest::digest(&digest::SHA256, members.as_bytes());
        Self {
            pair: Arc::new(pair),
            id: BASE64.encode(thumbprint).into(),
            place: None,
        }
    }

    /// The name of the key: `kid`. Default: its thumbprint (RFC 7638), or what its JWK says.
    #[must_use]
    pub fn key_id(mut self, id: &str) -> Self {
        self.id = id.into();
        self
    }

    /// Where clients find the public key: `jku`, a URL of the document that [`jwks`](super::jwks) makes.
    /// Default: signatures name none.
    #[must_use]
    pub fn jku(mut self, url: &str) -> Self {
        self.place = Some(url.into());
        self
    }

    /// The name of the key.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How it signs.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.pair.algorithm()
    }

    /// The public key as a JWK.
    pub(super) fn public(&self) -> String {
        let (members, id) = (self.pair.public_members(), json::quote(&self.id));
        let algorithm = self.algorithm();
        format!(r#"{{{members},"kid":{id},"use":"sig","alg":"{algorithm}"}}"#)
    }

    /// A signature of this payload, as a card carries it: the JSON of one.
    pub(super) fn signature(&self, payload: &[u8]) -> Option<String> {
        let id = json::quote(&self.id);
        let place = self.place.as_deref().map(json::quote);
        let place = place.map_or(String::new(), |url| format!(r#","jku":{url}"#));
        let algorithm = self.algorithm();
        let header = format!(r#"{{"alg":"{algorithm}","typ":"JOSE","kid":{id}{place}}}"#);
        let protected = BASE64.encode(header);
        let signed = format!("{protected}.{}", BASE64.encode(payload));
        let signature = BASE64.encode(self.pair.sign(signed.as_bytes())?);
        Some(format!(
            r#"{{"protected":"{protected}","signature":"{signature}"}}"#
        ))
    }
}

/// The name and the kind alone.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}

/// The text is no key that cards can be signed with. Repeats nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidSigningKey;

impl fmt::Display for InvalidSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a key for agent cards: expected P-256 or Ed25519, as PKCS #8 in PEM or as a private JWK")
    }
}

impl std::error::Error for InvalidSigningKey {}
