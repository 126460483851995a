//! The page that lists every kind and field, made of the published schema.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Map, Value};

const HEAD: &str = "\
# Configuration

What a directory may hold, made of the types that read it (`UPDATE_SCHEMA=1 cargo test -p agentgateway
schema` writes this page anew). The same as a JSON Schema, for editors:
[configuration.schema.json](configuration.schema.json).

A field that is marked **no effect** is known and not implemented yet: `check` names it, and a condition of
the object says so. One that is marked **not served with it** guards access: what it is for answers 500 until
the field is implemented or removed. One that is marked **extension** is the gateway's own: the CRDs of the
agentgateway project do not know it, and an API server that has them would take it out of an object. Give it in
files. A field that is not listed is refused, with the name that was probably meant; objects of
the core are read leniently, and of their many fields those alone are listed that a gateway needs. A field
in **bold** is required.

";

/// The page, in Markdown.
#[must_use]
pub fn reference(schema: &Value) -> String {
    let mut page = Page {
        schema,
        text: HEAD.to_owned(),
        told: BTreeSet::new(),
        waiting: Vec::new(),
    };
    let kinds = schema.get("oneOf").and_then(Value::as_array);
    for kind in kinds.into_iter().flatten() {
        if kind.pointer("/properties/metadata").is_some() {
            page.kind(kind);
        }
    }
    page.text.push_str("## Types\n");
    page.types();
    page.text
}

#[derive(Debug)]
struct Page<'a> {
    schema: &'a Value,
    text: String,
    told: BTreeSet<&'a str>,
    waiting: Vec<&'a str>,
}

impl<'a> Page<'a> {
    fn kind(&mut self, kind: &'a Value) {
        let title = kind
            .get("title")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let versions = kind.pointer("/properties/apiVersion/enum");
        let versions = versions.and_then(Value::as_array).into_iter().flatten();
        let versions: Vec<_> = versions.filter_map(Value::as_str).collect();
        let versions = versions.join("` and `");
        self.line(&format!("## {title}\n\n`{versions}`\n"));
        let spec = kind
            .pointer("/properties/spec")
            .and_then(|spec| self.target(spec));
        match spec {
            Some((name, definition)) => {
                self.told.insert(name);
                self.description(definition);
                self.table("spec.", definition);
            }
            None => {
                self.description(kind);
                self.table("", kind);
            }
        }
        self.line("");
    }

    /// The types that fields have, each once, in the order in which they are met.
    fn types(&mut self) {
        let mut next = 0;
        while let Some(name) = self.waiting.get(next).copied() {
            next += 1;
            let definition = self.schema.pointer(&format!("/$defs/{name}"));
            let Some(definition) = definition.filter(|_| self.told.insert(name)) else {
                continue;
            };
            self.line(&format!("\n### {name}\n"));
            self.description(definition);
            if definition.get("properties").is_some() {
                self.table("", definition);
            } else {
                self.values(definition);
            }
        }
    }

    fn description(&mut self, schema: &Value) {
        let text = describe(schema);
        if !text.is_empty() {
            self.line(&format!("{text}\n"));
        }
    }

    fn values(&mut self, schema: &Value) {
        for choice in schema
            .get("oneOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            if let Some(value) = choice.get("const") {
                self.line(&format!("* `{}` {}", plain(value), describe(choice)));
            } else {
                self.plain_values(choice);
            }
        }
        self.plain_values(schema);
    }

    fn plain_values(&mut self, schema: &Value) {
        for value in schema
            .get("enum")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.line(&format!("* `{}`", plain(value)));
        }
    }

    fn table(&mut self, prefix: &str, schema: &'a Value) {
        let Some(Value::Object(members)) = schema.get("properties") else {
            return;
        };
        let required = schema.get("required").and_then(Value::as_array);
        let required: Vec<_> = required.into_iter().flatten().collect();
        let shared = ["apiVersion", "kind", "metadata", "status"];
        let members = members.iter();
        let members = members.filter(|(name, _)| {
            !prefix.is_empty() || schema.get("title").is_none() || !shared.contains(&name.as_str())
        });
        let members: Vec<_> = members.collect();
        if members.is_empty() {
            return;
        }
        self.line("| field | type | default | must be | meaning |\n|---|---|---|---|---|");
        for (name, member) in members {
            let bold = if required.iter().any(|required| *required == name) {
                "**"
            } else {
                ""
            };
            let kind = self.type_of(member);
            let default = member.get("default").filter(|value| !is_empty(value));
            let default = default
                .map(|value| format!("`{}`", plain(value)))
                .unwrap_or_default();
            let marks = [extension(member), &effect(member)].concat();
            let row = [
                format!("{bold}`{prefix}{name}`{bold}"),
                kind,
                default,
                limits(member),
                format!("{marks}{}", describe(member)),
            ];
            let row = row.map(|cell| cell.replace('|', "\\|").replace('\n', " "));
            self.line(&format!("| {} |", row.join(" | ")));
        }
    }

    /// The name of a type, with a link to where it is told.
    fn type_of(&mut self, schema: &'a Value) -> String {
        if let Some((name, _)) = self.target(schema) {
            self.waiting.push(name);
            return format!("[{name}](#{})", name.to_lowercase());
        }
        let types = match schema.get("type") {
            Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(one)) => vec![one.as_str()],
            _ => Vec::new(),
        };
        let types: Vec<_> = types.into_iter().filter(|name| *name != "null").collect();
        match (
            types.as_slice(),
            schema.get("items"),
            schema.get("additionalProperties"),
        ) {
            (["array"], Some(items), _) => format!("list of {}", self.type_of(items)),
            (["object"], _, Some(each @ Value::Object(_))) => {
                format!("map to {}", self.type_of(each))
            }
            ([], ..) => "any".to_owned(),
            (names, ..) => names.join(" or "),
        }
    }

    /// The definition that a schema refers to, by itself or unless it is absent.
    fn target(&self, schema: &'a Value) -> Option<(&'a str, &'a Value)> {
        let choices = schema.get("anyOf").and_then(Value::as_array);
        let own = std::iter::once(schema).chain(choices.into_iter().flatten());
        let mut references = own.filter_map(|choice| choice.get("$ref"));
        let name = references.next()?.as_str()?.strip_prefix("#/$defs/")?;
        Some((name, self.schema.get("$defs")?.get(name)?))
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }
}

/// Whether the CRDs do not know a field.
fn extension(member: &Value) -> &'static str {
    match member.get("x-extension") {
        Some(_) => "**extension.** ",
        None => "",
    }
}

/// What is not implemented of a field.
fn effect(member: &Value) -> String {
    let guards = member.get("x-guards-access").is_some();
    match member.get("x-not-implemented") {
        None => String::new(),
        Some(Value::Array(values)) => {
            let values: Vec<_> = values
                .iter()
                .map(|one| format!("`{}`", plain(one)))
                .collect();
            let effect = if guards {
                "not served with"
            } else {
                "no effect"
            };
            format!("**{effect}: {}.** ", values.join(", "))
        }
        Some(_) if guards => "**not served with it.** ".to_owned(),
        Some(_) => "**no effect.** ".to_owned(),
    }
}

fn describe(schema: &Value) -> String {
    let text = schema.get("description").and_then(Value::as_str);
    text.unwrap_or_default()
        .replace('\n', " ")
        .replace("  ", " ")
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_empty),
        Value::String(text) => text.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Bounds and the meaning of the pattern, in words; of a list those of its items too.
fn limits(schema: &Value) -> String {
    let Value::Object(schema) = schema else {
        return String::new();
    };
    let mut words = Vec::new();
    if let Some(meaning) = schema.get("x-meaning").and_then(Value::as_str) {
        words.push(meaning.to_owned());
    }
    if let Some(Value::Array(values)) = schema.get("enum") {
        let values = values.iter().filter(|value| !value.is_null());
        let values: Vec<_> = values.map(|value| format!("`{}`", plain(value))).collect();
        words.push(values.join(", "));
    }
    let bounds = [
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " items"),
        ("minProperties", "maxProperties", " members"),
    ];
    for (min, max, unit) in bounds {
        words.extend(bound(schema, min, max, unit));
    }
    if let Some(keys) = schema
        .get("x-kubernetes-list-map-keys")
        .and_then(Value::as_array)
    {
        let keys: Vec<_> = keys.iter().filter_map(Value::as_str).collect();
        words.push(format!("each {} once", keys.join(" and ")));
    }
    if let Some(items) = schema.get("items") {
        let each = limits(items);
        if !each.is_empty() {
            words.push(format!("each {each}"));
        }
    }
    words.join("; ")
}

fn bound(schema: &Map<String, Value>, min: &str, max: &str, unit: &str) -> Option<String> {
    let number = |name: &str| schema.get(name).filter(|value| value.as_i64() != Some(0));
    let mut text = String::new();
    let _ = match (number(min), number(max)) {
        (Some(min), Some(max)) => write!(text, "{min} to {max}{unit}"),
        (Some(min), None) => write!(text, "at least {min}{unit}"),
        (None, Some(max)) => write!(text, "at most {max}{unit}"),
        (None, None) => return None,
    };
    Some(text)
}
