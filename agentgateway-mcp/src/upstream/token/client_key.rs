use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use agentgateway_core::json::quote;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{
    rand::{SecureRandom as _, SystemRandom},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};

/// How long an assertion is good for. It is used at once; clocks may differ.
const LIFETIME: Duration = Duration::from_secs(60);

/// A key of the gateway's own, by which it shows an authorization server who it is: `private_key_jwt`, ES256.
///
/// # Source
/// RFC 7523, 2.2 and 3; OpenID Connect Core 1.0, 9.
#[derive(Clone)]
pub struct ClientKey {
    pair: Arc<EcdsaKeyPair>,
    audience: Box<str>,
    id: Option<Box<str>>,
}

/// What was given is no private key that is known here: PKCS #8 in PEM, of the curve P-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidClientKey;

impl ClientKey {
    /// The key in this text, PKCS #8 in PEM, for the authorization server that is known by this audience: its
    /// issuer, or the URL of its token endpoint where it wants that.
    ///
    /// # Errors
    /// [`InvalidClientKey`].
    pub fn es256(pem: &str, audience: impl Into<Box<str>>) -> Result<Self, InvalidClientKey> {
        let der = der(pem).ok_or(InvalidClientKey)?;
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random);
        Ok(Self {
            pair: Arc::new(pair.map_err(|_| InvalidClientKey)?),
            audience: audience.into(),
            id: None,
        })
    }

    /// By which id the authorization server knows the key (`kid`). Default: none is told.
    #[must_use]
    pub fn key_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// A fresh assertion that the one who asks is this client; `None` where the system has no randomness.
    pub(super) fn assertion(&self, client: &str, now: SystemTime) -> Option<String> {
        let random = SystemRandom::new();
        let mut unique = [0_u8; 16];
        random.fill(&mut unique).ok()?;
        let issued = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let expires = issued.saturating_add(LIFETIME.as_secs());
        let id = self.id.as_deref();
        let id = id.map_or_else(String::new, |id| format!(",\"kid\":{}", quote(id)));
        let header = format!("{{\"alg\":\"ES256\",\"typ\":\"JWT\"{id}}}");
        let claims = format!(
            "{{\"iss\":{client},\"sub\":{client},\"aud\":{},\"iat\":{issued},\"exp\":{expires},\"jti\":\"{}\"}}",
            quote(&self.audience),
            URL_SAFE_NO_PAD.encode(unique),
            client = quote(client),
        );
        let mut token = URL_SAFE_NO_PAD.encode(header);
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(claims));
        let signature = self.pair.sign(&random, token.as_bytes()).ok()?;
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(signature));
        Some(token)
    }
}

/// The bytes within the markers of a private key.
fn der(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (coded, _) = rest.split_once("-----END PRIVATE KEY-----")?;
    let coded: String = coded.split_ascii_whitespace().collect();
    STANDARD.decode(coded).ok()
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientKey")
            .field("audience", &self.audience)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for InvalidClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a private key of the curve P-256, as PKCS #8 in PEM")
    }
}

impl std::error::Error for InvalidClientKey {}

#[cfg(test)]
pub(super) mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, KeyPair as _, UnparsedPublicKey};

    use super::*;

    pub(in super::super) fn pem() -> String {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
        let coded = STANDARD.encode(made.unwrap().as_ref());
        let (first, second) = coded.split_at(64);
        format!("-----BEGIN PRIVATE KEY-----\n{first}\n{second}\n-----END PRIVATE KEY-----\n")
    }

    #[test]
    fn an_assertion_is_of_the_client_for_the_server_and_is_signed() {
        let key = ClientKey::es256(&pem(), "https://id.example.org").unwrap();
        let key = key.key_id("k\"1");
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        let token = key.assertion("gateway", now).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        let read = |part: &str| -> serde_json::Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
        };
        assert_eq!(read(header)["kid"], "k\"1");
        let claims = read(claims);
        for (claim, value) in [
            ("iss", "gateway"),
            ("sub", "gateway"),
            ("aud", "https://id.example.org"),
        ] {
            assert_eq!(claims[claim], value);
        }
        assert_eq!(
            (&claims["iat"], &claims["exp"]),
            (&1_000.into(), &1_060.into())
        );
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.pair.public_key());
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        public.verify(signed.as_bytes(), &signature).unwrap();
        // None is like another: a server may refuse one that it has seen.
        assert_ne!(key.assertion("gateway", now).unwrap(), token);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let empty = "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----";
        for text in ["", "secret", empty] {
            assert_eq!(ClientKey::es256(text, "a").unwrap_err(), InvalidClientKey);
        }
        let key = ClientKey::es256(&pem(), "a").unwrap();
        assert_eq!(
            format!("{key:?}"),
            "ClientKey { audience: \"a\", id: None, .. }"
        );
    }
}
