use std::time::Duration;

use agentgateway_core::json::Raw;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::ToolArguments;
use crate::policy::calls::{CheckCalls, Wrong};

/// Told once of a tool with this schema, what is said about a call of it.
fn checked(schema: &Value, arguments: &Value) -> Result<(), Wrong> {
    let tools = ToolArguments::new();
    learn(&tools, "tool", schema).map_err(Wrong::Tool)?;
    tools.check("", "tool", Some(arguments.to_string().as_bytes()))
}

fn learn(tools: &ToolArguments, name: &str, schema: &Value) -> Result<(), &'static str> {
    let tool = json!({"name": name, "inputSchema": schema}).to_string();
    tools.learn("", name, Raw::parse(tool.as_bytes()).unwrap())
}

fn wrong(schema: &Value, arguments: &Value) -> String {
    match checked(schema, arguments) {
        Err(Wrong::Arguments(wrong)) => wrong,
        other => panic!("{schema} {other:?}"),
    }
}

/// Values in values, so many.
fn nested(levels: usize, around: impl Fn(Value) -> Value) -> Value {
    (0..levels).fold(json!({}), |inner, _| around(inner))
}

#[test]
fn schemas_of_every_draft_are_understood() {
    let tree = json!({"type": "object", "properties": {
        "children": {"type": "array", "items": {"$ref": "#"}}, "n": {"type": "integer"}}});
    let defs = json!({"$defs": {"a%/~": {"type": "string"}},
        "properties": {"a": {"$ref": "#/$defs/a%25~1~0"}}});
    for (schema, good, bad) in [
        (json!(true), json!({}), None),
        (
            tree,
            json!({"children": [{"children": [{"n": 1}]}]}),
            Some(json!({"children": [{"children": [{"n": "1"}]}]})),
        ),
        (defs, json!({"a": "x"}), Some(json!({"a": 1}))),
        (
            json!({"$schema": "http://json-schema.org/draft-04/schema#",
                "properties": {"a": {"maximum": 3, "exclusiveMaximum": true}}}),
            json!({"a": 2}),
            Some(json!({"a": 3})),
        ),
        (
            json!({"$schema": "http://json-schema.org/draft-07/schema#", "$id": "https://example.org/x",
                "definitions": {"a": {"type": "string", "format": "email"}},
                "properties": {"a": {"$ref": "#/definitions/a"}}}),
            json!({"a": "no mail"}),
            Some(json!({"a": 1})),
        ),
        (
            json!({"$schema": "https://json-schema.org/draft/2019-09/schema",
                "allOf": [{"properties": {"a": true}}], "unevaluatedProperties": false}),
            json!({"a": 2}),
            Some(json!({"b": 3})),
        ),
        // What looks ahead, as generated schemas do.
        (
            json!({"properties": {"mail": {"pattern": r"^(?!\.)(?!.*\.\.)[^@]+@[a-z.]+$"}}}),
            json!({"mail": "a.b@example.org"}),
            Some(json!({"mail": "a..b@example.org"})),
        ),
        // A `$ref` that is data, or the name of a property.
        (
            json!({"properties": {"$ref": {"const": {"$ref": "http://x/"}}, "$id": {"type": "string"}}}),
            json!({"$ref": {"$ref": "http://x/"}, "$id": "1"}),
            Some(json!({"$ref": 1})),
        ),
    ] {
        assert_eq!(checked(&schema, &good), Ok(()), "{schema}");
        if let Some(bad) = bad {
            wrong(&schema, &bad);
        }
    }
}

#[test]
fn a_schema_is_refused_with_a_reason() {
    let within = |schema: Value| json!({"properties": {"a": schema}});
    let patterns: Vec<_> = (0..33)
        .map(|n| json!({"pattern": format!("{n}")}))
        .collect();
    let chain = (0..70).map(|n| {
        (
            format!("{n}"),
            json!({"$ref": format!("#/$defs/{}", n + 1)}),
        )
    });
    let chain: Value = chain.chain([("70".to_owned(), json!({}))]).collect();
    for (schema, reason) in [
        (within(json!({"$ref": "other.json"})), "leads out of it"),
        (within(json!({"$ref": "#name"})), "by a name"),
        (within(json!({"$dynamicRef": "#name"})), "by a name"),
        (within(json!({"$ref": "#/$defs/a"})), "leads nowhere"),
        (
            json!({"x": {"$ref": "http://x/"}, "$ref": "#/x"}),
            "leads out of it",
        ),
        (json!({"allOf": [{"if": {"$ref": "#"}}]}), "only to itself"),
        (within(json!({"$id": "http://x/"})), "$id within"),
        (json!({"$schema": "http://x/"}), "dialect that is not known"),
        (json!({"$schema": 7}), "dialect that is not known"),
        (nested(70, |inner| json!({"not": inner})), "too deep"),
        (nested(66, |inner| json!({"items": inner})), "too deep"),
        (json!({"$ref": "#/$defs/0", "$defs": chain}), "too deep"),
        (json!({"allOf": patterns}), "too many patterns"),
        (json!({"pattern": "a".repeat(1025)}), "too long"),
        (json!({"description": "a".repeat(128 * 1024)}), "too long"),
        (json!([]), "no object"),
    ] {
        let tools = ToolArguments::new();
        let said = learn(&tools, "tool", &schema).unwrap_err();
        assert!(said.contains(reason), "{reason}: {said}");
        // The same again, and a call.
        assert_eq!(learn(&tools, "tool", &schema), Err(said));
        assert_eq!(tools.check("", "tool", None), Err(Wrong::Tool(said)));
    }
    // These the first call finds out, and the next list knows.
    for schema in [
        json!({"type": 7}),
        json!({"pattern": "("}),
        json!({"pattern": "(a{1000}){1000}"}),
    ] {
        let tools = ToolArguments::new();
        assert_eq!(learn(&tools, "tool", &schema), Ok(()));
        let refused = tools.check("", "tool", None);
        assert!(
            matches!(refused, Err(Wrong::Tool(_))),
            "{schema} {refused:?}"
        );
        assert!(learn(&tools, "tool", &schema).is_err());
    }
}

/// Fault M22 (part): what would take for ever is found out before it begins.
#[test]
fn a_check_costs_no_more_than_its_steps() {
    // Two ways at each level of the arguments, or of the definitions.
    let both = json!({"properties": {"a": {"anyOf": [
        {"$ref": "#", "required": ["b"]}, {"$ref": "#", "required": ["c"]}]}}});
    let defs = (0..25).map(|n| {
        let next = json!({"$ref": format!("#/$defs/{}", n + 1)});
        (format!("{n}"), json!({"anyOf": [next, next, {"not": {}}]}))
    });
    let defs: Value = defs.chain([("25".to_owned(), json!(false))]).collect();
    let laughs = json!({"$ref": "#/$defs/0", "$defs": defs});
    let unevaluated = (0..40).fold(
        json!({}),
        |inner, _| json!({"allOf": [inner], "unevaluatedProperties": false}),
    );
    let unique = json!({"properties": {"a": {"uniqueItems": true}}});
    let slow = json!({"properties": {"a": {"pattern": r"^(?=(a+)+$)(\1x|b)"}}});
    let items: Vec<_> = (0..100_000).collect();
    for (schema, arguments) in [
        (both, nested(50, |inner| json!({"a": inner}))),
        (laughs, json!({})),
        (unevaluated, json!({"a": 1})),
        (unique, json!({"a": items})),
        (slow, json!({"a": "a".repeat(100_000)})),
    ] {
        let begun = Instant::now();
        let said = wrong(&schema, &arguments);
        assert!(said.contains("to be checked"), "{said}");
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{:?}",
            begun.elapsed()
        );
    }
}

/// The longest way that is walked fits the stack of a thread.
#[test]
fn deep_arguments_are_checked() {
    let tree = json!({"properties": {"a": {"allOf": [{"$ref": "#"}]}}, "type": "object"});
    let deep = nested(60, |inner| json!({"a": inner}));
    assert_eq!(checked(&tree, &deep), Ok(()));
    let deep = nested(100, |inner| json!({"a": inner}));
    assert!(wrong(&tree, &deep).contains("nested too deep"));
    let too_deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let tools = ToolArguments::new();
    learn(&tools, "tool", &tree).unwrap();
    let refused = tools.check("", "tool", Some(too_deep.as_bytes()));
    assert!(matches!(refused, Err(Wrong::Arguments(_))));
}

#[test]
fn what_is_said_is_bounded_and_repeats_no_value() {
    let schema = json!({"properties": {"a": {"enum": vec!["x".repeat(40); 100]}},
        "additionalProperties": false});
    let said = wrong(&schema, &json!({"a": "secret"}));
    assert!(said.len() < 420 && !said.contains("secret"), "{said}");
    let said = wrong(&schema, &json!({"ü".repeat(5000): "secret"}));
    assert!(said.len() < 420 && said.ends_with('…'), "{said}");
}

#[test]
fn when_there_is_no_room_all_is_forgotten() {
    let tools = ToolArguments::new().max_kept_bytes(4000);
    let schema = json!({"required": ["q"]});
    for name in ["a", "b", "c", "d"] {
        learn(&tools, name, &schema).unwrap();
        assert!(tools.check("", name, None).is_err());
    }
    for name in ["e", "f"] {
        learn(&tools, name, &schema).unwrap();
    }
    assert_eq!(tools.check("", "a", None), Ok(()));
    assert!(tools.check("", "f", None).is_err());
    assert_eq!(tools.check("other", "f", None), Ok(()));
    tools.forget("other");
    assert!(tools.check("", "f", None).is_err());
    tools.forget("");
    assert_eq!(tools.check("", "f", None), Ok(()));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..6)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[abc]", 1 => "\\PC{0,5}"]
}

/// Schemas as they are written, as somebody writes them who means harm, and what is none.
fn schema() -> impl Strategy<Value = Value> {
    let reference = prop::sample::select(vec![
        "#",
        "#/$defs/a",
        "#/$defs/b",
        "#/properties/a",
        "#/items",
        "#/anyOf/0",
        "http://x/",
        "#a",
        "#/%",
        "",
    ]);
    let pattern = prop::sample::select(vec![
        "^a",
        "(a+)+$",
        "(?=a)b",
        r"\1",
        "[",
        r"\p{L}{9}",
        "(?<!a)*",
    ]);
    let kind = prop::sample::select(vec!["object", "array", "string", "integer", "null", "x"]);
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        reference.prop_map(|to| json!({"$ref": to})),
        pattern.prop_map(|pattern| json!({"pattern": pattern, "minLength": 1})),
        kind.prop_map(|kind| json!({"type": kind})),
        value().prop_map(|value| json!({"enum": [value], "uniqueItems": true})),
        value(),
    ];
    leaf.prop_recursive(5, 60, 4, |inner| {
        let list = prop::sample::select(vec![
            "anyOf",
            "oneOf",
            "allOf",
            "prefixItems",
            "items",
            "enum",
        ]);
        let one = prop::sample::select(vec![
            "not",
            "if",
            "then",
            "else",
            "items",
            "contains",
            "additionalProperties",
            "propertyNames",
            "unevaluatedProperties",
            "unevaluatedItems",
            "additionalItems",
            "x-own",
            "multipleOf",
            "required",
        ]);
        let named = prop::sample::select(vec![
            "properties",
            "patternProperties",
            "$defs",
            "dependentSchemas",
            "dependencies",
        ]);
        let lists = prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from);
        let names = prop::collection::vec((name(), inner.clone()), 0..4);
        let names = names.prop_map(|all| all.into_iter().collect::<Value>());
        let member = prop_oneof![(list, lists), (one, inner), (named, names)];
        prop::collection::vec(member, 0..4).prop_map(|all| {
            all.into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect()
        })
    })
}

proptest! {
    /// Whatever is told and brought: an answer comes, and soon.
    #[test]
    fn any_schema_and_any_arguments_end(schema in schema(), arguments in value()) {
        let begun = Instant::now();
        let _ = checked(&schema, &arguments);
        prop_assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn any_text_is_no_panic(text in "\\PC{0,40}") {
        let tools = ToolArguments::new();
        learn(&tools, "tool", &json!({"type": "object"})).unwrap();
        let _ = tools.check("", "tool", Some(text.as_bytes()));
    }
}
