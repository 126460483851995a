//! What callers are known by: keys in Secrets, and the keys of those who sign tokens.

use std::collections::BTreeMap;
use std::time::Duration;

use agentgateway_core::auth::{ApiKey, ApiKeys, jwt::KeySet};
use serde_json::{Map, Value};

use super::service::reached;
use crate::config::compile::duration::{duration, no_duration};
use crate::config::compile::lookup::kind_name;
use crate::config::compile::secrets;
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{ApiKeyAuthentication, JwtProvider, Reference, RemoteJwks};
use crate::config::snapshot::{ApiKeyEntry, Issuer, Keys, Secret};

/// How long fetched keys are taken for fresh when nothing is said.
///
/// # Source
/// agentgateway.dev/v1alpha1: `jwks.remote.cacheDuration`.
const FRESH_FOR: Duration = Duration::from_secs(5 * 60);

/// The Secret that a reference names, in the policy's own namespace.
///
/// # Errors
/// It names another kind.
pub(super) fn reference(
    object: &Object,
    (group, kind): (Option<&str>, Option<&str>),
    name: &str,
    path: &str,
) -> Result<Reference, Fault> {
    let group = group.unwrap_or_default();
    let kind = kind.filter(|kind| !kind.is_empty()).unwrap_or("Secret");
    if !group.is_empty() || kind != "Secret" {
        let message = format!(
            "a secretRef must be a Secret, found {}",
            kind_name(group, kind)
        );
        return Err(Fault::new(path, "InvalidKind", message));
    }
    let namespace = &object.reference.namespace;
    Ok(Reference::new("", "Secret", namespace, name))
}

/// A value of a Secret.
///
/// # Errors
/// There is none of that name or key.
pub(in crate::config::compile) fn value(
    context: &Context<'_>,
    wanted: &Reference,
    key: &str,
    path: &str,
) -> Result<Secret, Fault> {
    let missing = |message: String| Fault::new(path, "BackendNotFound", message);
    let found = secrets::secret(context.store, wanted).map_err(missing)?;
    secrets::value(found, wanted, key).map_err(missing)
}

/// The API keys of a policy.
///
/// # Errors
/// Everything that is wrong with them; no word of a key.
pub(super) fn api_keys(
    context: &Context<'_>,
    object: &Object,
    spec: &ApiKeyAuthentication,
    path: &str,
) -> Result<Vec<ApiKeyEntry>, Vec<Fault>> {
    let (mut found, mut faults) = (BTreeMap::new(), Vec::new());
    let mut take =
        |held: Vec<(String, Result<Secret, String>)>, of: &Reference, plain: bool, path: &str| {
            for (name, value) in held {
                let entry = value.and_then(|value| entry(&name, &value, plain));
                match entry {
                    Ok(entry) => {
                        found.entry(name).or_insert(entry);
                    }
                    Err(what) => {
                        let message = format!("the key {name:?} of {of} {what}");
                        faults.push(Fault::new(path, "Invalid", message));
                    }
                }
            }
        };
    if let Some(named) = &spec.secret_ref {
        let path = format!("{path}.secretRef");
        let kind = (named.group.as_deref(), named.kind.as_deref());
        let wanted = reference(object, kind, &named.name, &path).map_err(|fault| vec![fault])?;
        let missing = |message: String| vec![Fault::new(&*path, "BackendNotFound", message)];
        let secret = secrets::secret(context.store, &wanted).map_err(missing)?;
        take(secrets::values(secret, &wanted), &wanted, true, &path);
    }
    let namespace = &object.reference.namespace;
    let has = |object: &Object, wanted: &BTreeMap<String, String>| {
        let labels = &object.meta.labels;
        wanted
            .iter()
            .all(|(name, value)| labels.get(name) == Some(value))
    };
    if let Some(selector) = &spec.secret_selector {
        let path = format!("{path}.secretSelector");
        for found in context.store.within("", "Secret", namespace) {
            if let (true, Some(secret)) = (has(found, &selector.match_labels), found.spec.secret())
            {
                let of = &found.reference;
                take(secrets::values(secret, of), of, true, &path);
            }
        }
    }
    if let Some(selector) = &spec.config_map_selector {
        let path = format!("{path}.configMapSelector");
        for found in context.store.within("", "ConfigMap", namespace) {
            if let (true, Some(map)) = (has(found, &selector.match_labels), found.spec.config_map())
            {
                let held = map.data.iter();
                let held =
                    held.map(|(name, value)| (name.clone(), Ok(Secret::new(value.as_str()))));
                take(held.collect(), &found.reference, false, &path);
            }
        }
    }
    let entries: Vec<ApiKeyEntry> = found.into_values().collect();
    if faults.is_empty()
        && let Err(error) = ApiKeys::new(entries.iter().filter_map(key))
    {
        faults.push(Fault::new(path, "Invalid", error.to_string()));
    }
    if faults.is_empty() {
        Ok(entries)
    } else {
        Err(faults)
    }
}

/// The key as it is looked up; a sound entry has one.
pub(super) fn key(entry: &ApiKeyEntry) -> Option<ApiKey> {
    let key = ApiKey::new(&*entry.name, entry.key.expose()).ok()?;
    Some(key.with_metadata(entry.metadata.clone()))
}

/// A key as it is, or an object with `key` or `keyHash`, and `metadata`.
fn entry(name: &str, value: &Secret, plain: bool) -> Result<ApiKeyEntry, String> {
    let text = value.expose().trim();
    let (key, metadata) = match serde_json::from_str::<Map<String, Value>>(text) {
        Ok(fields) => fields_of(fields, plain)?,
        Err(_) if !plain => return Err("must be a JSON object with keyHash".to_owned()),
        Err(_) => (text.to_owned(), Map::new()),
    };
    ApiKey::new(name, &key).map_err(|error| error.to_string())?;
    Ok(ApiKeyEntry {
        name: name.to_owned(),
        key: Secret::new(key),
        metadata,
    })
}

type KeyAndMetadata = (String, Map<String, Value>);

fn fields_of(mut fields: Map<String, Value>, plain: bool) -> Result<KeyAndMetadata, String> {
    let metadata = match fields.remove("metadata") {
        None => Map::new(),
        Some(Value::Object(metadata)) => metadata,
        Some(_) => return Err("has metadata that are no object".to_owned()),
    };
    let (key, hash) = (fields.remove("key"), fields.remove("keyHash"));
    if let Some(unknown) = fields.keys().next() {
        return Err(format!(
            "has a field {unknown:?}; expected key or keyHash, and metadata"
        ));
    }
    match (key, hash) {
        (Some(Value::String(key)), None) if plain => Ok((key, metadata)),
        (Some(_), None) if !plain => {
            Err("stands in a ConfigMap, which is no secret: expected keyHash".to_owned())
        }
        (None, Some(Value::String(hash))) if hash.starts_with("sha256:") => Ok((hash, metadata)),
        (None, Some(_)) => Err("has a keyHash that does not begin with sha256:".to_owned()),
        _ => Err("must have one of key and keyHash, as a string".to_owned()),
    }
}

/// Who signs tokens.
pub(super) fn issuer(
    context: &Context<'_>,
    object: &Object,
    provider: &JwtProvider,
    path: &str,
) -> Result<Issuer, Fault> {
    let keys = match (&provider.jwks.inline, &provider.jwks.remote) {
        (Some(text), _) => {
            let keys = KeySet::from_jwks(text.as_bytes()).map_err(|error| {
                Fault::new(format!("{path}.jwks.inline"), "Invalid", error.to_string())
            })?;
            Keys::Inline(text.as_str().into(), keys)
        }
        (None, Some(remote)) => fetched(context, object, remote, &format!("{path}.jwks.remote"))?,
        (None, None) => {
            let message = "neither inline nor remote is given";
            return Err(Fault::new(format!("{path}.jwks"), "Invalid", message));
        }
    };
    Ok(Issuer {
        name: provider.issuer.clone(),
        audiences: provider.audiences.clone().unwrap_or_default(),
        keys,
    })
}

/// The keys at a place of the network.
///
/// # Errors
/// The place leads nowhere, or a value is none.
pub(super) fn fetched(
    context: &Context<'_>,
    object: &Object,
    remote: &RemoteJwks,
    path: &str,
) -> Result<Keys, Fault> {
    let fresh_for = match &remote.cache_duration {
        None => FRESH_FOR,
        Some(text) => duration(text).ok_or_else(|| {
            Fault::new(
                format!("{path}.cacheDuration"),
                "Invalid",
                no_duration(text),
            )
        })?,
    };
    let (at, tls, url_path) = reached(
        context,
        object,
        (remote.url.as_deref(), remote.backend_ref.as_ref()),
        path,
    )?;
    let path = remote.jwks_path.clone().unwrap_or(url_path);
    Ok(Keys::Remote {
        at,
        tls,
        path: format!("/{}", path.trim_start_matches('/')),
        fresh_for,
    })
}
