//! Rules between the fields of an object, as its schema says them: the one place from which they are
//! checked and published.
//!
//! `x-choices` are choices between fields, `x-rules` conditions on the object with the words of the
//! CRDs. A condition is a JSON Schema of few keywords; the fault stands where it fails first.

use serde_json::{Map, Value, json};

/// Exactly one of these fields is set.
pub(super) fn exactly_one(of: &[&str]) -> Value {
    json!({ "of": of, "least": 1, "most": 1 })
}

/// At most one of these fields is set.
pub(super) fn at_most_one(of: &[&str]) -> Value {
    json!({ "of": of, "least": 0, "most": 1 })
}

/// At least one of these fields is set.
pub(super) fn at_least_one(of: &[&str]) -> Value {
    json!({ "of": of, "least": 1, "most": of.len() })
}

/// The object is as the schema says, else the message is told of the field where it is not.
#[expect(clippy::needless_pass_by_value, reason = "a literal is given")]
pub(super) fn rule(message: &str, schema: Value) -> Value {
    json!({ "message": message, "schema": schema })
}

/// The same, told of one member.
#[expect(clippy::needless_pass_by_value, reason = "a literal is given")]
pub(super) fn rule_at(member: &str, message: &str, schema: Value) -> Value {
    json!({ "message": message, "at": member, "schema": schema })
}

/// The same, told of the object wherever it fails.
pub(super) fn rule_here(message: &str, schema: Value) -> Value {
    rule_at("", message, schema)
}

/// All these fields are set.
pub(super) fn given(fields: &[&str]) -> Value {
    json!({ "required": fields })
}

/// One of these fields is set, or several.
pub(super) fn any_given(fields: &[&str]) -> Value {
    let each: Vec<_> = fields.iter().map(|field| given(&[*field])).collect();
    json!({ "anyOf": each })
}

/// The field is set, and to one of these values.
pub(super) fn is(field: &str, values: &[&str]) -> Value {
    let mut members = Map::new();
    members.insert(field.to_owned(), json!({ "enum": values }));
    json!({ "required": [field], "properties": members })
}

/// The field is not set, or to one of these values.
pub(super) fn unset_or(field: &str, values: &[&str]) -> Value {
    let mut members = Map::new();
    members.insert(field.to_owned(), json!({ "enum": values }));
    json!({ "properties": members })
}

/// It is not so.
#[expect(clippy::needless_pass_by_value, reason = "a literal is given")]
pub(super) fn not(schema: Value) -> Value {
    json!({ "not": schema })
}

/// Where the first holds, the second does.
#[expect(clippy::needless_pass_by_value, reason = "literals are given")]
pub(super) fn when(condition: Value, then: Value) -> Value {
    json!({ "if": condition, "then": then })
}

/// A Service is referred to with its port.
pub(super) fn service_port() -> Value {
    let service = json!({
        "properties": { "group": { "const": "" }, "kind": { "const": "Service" } },
    });
    rule(
        "Must have port for Service reference",
        when(service, given(&["port"])),
    )
}

/// The same words as of a choice, for rules that hold under a condition.
pub(super) fn exactly_one_of(first: &str, second: &str) -> Value {
    let one = json!({
        "allOf": [any_given(&[first, second]), not(given(&[first, second]))],
    });
    let message = format!("exactly one of the fields in [{first} {second}] must be set");
    rule(&message, one)
}

/// The same for a choice of which one field at least is set.
pub(super) fn at_least_one_of(of: &[&str]) -> Value {
    let message = format!(
        "at least one of the fields in [{}] must be set",
        of.join(" ")
    );
    rule(&message, any_given(of))
}

/// These rules where `conditional` is not set; where it is, none of the fields is.
pub(super) fn conditional(fields: &[&str], rules: Vec<Value>) -> Vec<Value> {
    let alone = when(given(&["conditional"]), not(any_given(fields)));
    let message = "conditional cannot be set with any other field";
    let mut found = vec![rule_at("conditional", message, alone)];
    for mut rule in rules {
        if let Some(schema) = rule.get_mut("schema") {
            *schema = when(not(given(&["conditional"])), schema.take());
        }
        found.push(rule);
    }
    found
}

/// The URL has no path behind its host.
pub(super) fn url_without_path() -> Value {
    rule(
        "url must not include a path",
        json!({ "properties": { "url": { "pattern": "^https?://[^/?#]+$" } } }),
    )
}

/// Each type goes with the member that it names, and with no other.
pub(super) fn filter_members(members: &[(&str, &str)]) -> Vec<Value> {
    let pair = |(kind, member): &(&str, &str)| {
        let of = || is("type", &[*kind]);
        [
            rule_at(
                member,
                &format!("filter.{member} must be nil if the filter.type is not {kind}"),
                when(given(&[*member]), of()),
            ),
            rule(
                &format!("filter.{member} must be specified for {kind} filter.type"),
                when(of(), given(&[*member])),
            ),
        ]
    };
    members.iter().flat_map(pair).collect()
}
