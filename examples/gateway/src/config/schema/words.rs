//! How the faults that the validator finds are told.

use serde_json::Value as Json;

use super::shape::{Bounds, Shape, Type};
use crate::config::suggest::{listed, quoted};
use crate::config::yaml::{Node, Value};

/// What is wrong, and what would help.
pub(super) type Words = (String, Option<String>);

/// How much of a value that is no string is shown.
const SHOWN_VALUES: usize = 12;

pub(super) fn wrong_type(shape: &Shape, node: &Node, hidden: bool) -> Words {
    let wanted: Vec<_> = shape.types.iter().map(|wanted| in_words(*wanted)).collect();
    let message = format!(
        "must be {}, found {}",
        wanted.join(" or "),
        found(node, hidden)
    );
    (message, type_hint(shape, node, hidden))
}

/// Where YAML took a value for something else than its writer.
fn type_hint(shape: &Shape, node: &Node, hidden: bool) -> Option<String> {
    let wants = |wanted: Type| shape.types.contains(&wanted);
    let hint = match &node.value {
        Value::String(text) if !hidden && text.contains("${") => return Some(placeholder()),
        Value::Bool(_) if wants(Type::String) => {
            "YAML reads true, false, yes, no, on and off as true or false: write it in quotes"
        }
        Value::Number(_) if wants(Type::String) => {
            "YAML reads this as a number: write it in quotes"
        }
        Value::String(text) if wants(Type::Integer) && text.parse::<i64>().is_ok() => {
            "write it without quotes"
        }
        Value::String(text) if wants(Type::Bool) && text.parse::<bool>().is_ok() => {
            "write it without quotes"
        }
        Value::Number(_) if wants(Type::Integer) => "write it without a point",
        _ if wants(Type::List) && !wants(Type::Object) => "begin each item with \"- \"",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn placeholder() -> String {
    "a variable that nothing has given a value: give it one under postBuild".to_owned()
}

pub(super) fn not_among(shape: &Shape, node: &Node, hidden: bool) -> Words {
    let known = shape.values.iter().map(|value| match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    });
    let known: Vec<_> = known.collect();
    let all = if known.iter().all(|word| word.parse::<i64>().is_ok()) {
        known.join(", ")
    } else {
        listed(&known)
    };
    if hidden {
        return (format!("is not one of {all}"), None);
    }
    let hint = node.as_str().and_then(|word| {
        let known = known.iter().map(String::as_str);
        crate::config::suggest::did_you_mean(word, known)
    });
    (format!("{} is not one of {all}", value(node)), hint)
}

pub(super) fn no_match(shape: &Shape, text: &str, hidden: bool) -> Words {
    let pattern = shape
        .pattern
        .as_ref()
        .map_or("", |pattern| pattern.as_str());
    let wanted = match &shape.meaning {
        Some(meaning) => format!("must be {meaning}"),
        None => format!("must match {pattern}"),
    };
    if hidden {
        return (wanted, None);
    }
    let hint = text.contains("${").then(placeholder);
    (format!("{wanted}, found {}", quoted(text)), hint)
}

/// A number of characters, items or members that is too small or too large.
pub(super) fn bad_count(bounds: Bounds, count: usize, unit: &str) -> Words {
    let message = match (bounds.min, bounds.max) {
        (Some(1), _) if count == 0 => format!("must have at least 1 {unit}, has none"),
        (Some(min), _) if i128::try_from(count).is_ok_and(|count| count < min) => {
            format!("must have at least {min} {unit}s, has {count}")
        }
        (_, max) => format!(
            "must have at most {} {unit}s, has {count}",
            max.unwrap_or_default()
        ),
    };
    (message, None)
}

pub(super) fn out_of_range(bounds: Bounds, node: &Node, hidden: bool) -> Words {
    let range = match (bounds.min, bounds.max) {
        (Some(min), Some(max)) => format!("must be between {min} and {max}"),
        (Some(min), None) => format!("must be at least {min}"),
        (None, Some(max)) => format!("must be at most {max}"),
        (None, None) => "must be another number".to_owned(),
    };
    if hidden {
        return (range, None);
    }
    (format!("{range}, found {}", value(node)), None)
}

/// What was found: its type, and its value where that is short and may be shown.
fn found(node: &Node, hidden: bool) -> String {
    match &node.value {
        Value::String(_) if !hidden => format!("the string {}", value(node)),
        Value::Number(_) | Value::Bool(_) if !hidden => value(node),
        _ => node.type_name().to_owned(),
    }
}

/// A scalar as it would be written.
pub(super) fn value(node: &Node) -> String {
    match &node.value {
        Value::String(text) => quoted(text),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::List(_) | Value::Object(_) => node.type_name().to_owned(),
    }
}

/// Names in quotes, cut where there are many.
pub(super) fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.collect();
    let shown = names.get(..SHOWN_VALUES).unwrap_or(&names);
    let more = names.len() - shown.len();
    if more == 0 {
        listed(shown)
    } else {
        format!("{} and {more} more", listed(shown))
    }
}

pub(super) fn in_words(wanted: Type) -> &'static str {
    match wanted {
        Type::Bool => "true or false",
        Type::Integer => "a whole number",
        Type::Number => "a number",
        Type::String => "a string",
        Type::List => "a list",
        Type::Object => "an object",
    }
}

/// A required field that is not there, with the first sentence of what it is.
pub(super) fn missing(shape: Option<&Shape>) -> Words {
    let description = shape.map_or("", |shape| shape.description.as_str());
    let sentence = description.split(". ").next().unwrap_or_default();
    let sentence = sentence.trim_end_matches('.').replace(['`', '\n'], "");
    let mut chars = sentence.chars();
    let message = match chars.next() {
        Some(first) => format!("is required ({}{})", first.to_lowercase(), chars.as_str()),
        None => "is required".to_owned(),
    };
    (message, None)
}
