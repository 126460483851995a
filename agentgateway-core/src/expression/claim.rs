//! What a token or a key says, as values of CEL.

use std::{collections::HashMap, sync::Arc};

use cel::{
    ExecutionError, Value,
    common::value::{CowVal, Val},
    objects::{Key, Map},
};
use serde_json::Value as Json;

/// How many items a list or a map of a claim may have; the bounds of expressions count on it.
pub(super) const MAX_ITEMS: usize = 512;

/// How deep lists and maps of a claim may nest.
pub(super) const MAX_DEPTH: usize = 16;

/// A claim as a value.
pub(super) fn value<'b>(json: &Json) -> Result<CowVal<'b, 'b>, ExecutionError> {
    let value: Box<dyn Val> = convert(json, 0)?.try_into()?;
    Ok(CowVal::Owned(value))
}

fn convert(json: &Json, depth: usize) -> Result<Value, ExecutionError> {
    let too_large = || ExecutionError::function_error("claim", "too large");
    if depth > MAX_DEPTH {
        return Err(too_large());
    }
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::Int(number),
            (None, Some(number)) => Value::UInt(number),
            (None, None) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::String(Arc::new(text.clone())),
        Json::Array(items) if items.len() > MAX_ITEMS => return Err(too_large()),
        Json::Array(items) => {
            let items = items.iter().map(|item| convert(item, depth + 1));
            Value::List(Arc::new(items.collect::<Result<_, _>>()?))
        }
        Json::Object(fields) if fields.len() > MAX_ITEMS => return Err(too_large()),
        Json::Object(fields) => {
            let fields = fields.iter().map(|(name, field)| {
                let field = convert(field, depth + 1)?;
                Ok((Key::from(name.clone()), field))
            });
            let map: HashMap<Key, Value> = fields.collect::<Result<_, ExecutionError>>()?;
            Value::Map(Map { map: Arc::new(map) })
        }
    })
}
