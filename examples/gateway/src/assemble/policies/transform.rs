//! What is changed by expressions.

use std::sync::Arc;

use agentgateway_core::transform::{
    Changes, InvalidField, RequestField, ResponseField, Seen, TransformLayer, Transformation,
};
use bytes::Bytes;
use http::request;
use serde_json::Value;

use super::cases::first;
use crate::config::snapshot::{Cases, MessageChanges, Transforming};
use crate::expression::{Expression, Scalar};

/// The changes of the first case that holds.
///
/// # Errors
/// A field that cannot be written.
pub(super) fn transform(spec: &Cases<Transforming>) -> Result<TransformLayer, String> {
    let Cases(cases) = spec;
    let mut made = Vec::new();
    for (condition, spec) in cases {
        let transformation = transformation(spec).map_err(|error| error.to_string())?;
        made.push((condition.clone(), Arc::new(transformation)));
    }
    let (conditions, made): (Vec<_>, Vec<_>) = made.into_iter().unzip();
    Ok(TransformLayer::choose(move |head: &request::Parts| {
        made.get(first(&conditions, head)?).map(Arc::clone)
    }))
}

fn transformation(spec: &Transforming) -> Result<Transformation, InvalidField> {
    let request = changes::<RequestField>(&spec.request)?;
    let response = changes::<ResponseField>(&spec.response)?;
    Ok(Transformation::new().request(request).response(response))
}

fn changes<F>(spec: &MessageChanges) -> Result<Changes<F>, InvalidField>
where
    F: std::str::FromStr<Err = InvalidField>,
{
    let mut found = Changes::new();
    for (name, value) in &spec.set {
        found = found.set(name.parse()?, text_of(value));
    }
    for (name, value) in &spec.add {
        found = found.add(name.parse()?, text_of(value));
    }
    for name in &spec.remove {
        found = found.remove(name.clone());
    }
    if let Some(body) = &spec.body {
        let text = text_of(body);
        found = found.body(move |seen| text(seen).map(Bytes::from));
    }
    for (name, value) in &spec.metadata {
        let value = value.clone();
        found = found.metadata(name.as_str(), move |seen| {
            scalar(&value, seen).map(|value| match value {
                Scalar::Text(text) => Value::String(text),
                other => serde_json::to_value(other).unwrap_or(Value::Null),
            })
        });
    }
    Ok(found)
}

fn text_of(value: &Expression) -> impl Fn(&Seen<'_>) -> Option<String> + Send + Sync + 'static {
    let value = value.clone();
    move |seen| scalar(&value, seen).map(|value| value.to_string())
}

fn scalar(value: &Expression, seen: &Seen<'_>) -> Option<Scalar> {
    value.evaluate_value(&seen.facts()).ok()?
}
