//! Arguments that come in pieces, each for a place in them (Vertex AI's `partialArgs`).

use agentgateway_core::json::{self, Raw};
use serde_json::{Map, Value};

use super::{
    super::super::stream::CodecError,
    chunk::{told, unreadable},
};

/// The longest arguments that are put together, in bytes of their pieces.
const MAX_BYTES: usize = 2 * 1024 * 1024;
/// How many steps a path may have.
const MAX_STEPS: usize = 64;
/// How far an index may lie behind the end of an array.
const MAX_GAP: usize = 16;

/// A call whose arguments are not complete.
#[derive(Debug)]
pub(super) struct Pieces {
    /// Which block it is.
    pub(super) index: u32,
    arguments: Value,
    bytes: usize,
}

// === impl Pieces ===

impl Pieces {
    pub(super) fn new(index: u32) -> Self {
        Self {
            index,
            arguments: Value::Object(Map::new()),
            bytes: 0,
        }
    }

    /// Puts the pieces of a chunk in their places. Strings for one place follow each other.
    pub(super) fn add(&mut self, pieces: Raw<'_>) -> Result<(), CodecError> {
        self.bytes += pieces.get().len();
        if self.bytes > MAX_BYTES {
            return Err(CodecError::TooLarge);
        }
        let mut result = Ok(());
        let read = json::elements(pieces, |piece| {
            if result.is_ok() {
                result = self.put(piece);
            }
        });
        read.map_err(|error| unreadable(&error))?;
        result
    }

    fn put(&mut self, piece: Raw<'_>) -> Result<(), CodecError> {
        let mut path = None;
        let mut value = None;
        let read = json::entries(piece, |name, raw| match name {
            "jsonPath" | "json_path" => path = json::string(raw),
            "stringValue" | "string_value" | "numberValue" | "number_value" | "boolValue"
            | "bool_value" => {
                let told = told(raw).and_then(|raw| serde_json::from_str(raw.get()).ok());
                value = told.or(value.take());
            }
            "nullValue" | "null_value" => value = Some(Value::Null),
            _ => {}
        });
        read.map_err(|error| unreadable(&error))?;
        let (Some(path), Some(value)) = (path, value) else {
            // It tells nothing but that more comes.
            return Ok(());
        };
        let place = find(&mut self.arguments, &path)
            .ok_or(CodecError::malformed("arguments with a path that is none"))?;
        match (place, value) {
            (Value::String(text), Value::String(more)) => text.push_str(&more),
            (place, value) => *place = value,
        }
        Ok(())
    }

    /// The arguments, as far as they came.
    pub(super) fn finish(&self) -> String {
        self.arguments.to_string()
    }
}

/// The place of a JSON path: names and indexes alone.
fn find<'v>(root: &'v mut Value, path: &str) -> Option<&'v mut Value> {
    let mut rest = path.strip_prefix('$')?;
    let mut place = root;
    for _ in 0..MAX_STEPS {
        if rest.is_empty() {
            return Some(place);
        }
        let (step, tail) = step(rest)?;
        rest = tail;
        place = match step {
            Step::Name(name) => {
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                place.as_object_mut()?.entry(name).or_insert(Value::Null)
            }
            Step::Index(index) => {
                if !place.is_array() {
                    *place = Value::Array(Vec::new());
                }
                let elements = place.as_array_mut()?;
                if index >= elements.len() + MAX_GAP {
                    return None;
                }
                if index >= elements.len() {
                    elements.resize(index + 1, Value::Null);
                }
                elements.get_mut(index)?
            }
        };
    }
    None
}

enum Step {
    Name(String),
    Index(usize),
}

fn step(path: &str) -> Option<(Step, &str)> {
    if let Some(rest) = path.strip_prefix('.') {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, tail) = rest.split_at(end);
        return (!name.is_empty()).then(|| (Step::Name(name.to_owned()), tail));
    }
    let rest = path.strip_prefix('[')?;
    for quote in ['\'', '"'] {
        if let Some(rest) = rest.strip_prefix(quote) {
            let (name, tail) = rest.split_once(quote)?;
            return Some((Step::Name(name.to_owned()), tail.strip_prefix(']')?));
        }
    }
    let (index, tail) = rest.split_once(']')?;
    Some((Step::Index(index.parse().ok()?), tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(pieces: &[&str]) -> Option<String> {
        let mut all = Pieces::new(0);
        for piece in pieces {
            all.add(Raw::parse(piece.as_bytes()).unwrap()).ok()?;
        }
        Some(all.finish())
    }

    #[test]
    fn pieces_come_to_their_places() {
        let found = put(&[
            r#"[{"jsonPath":"$.city","stringValue":"New ","willContinue":true}]"#,
            r#"[{"json_path":"$.city","string_value":"York"},{"jsonPath":"$.n[1]['a.b']","numberValue":2}]"#,
            r#"[{"jsonPath":"$.city","willContinue":false},{"jsonPath":"$.z","nullValue":"NULL_VALUE"}]"#,
        ]);
        assert_eq!(
            found.as_deref(),
            Some(r#"{"city":"New York","n":[null,{"a.b":2}],"z":null}"#)
        );
        assert_eq!(put(&[]).as_deref(), Some("{}"));
    }

    #[test]
    fn paths_that_are_none_are_refused() {
        for path in [
            "city",
            "$.",
            "$[",
            "$['a",
            "$[x]",
            "$.a[99999999]",
            "$..a",
            "$[-1]",
        ] {
            let piece = serde_json::json!([{"jsonPath": path, "boolValue": true}]).to_string();
            assert_eq!(put(&[&piece]), None, "{path}");
        }
        let deep = format!("$.{}", "a.".repeat(99));
        let piece = serde_json::json!([{"jsonPath": deep, "boolValue": true}]).to_string();
        assert_eq!(put(&[&piece]), None);
    }
}
