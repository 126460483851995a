use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use http::request;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

use crate::{
    auth::{Authentication, jwt::*, tests::support},
    error::Error,
};

pub(super) const ISSUER: &str = "https://id.example.org";
pub(super) const GATEWAY: &str = "https://gateway.example.org";
/// When the tokens of these tests are made.
pub(super) const MADE: u64 = 1_700_000_000;

/// An issuer's key pair of Ed25519, made of a seed.
pub(super) struct Signer {
    pair: Ed25519KeyPair,
    pub(super) id: Option<&'static str>,
}

impl Signer {
    pub(super) fn new(seed: u8, id: Option<&'static str>) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        Self { pair, id }
    }

    pub(super) fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    pub(super) fn jwk(&self) -> Value {
        let mut key = json!({"kty": "OKP", "crv": "Ed25519", "x": BASE64.encode(self.public())});
        if let Some(id) = self.id {
            key["kid"] = id.into();
        }
        key
    }

    pub(super) fn header(&self) -> Value {
        let mut header = json!({"alg": "EdDSA", "typ": "JWT"});
        if let Some(id) = self.id {
            header["kid"] = id.into();
        }
        header
    }

    /// Signs a header and claims as they are written.
    pub(super) fn signs(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
        let signature = BASE64.encode(self.pair.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    pub(super) fn token(&self, claims: &Value) -> String {
        self.signs(&self.header().to_string(), &claims.to_string())
    }
}

pub(super) fn jwks<'a>(signers: impl IntoIterator<Item = &'a Signer>) -> String {
    let keys: Vec<_> = signers.into_iter().map(Signer::jwk).collect();
    json!({"keys": keys}).to_string()
}

/// Claims of a token that is good for an hour.
pub(super) fn good() -> Value {
    json!({"iss": ISSUER, "sub": "alice", "aud": GATEWAY, "exp": MADE + 3600})
}

/// Good claims with another value, or none, for one of them.
pub(super) fn but(name: &str, value: Value) -> Value {
    let mut claims = good();
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    claims
}

/// The time of day, in seconds behind the making of the tokens.
#[derive(Clone, Default)]
pub(super) struct Passed(Arc<AtomicU64>);

impl Passed {
    pub(super) fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::Relaxed);
    }

    pub(super) fn clock(&self) -> impl Fn() -> SystemTime + Send + Sync + 'static {
        let passed = Arc::clone(&self.0);
        move || {
            let seconds = MADE + passed.load(Ordering::Relaxed);
            SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
        }
    }
}

/// The policy of one issuer, at the time when the tokens were made.
pub(super) fn policy(issuer: Issuer) -> Authentication {
    Authentication::new(Jwt::new([issuer]).with_clock(Passed::default().clock()))
}

pub(super) fn issuer(keys: impl Into<Keys>) -> Issuer {
    Issuer::new(ISSUER, keys).audiences([GATEWAY])
}

/// The issuer of one signer.
pub(super) fn of(signer: &Signer) -> Issuer {
    issuer(KeySet::from_jwks(jwks([signer]).as_bytes()).unwrap())
}

/// What is made of a token at once.
pub(super) fn judged(policy: &Authentication, token: &str) -> Result<request::Parts, Error> {
    support::now(policy, support::bearer(token))
}

/// The rule that a token breaks.
pub(super) fn broken(policy: &Authentication, token: &str) -> String {
    let error = judged(policy, token).expect_err(token);
    assert_eq!(error.status(), 401, "{token}");
    let challenge = support::challenge(&error);
    assert!(
        challenge.contains(r#"error="invalid_token""#),
        "{challenge}"
    );
    let rule = support::rule(&error);
    rule.strip_prefix("authentication jwt ").unwrap().to_owned()
}
