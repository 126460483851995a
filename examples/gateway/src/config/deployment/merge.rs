//! Strategic merge, as far as objects and lists with names go.

use serde_json::{Map, Value};

/// How deep an overlay is followed; below that it replaces.
const MAX_DEPTH: usize = 64;

/// Lists whose items are merged, and the fields that tell their items apart, first come first.
const KEYED: [(&str, &[&str]); 7] = [
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("env", &["name"]),
    ("volumes", &["name"]),
    ("ports", &["name", "containerPort", "port"]),
    ("volumeMounts", &["mountPath"]),
    ("imagePullSecrets", &["name"]),
];

/// The object with the overlay laid over it.
///
/// Members of objects are merged, `null` takes one away, `$retainKeys` all that it does not name.
/// Items of the lists of containers, ports, variables and volumes are merged by name; an item with
/// `$patch: delete` takes its equal away, one with `$patch: replace` all that was there. Every other
/// list is replaced. No directive is left over, in what is added neither.
///
/// # Source
/// Kubernetes, "Update API Objects in Place Using kubectl patch", strategic merge patch.
#[must_use]
pub fn merged(base: Value, overlay: &Value) -> Value {
    merge(base, overlay, "", 0)
}

fn merge(base: Value, overlay: &Value, field: &str, depth: usize) -> Value {
    match (base, overlay) {
        (Value::Object(base), Value::Object(overlay)) if depth < MAX_DEPTH => {
            objects(base, overlay, depth)
        }
        (Value::Array(base), Value::Array(overlay)) => match keys(field) {
            Some(keys) if depth < MAX_DEPTH => lists(base, overlay, keys, depth),
            _ => cleaned(&Value::Array(overlay.clone())),
        },
        (_, overlay) => cleaned(overlay),
    }
}

/// An overlay where there was nothing: without what only takes away.
fn cleaned(overlay: &Value) -> Value {
    match overlay {
        Value::Object(members) => {
            let kept = members
                .iter()
                .filter(|(name, value)| !value.is_null() && !is_directive(name));
            let kept = kept.map(|(name, value)| (name.clone(), cleaned(value)));
            Value::Object(kept.collect())
        }
        Value::Array(items) => {
            let kept = items.iter().filter(|item| patch(item).is_none());
            Value::Array(kept.map(cleaned).collect())
        }
        other => other.clone(),
    }
}

/// What an object of an overlay asks for instead of being merged.
fn patch(item: &Value) -> Option<&str> {
    let word = item.get("$patch")?.as_str()?;
    (word != "merge").then_some(word)
}

/// No field of Kubernetes has such a name.
fn is_directive(name: &str) -> bool {
    name.starts_with('$')
}

fn objects(mut base: Map<String, Value>, overlay: &Map<String, Value>, depth: usize) -> Value {
    if overlay.get("$patch").and_then(Value::as_str) == Some("replace") {
        return cleaned(&Value::Object(overlay.clone()));
    }
    if let Some(Value::Array(names)) = overlay.get("$retainKeys") {
        base.retain(|name, _| names.iter().any(|own| own.as_str() == Some(name)));
    }
    for (name, value) in overlay.iter().filter(|(name, _)| !is_directive(name)) {
        match (value, base.remove(name)) {
            (Value::Null, _) => {}
            (value, Some(held)) => {
                base.insert(name.clone(), merge(held, value, name, depth + 1));
            }
            (value, None) => {
                base.insert(name.clone(), cleaned(value));
            }
        }
    }
    Value::Object(base)
}

fn lists(mut base: Vec<Value>, overlay: &[Value], keys: &[&str], depth: usize) -> Value {
    if overlay.iter().any(|item| patch(item) == Some("replace")) {
        base.clear();
    }
    for item in overlay {
        let same = |held: &&mut Value| {
            keys.iter().any(|key| {
                let of = |value: &Value| value.get(key).cloned();
                of(item).is_some() && of(item) == of(held)
            })
        };
        let deletes = patch(item) == Some("delete");
        match base.iter_mut().find(same) {
            Some(held) if deletes => *held = Value::Null,
            Some(held) => *held = merge(held.take(), item, "", depth + 1),
            None if patch(item).is_some() => {}
            None => base.push(cleaned(item)),
        }
    }
    base.retain(|item| !item.is_null());
    Value::Array(base)
}

fn keys(field: &str) -> Option<&'static [&'static str]> {
    let found = KEYED.iter().find(|(name, _)| *name == field);
    found.map(|(_, keys)| *keys)
}
