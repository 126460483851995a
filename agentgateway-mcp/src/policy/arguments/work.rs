use serde_json::{Map, Value};

use super::keywords::{references, referred};

/// How deep schemas may judge within one another, over all of a value: each level takes stack.
const MAX_LEVELS: usize = 256;
/// What a pattern that a plain automaton cannot match may cost at least.
const HARD_PATTERN: usize = 1_000;

/// The check would cost too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMuch;

/// Counts what a check costs at most, by going the ways that it may go, none of them cut short.
///
/// A step is about one look at one value. It ends when the steps are spent, so that it costs no more itself.
pub(super) struct Work<'a> {
    root: &'a Value,
    left: usize,
    level: usize,
    /// How many alternatives it is within: each of them looks once, and once more for what was wrong.
    alternatives: usize,
}

impl<'a> Work<'a> {
    /// Whether the check of this value is done within so many steps.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn fits(root: &'a Value, value: &Value, steps: usize) -> Result<(), TooMuch> {
        let mut work = Self {
            root,
            left: steps,
            level: 0,
            alternatives: 0,
        };
        work.schema(root, value)
    }

    fn spend(&mut self, steps: usize) -> Result<(), TooMuch> {
        let steps = steps.saturating_mul(1 + self.alternatives);
        self.left = self.left.checked_sub(steps).ok_or(TooMuch)?;
        Ok(())
    }

    fn schema(&mut self, schema: &'a Value, value: &Value) -> Result<(), TooMuch> {
        self.spend(1)?;
        let Value::Object(members) = schema else {
            return Ok(());
        };
        if self.level == MAX_LEVELS {
            return Err(TooMuch);
        }
        self.level += 1;
        // What was not judged by others is found by asking all of these again.
        let asks_again = ["unevaluatedProperties", "unevaluatedItems"];
        let times = match asks_again.iter().any(|key| members.contains_key(*key)) {
            true => 2,
            false => 1,
        };
        for _ in 0..times {
            self.members(members, value)?;
        }
        self.level -= 1;
        Ok(())
    }

    fn members(&mut self, members: &'a Map<String, Value>, value: &Value) -> Result<(), TooMuch> {
        for reference in references(members) {
            if let Some(target) = referred(self.root, reference) {
                self.schema(target, value)?;
            }
        }
        for (key, inner) in members {
            self.spend(1)?;
            match (key.as_str(), value) {
                ("anyOf" | "oneOf", _) => self.alternatives(inner, value)?,
                ("allOf" | "not" | "if" | "then" | "else", _) => self.each(inner, value)?,
                ("dependentSchemas" | "dependencies", Value::Object(_)) => {
                    for schema in inner.as_object().into_iter().flat_map(Map::values) {
                        self.schema(schema, value)?;
                    }
                }
                ("enum", _) => self.spend(inner.as_array().map_or(1, Vec::len))?,
                (_, Value::Object(object)) => self.of_object(key, inner, members, object)?,
                (_, Value::Array(array)) => self.of_array(key, inner, members, array)?,
                (_, Value::String(text)) => self.of_text(key, inner, text)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// What is wrong with each alternative is told with a copy of the value.
    fn alternatives(&mut self, schemas: &'a Value, value: &Value) -> Result<(), TooMuch> {
        let count = schemas.as_array().map_or(0, Vec::len);
        self.spend(count.saturating_mul(extent(value)))?;
        self.alternatives += 1;
        self.each(schemas, value)?;
        self.alternatives -= 1;
        Ok(())
    }

    fn each(&mut self, schemas: &'a Value, value: &Value) -> Result<(), TooMuch> {
        match schemas {
            Value::Array(list) => list
                .iter()
                .try_for_each(|schema| self.schema(schema, value)),
            schema => self.schema(schema, value),
        }
    }

    fn of_object(
        &mut self,
        key: &str,
        inner: &'a Value,
        members: &'a Map<String, Value>,
        object: &Map<String, Value>,
    ) -> Result<(), TooMuch> {
        let named = inner.as_object();
        match key {
            "properties" => {
                for (name, schema) in named.into_iter().flatten() {
                    self.spend(1)?;
                    if let Some(value) = object.get(name) {
                        self.schema(schema, value)?;
                    }
                }
            }
            "patternProperties" => {
                for (pattern, schema) in named.into_iter().flatten() {
                    for (name, value) in object {
                        self.spend(pattern_steps(pattern, name))?;
                        self.schema(schema, value)?;
                    }
                }
            }
            "additionalProperties" | "unevaluatedProperties" => {
                let properties = members.get("properties").and_then(Value::as_object);
                for (name, value) in object {
                    self.spend(1)?;
                    if !properties.is_some_and(|known| known.contains_key(name)) {
                        self.schema(inner, value)?;
                    }
                }
            }
            "propertyNames" => {
                for name in object.keys() {
                    self.schema(inner, &Value::String(name.clone()))?;
                }
            }
            "required" => self.spend(inner.as_array().map_or(0, Vec::len))?,
            _ => {}
        }
        Ok(())
    }

    fn of_array(
        &mut self,
        key: &str,
        inner: &'a Value,
        members: &'a Map<String, Value>,
        array: &[Value],
    ) -> Result<(), TooMuch> {
        match (key, inner) {
            ("items" | "prefixItems", Value::Array(schemas)) => {
                for (schema, value) in schemas.iter().zip(array) {
                    self.schema(schema, value)?;
                }
            }
            ("items" | "additionalItems" | "unevaluatedItems" | "contains", schema) => {
                let first = ["prefixItems", "items"].into_iter();
                let first = first.filter_map(|key| members.get(key)?.as_array()).next();
                let first = if key == "contains" {
                    0
                } else {
                    first.map_or(0, Vec::len)
                };
                for value in array.iter().skip(first) {
                    self.schema(schema, value)?;
                }
            }
            // A few are compared each with each.
            ("uniqueItems", _) => {
                let all: usize = array.iter().map(extent).sum();
                self.spend(all.saturating_mul(16))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn of_text(&mut self, key: &str, inner: &Value, text: &str) -> Result<(), TooMuch> {
        match key {
            "pattern" => self.spend(pattern_steps(inner.as_str().unwrap_or_default(), text)),
            "minLength" | "maxLength" => self.spend(text.len() / 64),
            "contentEncoding" | "contentMediaType" => self.spend(text.len() / 16),
            _ => Ok(()),
        }
    }
}

/// How many values there are in a value, long texts counted as several.
fn extent(value: &Value) -> usize {
    match value {
        Value::Array(array) => 1 + array.iter().map(extent).sum::<usize>(),
        Value::Object(object) => {
            let member = |(name, value): (&String, &Value)| name.len() / 64 + 1 + extent(value);
            1 + object.iter().map(member).sum::<usize>()
        }
        Value::String(text) => 1 + text.len() / 64,
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}

/// What matching may cost. With what looks ahead or back it may grow with the square of the text.
fn pattern_steps(pattern: &str, text: &str) -> usize {
    let groups = pattern.match_indices("(?").map(|(at, _)| at + 2);
    let looks = |at: usize| !pattern.get(at..).unwrap_or_default().starts_with(':');
    let mut escapes = pattern.match_indices('\\').map(|(at, _)| at + 1);
    let refers = |at: usize| {
        let next = pattern.as_bytes().get(at).copied().unwrap_or_default();
        matches!(next, b'1'..=b'9' | b'k' | b'g' | b'K' | b'G')
    };
    let is_hard = groups.into_iter().any(looks)
        || escapes.any(refers)
        || ["*+", "++", "?+", "}+"]
            .iter()
            .any(|own| pattern.contains(own));
    match is_hard {
        true => HARD_PATTERN + text.len().saturating_mul(text.len()) / 16,
        false => 1 + text.len() / 16,
    }
}
