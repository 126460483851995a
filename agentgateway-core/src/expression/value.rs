use std::fmt;

use cel::Value;
use serde::Serialize;

/// A value as an attribute or a log field has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(clippy::exhaustive_enums, reason = "what an attribute can be")]
pub enum Scalar {
    /// A truth.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Double(f64),
    /// A text; lists and maps are written as JSON.
    Text(String),
}

impl Scalar {
    /// The value of an evaluation; `None` for null.
    pub(super) fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(truth) => Self::Bool(*truth),
            Value::Int(number) => Self::Int(*number),
            Value::UInt(number) => {
                i64::try_from(*number).map_or_else(|_| Self::Text(number.to_string()), Self::Int)
            }
            Value::Float(number) => Self::Double(*number),
            Value::String(text) => Self::Text(text.as_str().to_owned()),
            other => Self::Text(json(other).to_string()),
        })
    }

    /// A truth or a share of all, as sampling takes it.
    pub(super) fn ratio(&self) -> Option<f64> {
        match self {
            Self::Bool(truth) => Some(f64::from(u8::from(*truth))),
            Self::Int(0) => Some(0.0),
            Self::Int(1) => Some(1.0),
            Self::Double(share) if (0.0..=1.0).contains(share) => Some(*share),
            Self::Int(_) | Self::Double(_) | Self::Text(_) => None,
        }
    }

    /// The name of its type.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Double(_) => "double",
            Self::Text(_) => "string",
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(truth) => truth.fmt(f),
            Self::Int(number) => number.fmt(f),
            Self::Double(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// How deep a list or a map nests is bounded by the expression, whose own nesting is.
fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(truth) => (*truth).into(),
        Value::Int(number) => (*number).into(),
        Value::UInt(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::String(text) => text.as_str().into(),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(map) => {
            let mut entries: Vec<_> = map
                .map
                .iter()
                .map(|(key, value)| (key.to_string(), json(value)))
                .collect();
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            serde_json::Value::Object(entries.into_iter().collect())
        }
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into(),
        _ => serde_json::Value::Null,
    }
}
