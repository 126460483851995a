//! What a text says in JSON: `json(request.body).model`.

use std::{cell::Cell, collections::HashMap, fmt, sync::Arc};

use cel::{
    Env, ExecutionError, Value,
    common::{
        types::{CelString, STRING_TYPE},
        value::{CowVal, Val},
    },
    objects::{Key, Map},
};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::claim::{MAX_DEPTH, MAX_ITEMS};

/// How many values a text may hold, however they nest.
pub(super) const MAX_VALUES: usize = 16_384;

/// Makes the function known.
pub(super) fn with_json(mut env: Env) -> Env {
    // It has no name in common with others.
    let _ = env.add_overload("json", "json_string", vec![STRING_TYPE], json);
    env
}

#[expect(clippy::needless_pass_by_value, reason = "the form of an overload")]
fn json<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    // No message holds anything of the text.
    let invalid = || {
        ExecutionError::function_error(
            "json",
            "no JSON, a name that is there twice, or too much of it",
        )
    };
    let text = args
        .first()
        .and_then(|it| it.downcast_ref::<CelString<'_>>());
    let text = text.ok_or_else(invalid)?.inner();
    let mut reading = serde_json::Deserializer::from_str(text);
    let left = Cell::new(MAX_VALUES);
    let value = Read {
        left: &left,
        depth: 0,
    };
    let value = value.deserialize(&mut reading).map_err(|_| invalid())?;
    reading.end().map_err(|_| invalid())?;
    let value: Box<dyn Val> = value.try_into()?;
    Ok(CowVal::Owned(value))
}

/// Reads one value, within the bounds of all.
#[derive(Clone, Copy)]
struct Read<'a> {
    left: &'a Cell<usize>,
    depth: usize,
}

impl Read<'_> {
    /// For what is within this one.
    fn deeper(self) -> Option<Self> {
        let depth = self.depth + 1;
        (depth <= MAX_DEPTH).then_some(Self { depth, ..self })
    }

    fn count(&self) -> Option<()> {
        self.left.set(self.left.get().checked_sub(1)?);
        Some(())
    }
}

impl<'de> DeserializeSeed<'de> for Read<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        self.count().ok_or_else(too_much)?;
        from.deserialize_any(self)
    }
}

fn too_much<E: Error>() -> E {
    E::custom("too much")
}

impl<'de> Visitor<'de> for Read<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number))
    }

    /// What fits is an `int`, as in claims: `1` is one type in all expressions.
    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(i64::try_from(number).map_or(Value::UInt(number), Value::Int))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(Arc::new(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let within = self.deeper().ok_or_else(too_much)?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(within)? {
            list.push(item);
            if list.len() > MAX_ITEMS {
                return Err(too_much());
            }
        }
        Ok(Value::List(Arc::new(list)))
    }

    /// A name that is there twice is refused: who is sent the text may see the other one.
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let within = self.deeper().ok_or_else(too_much)?;
        let mut map = HashMap::new();
        while let Some(name) = fields.next_key::<String>()? {
            let twice = map.insert(Key::from(name), fields.next_value_seed(within)?);
            if twice.is_some() || map.len() > MAX_ITEMS {
                return Err(too_much());
            }
        }
        Ok(Value::Map(Map { map: Arc::new(map) }))
    }
}
