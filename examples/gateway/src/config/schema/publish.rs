//! The one JSON Schema of all that a directory may hold, for editors.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::condition::Choice;
use crate::config::object::kinds::{self, Body, KINDS, Kind};
use crate::config::resource::ObjectMeta;

/// The JSON Schema (2020-12) of every object that a directory may hold.
///
/// Each kind is one choice of `oneOf`, told by `apiVersion` and `kind`. Fields with
/// `x-not-implemented` are known and have no effect; where that is a list, these values have none. With
/// `x-guards-access` beside it, what the field is for is not served. Fields with `x-extension` are the gateway's
/// own: the CRDs do not know them. What a schema cannot say (that of two numbers
/// one is less, and the like) is checked by `check` alone.
///
/// # Source
/// JSON Schema 2020-12.
#[must_use]
pub fn json_schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let metadata = generator.subschema_for::<ObjectMeta>().to_value();
    let mut choices: Vec<_> = KINDS
        .iter()
        .map(|kind| object(kind, &metadata, &mut generator))
        .collect();
    choices.extend([list(), kustomization(), unserved(), other()]);
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of agentgateway",
        "description": "A document of a directory of manifests.",
        "oneOf": choices,
        "$defs": generator.take_definitions(true),
    });
    tidy(&mut schema);
    schema
}

fn object(kind: &Kind, metadata: &Value, generator: &mut SchemaGenerator) -> Value {
    let body = kind.schema(generator).to_value();
    let versions: Vec<_> = kind.api_versions().collect();
    let mut object = Map::new();
    let mut members = Map::new();
    match (kind.body, definition(&body, generator)) {
        (Body::Top, Value::Object(whole)) => {
            object = whole;
            if let Some(Value::Object(own)) = object.remove("properties") {
                members = own;
            }
        }
        _ => {
            members.insert("spec".to_owned(), body);
            object.insert("additionalProperties".to_owned(), false.into());
        }
    }
    let status = json!({ "description": "Written by what serves it; not read." });
    members.insert("apiVersion".to_owned(), json!({ "enum": versions }));
    members.insert("kind".to_owned(), json!({ "const": kind.name }));
    members.insert("metadata".to_owned(), metadata.clone());
    members.insert("status".to_owned(), status);
    let mut required = vec!["apiVersion", "kind", "metadata"];
    required.extend((kind.body == Body::Spec).then_some("spec"));
    object.insert("title".to_owned(), kind.name.into());
    object.insert("type".to_owned(), "object".into());
    object.insert("required".to_owned(), required.into());
    object.insert("properties".to_owned(), members.into());
    object.into()
}

/// The schema that a reference stands for.
fn definition(reference: &Value, generator: &SchemaGenerator) -> Value {
    let name = reference.get("$ref").and_then(Value::as_str);
    let name = name.and_then(|name| name.rsplit('/').next());
    let found = name.and_then(|name| generator.definitions().get(name));
    found.cloned().unwrap_or_else(|| json!({}))
}

/// Objects of their own, in one document.
fn list() -> Value {
    json!({
        "title": "List",
        "type": "object",
        "required": ["apiVersion", "kind", "items"],
        "properties": {
            "apiVersion": { "const": "v1" },
            "kind": { "const": "List" },
            "items": { "type": "array", "items": { "$ref": "#" } },
        },
    })
}

/// What says which files of a folder are read.
fn kustomization() -> Value {
    json!({
        "title": "Kustomization of kustomize",
        "type": "object",
        "properties": {
            "apiVersion": { "const": "kustomize.config.k8s.io/v1beta1" },
            "kind": { "const": "Kustomization" },
            "resources": { "type": "array", "items": { "type": "string" } },
        },
        "required": ["resources"],
        "if": { "required": ["apiVersion"] },
        "then": { "required": ["kind"] },
    })
}

/// Kinds of groups of which others are read, that exist and are not served.
fn unserved() -> Value {
    let choices = kinds::groups().filter_map(|group| {
        let kinds = kinds::unserved(group).filter(|kinds| !kinds.is_empty())?;
        let version = if group.is_empty() {
            json!({ "pattern": "^[^/]*$" })
        } else {
            json!({ "pattern": format!("^{}/", regex::escape(group)) })
        };
        Some(json!({ "properties": { "apiVersion": version, "kind": { "enum": kinds } } }))
    });
    let choices: Vec<_> = choices.collect();
    json!({
        "title": "A kind that is not served",
        "type": "object",
        "required": ["apiVersion", "kind"],
        "anyOf": choices,
    })
}

/// Kinds of other groups, which are of no concern.
fn other() -> Value {
    let own: Vec<_> = kinds::groups()
        .filter(|group| !group.is_empty())
        .chain(["kustomize.config.k8s.io"])
        .map(regex::escape)
        .collect();
    json!({
        "title": "A kind of another group",
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": {
            "apiVersion": {
                "pattern": "/",
                "not": { "pattern": format!("^({})/", own.join("|")) },
            },
        },
    })
}

/// Makes plain members of what only the validator reads.
fn tidy(schema: &mut Value) {
    let mut open = vec![schema];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                members.remove("x-absent");
                if let Some(Value::Array(also)) = members.remove("x-also") {
                    add_members(members, &also);
                }
                publish_rules(members);
                if let Some(default) = members.get_mut("default") {
                    drop_nulls(default);
                }
                open.extend(members.values_mut());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
}

/// Names that exist and are not read here.
fn add_members(schema: &mut Map<String, Value>, names: &[Value]) {
    let properties = schema.entry("properties").or_insert_with(|| json!({}));
    let Value::Object(properties) = properties else {
        return;
    };
    for name in names.iter().filter_map(Value::as_str) {
        let not_read = json!({ "description": "Not read." });
        properties.entry(name).or_insert(not_read);
    }
}

/// Says choices and rules in the words of JSON Schema.
fn publish_rules(schema: &mut Map<String, Value>) {
    let mut take = |name: &str| match schema.remove(name) {
        Some(Value::Array(all)) => all,
        _ => Vec::new(),
    };
    let choices = take("x-choices");
    let rules = take("x-rules");
    let mut all: Vec<_> = choices.iter().map(choice).collect();
    all.extend(rules.into_iter().filter_map(|mut rule| {
        let schema = rule.get_mut("schema").map(Value::take)?;
        let message = rule.get("message").cloned()?;
        Some(match schema {
            Value::Object(mut schema) => {
                schema.insert("description".to_owned(), message);
                schema.into()
            }
            other => other,
        })
    }));
    if !all.is_empty() {
        schema.insert("allOf".to_owned(), all.into());
    }
}

fn choice(choice: &Value) -> Value {
    let Choice { of, least, most } = Choice::read(choice);
    let mut each: Vec<_> = of
        .iter()
        .map(|name| json!({ "required": [name] }))
        .collect();
    if least == 0 {
        each.push(json!({ "not": { "anyOf": each } }));
    }
    if most == 1 {
        json!({ "oneOf": each })
    } else {
        json!({ "anyOf": each })
    }
}

fn drop_nulls(value: &mut Value) {
    if let Value::Object(members) = value {
        members.retain(|_, member| !member.is_null());
        members.values_mut().for_each(drop_nulls);
    }
}
