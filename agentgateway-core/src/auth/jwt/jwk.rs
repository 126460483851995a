use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde::Deserialize;

use super::{
    Algorithm,
    key::{Key, Material},
};

/// A set of keys as it is written (RFC 7517, 5). What no key here needs is not looked at.
#[derive(Deserialize)]
pub(super) struct JwkSet {
    pub(super) keys: Vec<Jwk>,
}

/// A key as it is written (RFC 7517, 4; RFC 7518, 6; RFC 8037, 2).
///
/// A member of another type than the specification's makes this one key unusable, not the set.
#[derive(Deserialize)]
pub(super) struct Jwk(serde_json::Map<String, serde_json::Value>);

impl Jwk {
    /// The key, `None` where it is none that is used here.
    pub(super) fn read(&self) -> Option<Key> {
        if !self.is_for_signatures()? {
            return None;
        }
        let algorithm = match self.0.get("alg") {
            None => None,
            // An algorithm that is not known here is none that this key could be used with.
            Some(name) => Some(Algorithm::from_name(name.as_str()?)?),
        };
        let id = match self.0.get("kid") {
            None => None,
            Some(id) => Some(id.as_str()?.into()),
        };
        let material = self.material()?;
        Some(Key {
            id,
            algorithm,
            material,
        })
    }

    fn material(&self) -> Option<Material> {
        match (self.text("kty")?, self.0.get("crv")) {
            ("RSA", _) => Material::rsa(&self.bytes("n")?, &self.bytes("e")?),
            ("EC", Some(curve)) => match curve.as_str()? {
                "P-256" => Material::p256(self.point()?),
                "P-384" => Material::p384(self.point()?),
                _ => None,
            },
            ("OKP", Some(curve)) if curve == "Ed25519" => Material::ed25519(self.bytes("x")?),
            ("oct", _) => Material::secret(self.bytes("k")?),
            _ => None,
        }
    }

    /// The uncompressed form of SEC 1, 2.3.3.
    fn point(&self) -> Option<Vec<u8>> {
        let (x, y) = (self.bytes("x")?, self.bytes("y")?);
        // Otherwise a byte could move from one to the other.
        (x.len() == y.len()).then(|| [&[4], &*x, &*y].concat())
    }

    /// `None` where it is not said in the specification's form.
    fn is_for_signatures(&self) -> Option<bool> {
        let used = match self.0.get("use") {
            None => true,
            Some(used) => used.as_str()? == "sig",
        };
        let may = match self.0.get("key_ops") {
            None => true,
            Some(operations) => operations.as_array()?.iter().any(|one| one == "verify"),
        };
        Some(used && may)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        BASE64.decode(self.text(name)?).ok()
    }
}
