//! What is changed by expressions.

use std::sync::Arc;

use agentgateway_core::{
    body::PrefixLayer,
    media::is_grpc,
    transform::{
        Changes, InvalidField, RequestField, ResponseField, Seen, TransformLayer, Transformation,
    },
};
use bytes::Bytes;
use http::request;

use super::{cases::first, noted};
use crate::config::snapshot::{Cases, MessageChanges, Transforming};
use crate::expression::{Expression, MAX_BODY_BYTES, Scalar};

/// What is changed, and what shows it the bodies of requests.
#[derive(Clone, Debug)]
pub(super) struct Transforms {
    pub(super) layer: TransformLayer,
    /// `None` where nothing asks for one.
    pub(super) shown: Option<PrefixLayer>,
}

/// The changes of the first case that holds.
///
/// # Errors
/// A field that cannot be written.
pub(super) fn transform(spec: &Cases<Transforming>) -> Result<Transforms, String> {
    let Cases(cases) = spec;
    let mut made = Vec::new();
    for (_, spec) in cases {
        let transformation = transformation(spec).map_err(|error| error.to_string())?;
        made.push(Arc::new(transformation));
    }
    let conditions: Arc<[Option<Expression>]> = cases.iter().map(|(it, _)| it.clone()).collect();
    let shown = shown(cases.iter().map(|(_, it)| it), Arc::clone(&conditions));
    let layer = TransformLayer::choose(move |head: &request::Parts| {
        made.get(first(&conditions, head)?).map(Arc::clone)
    });
    Ok(Transforms { layer, shown })
}

/// Reads the bodies of those requests whose changes ask for them. A longer body goes on unseen.
fn shown<'a>(
    cases: impl Iterator<Item = &'a Transforming>,
    conditions: Arc<[Option<Expression>]>,
) -> Option<PrefixLayer> {
    let asks: Vec<bool> = cases.map(Transforming::asks_request_body).collect();
    asks.contains(&true).then(|| {
        PrefixLayer::new(MAX_BODY_BYTES).when(move |head| {
            let case = first(&conditions, head);
            let asks = case.and_then(|case| asks.get(case).copied());
            asks.unwrap_or(false) && !is_grpc(&head.headers)
        })
    })
}

fn transformation(spec: &Transforming) -> Result<Transformation, InvalidField> {
    let request = changes::<RequestField>(&spec.request)?;
    let mut response = changes::<ResponseField>(&spec.response)?;
    if spec.asks_response_body() {
        response = response.reading_body();
    }
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
        found = found.metadata(name.as_str(), move |seen| scalar(&value, seen).map(noted));
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
