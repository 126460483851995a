//! Values of Secrets and ConfigMaps.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::lookup::not_found;
use crate::config::object::Store;
use crate::config::resource::{Reference, Secret as SecretSpec};
use crate::config::snapshot::Secret;
use crate::config::suggest::{did_you_mean, quoted};

/// The key of a credential when none is named.
pub(crate) const DEFAULT_KEY: &str = "Authorization";

/// The Secret that a reference names.
///
/// # Errors
/// There is none, with what was probably meant.
pub(crate) fn secret<'a>(store: &'a Store, wanted: &Reference) -> Result<&'a SecretSpec, String> {
    let found = store.get(wanted).and_then(|object| object.spec.secret());
    found.ok_or_else(|| not_found(store, wanted))
}

/// A value of a Secret: that of `stringData` before that of `data`.
///
/// # Errors
/// There is no such key, or its value is no base64 of UTF-8. The value is not told.
pub(crate) fn value(secret: &SecretSpec, of: &Reference, key: &str) -> Result<Secret, String> {
    if let Some(value) = secret.string_data.get(key) {
        return Ok(Secret::new(value.as_str()));
    }
    let Some(encoded) = secret.data.get(key) else {
        let keys = secret.data.keys().chain(secret.string_data.keys());
        let hint = did_you_mean(key, keys.map(String::as_str));
        let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        return Err(format!("{of} has no key {}{hint}", quoted(key)));
    };
    let packed: String = encoded.split_ascii_whitespace().collect();
    let decoded = STANDARD.decode(packed).ok();
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    text.map(Secret::new)
        .ok_or_else(|| format!("key {} of {of} is no base64 of text", quoted(key)))
}

/// A value of a ConfigMap.
///
/// # Errors
/// There is no such ConfigMap or key, with what was probably meant.
pub(crate) fn config_value(store: &Store, wanted: &Reference, key: &str) -> Result<Secret, String> {
    let found = store.get(wanted);
    let map = found.and_then(|object| object.spec.config_map());
    let map = map.ok_or_else(|| not_found(store, wanted))?;
    let value = map.data.get(key).map(|value| Secret::new(value.as_str()));
    value.ok_or_else(|| {
        let hint = did_you_mean(key, map.data.keys().map(String::as_str));
        let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        format!("{wanted} has no key {}{hint}", quoted(key))
    })
}

/// All values of a Secret, by their keys.
pub(crate) fn values(secret: &SecretSpec, of: &Reference) -> Vec<(String, Result<Secret, String>)> {
    let keys: BTreeSet<_> = secret
        .data
        .keys()
        .chain(secret.string_data.keys())
        .collect();
    keys.into_iter()
        .map(|key| (key.clone(), value(secret, of, key)))
        .collect()
}

/// A credential without the `Bearer ` that may stand before it.
///
/// # Errors
/// Nothing is left, or it cannot stand in a header. The value is not told.
pub(crate) fn credential(value: &Secret) -> Result<Secret, &'static str> {
    let value = value.expose().trim();
    let scheme = value
        .get(..7)
        .filter(|scheme| scheme.eq_ignore_ascii_case("bearer "));
    let key = scheme.and_then(|_| value.get(7..)).unwrap_or(value).trim();
    if key.is_empty() || key.eq_ignore_ascii_case("bearer") {
        return Err("holds no credential");
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("holds a character that a credential in a header cannot have");
    }
    Ok(Secret::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_credential_with_or_without_bearer() {
        for value in ["sk-1", "Bearer sk-1", "bearer  sk-1\n", " sk-1 "] {
            assert_eq!(credential(&Secret::new(value)).unwrap().expose(), "sk-1");
        }
        for value in ["", "Bearer ", "Bearer", "sk\n1", "schl\u{fc}ssel"] {
            let fault = credential(&Secret::new(value)).unwrap_err();
            assert!(value.is_empty() || !fault.contains(value));
        }
    }
}
