//! Where schemas lie within schemas.

use serde_json::{Map, Value};

use crate::policy::uri;

/// What a schema within is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// The same value as the schema around it.
    Same,
    /// A part of it, or nothing yet: a definition.
    Other,
}

/// Visits the schemas that are written within one, by the keywords of all drafts.
pub(super) fn each_within<'a>(
    schema: &'a Map<String, Value>,
    mut visit: impl FnMut(&'a Value, About),
) {
    for (key, value) in schema {
        let about = match key.as_str() {
            "allOf" | "anyOf" | "oneOf" | "not" | "if" | "then" | "else" | "dependentSchemas"
            | "dependencies" => About::Same,
            "$defs"
            | "definitions"
            | "properties"
            | "patternProperties"
            | "additionalProperties"
            | "unevaluatedProperties"
            | "propertyNames"
            | "items"
            | "prefixItems"
            | "additionalItems"
            | "unevaluatedItems"
            | "contains"
            | "contentSchema" => About::Other,
            _ => continue,
        };
        match value {
            Value::Object(named) if names(key) => {
                named.values().for_each(|schema| visit(schema, about));
            }
            Value::Array(list) => list.iter().for_each(|schema| visit(schema, about)),
            schema => visit(schema, about),
        }
    }
}

/// Whether the members of this keyword's value are schemas by names.
fn names(keyword: &str) -> bool {
    matches!(
        keyword,
        "$defs"
            | "definitions"
            | "properties"
            | "patternProperties"
            | "dependentSchemas"
            | "dependencies"
    )
}

/// What a schema refers to.
pub(super) fn references(schema: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let said = ["$ref", "$recursiveRef"].into_iter();
    said.filter_map(|key| schema.get(key)?.as_str())
}

/// What a reference within one document leads to.
pub(super) fn referred<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    let pointer = uri::decoded(reference.strip_prefix('#')?);
    root.pointer(&pointer)
}
