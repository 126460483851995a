//! What a client got through the gateway, held against what the provider's own SDK gets without it.

use std::collections::BTreeSet;

use serde_json::Value;

/// Where two values differ, as `path: expected this, got that`.
pub(crate) fn differences(name: &str, expected: &Value, got: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    differ(name, expected, got, &mut found);
    found
}

fn differ(path: &str, expected: &Value, got: &Value, found: &mut Vec<(String, String)>) {
    match (expected, got) {
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for name in names {
                differ(
                    &format!("{path}.{name}"),
                    &expected[name],
                    &got[name],
                    found,
                );
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (at, (one, other)) in one.iter().zip(other).enumerate() {
                differ(&format!("{path}[{at}]"), one, other, found);
            }
        }
        _ if expected == got => {}
        _ => found.push((path.to_owned(), format!("expected {expected}, got {got}"))),
    }
}

/// Outcomes with counts that both sides can tell, and without what is compared elsewhere.
pub(crate) fn outcomes(expected: &Value, got: &Value) -> (Value, Value) {
    let (mut one, mut other) = (expected.clone(), got.clone());
    for value in [&mut one, &mut other] {
        if let Value::Object(value) = value {
            value.remove("losses");
        }
    }
    for place in ["/usage", "/first/usage", "/then/usage"] {
        if let (Some(Value::Object(one)), Some(Value::Object(other))) =
            (one.pointer_mut(place), other.pointer_mut(place))
        {
            let known: Vec<String> = other.keys().cloned().collect();
            other.retain(|name, _| one.contains_key(name));
            one.retain(|name, _| known.contains(name));
        }
    }
    (one, other)
}

/// A request without what dialects have words of their own for, where both say the same by it.
pub(crate) fn request(asked: &Value) -> Value {
    let mut asked = asked.clone();
    if let Value::Object(asked) = &mut asked {
        let thinks = THOUGHTS
            .iter()
            .filter(|name| asked.remove(**name).is_some())
            .count()
            > 0;
        for name in ["path", "key", "signature"] {
            asked.remove(name);
        }
        asked.insert("thinks".to_owned(), thinks.into());
    }
    asked
}

/// The words for how much the model shall think, which are not each other's.
const THOUGHTS: [&str; 3] = ["adaptive", "budget", "effort"];
