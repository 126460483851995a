//! What policies make of requests by themselves.

use std::{sync::Arc, time::Duration};

use agentgateway_core::{
    Error, ErrorKind, csrf::Csrf, delay::Delay, direct::Direct, policy::Policy,
};
use bytes::Bytes;
use http::{HeaderValue, Response};

use super::{Group, cases};
use crate::config::snapshot::{Cases, DirectAnswer, DirectBody, Part, Wait};
use crate::expression::{Expression, Facts, Scalar};

pub(super) fn csrf(part: &Part<Vec<String>>) -> Result<Group, String> {
    let mut policy = Csrf::new();
    for origin in &part.spec {
        policy = policy
            .allow_origin(origin)
            .map_err(|error| error.to_string())?;
    }
    Ok(Group::one(policy))
}

pub(super) fn delay(part: &Part<Wait>) -> Group {
    Group::one(match &part.spec {
        Wait::Fixed(time) => Delay::new(*time),
        Wait::Expression(expression) => {
            let expression = expression.clone();
            // What has no value lets nobody wait.
            Delay::from_fn(
                move |head| match expression.evaluate_value(&Facts::request(head)) {
                    Ok(Some(Scalar::Int(millis))) => {
                        Duration::from_millis(u64::try_from(millis).unwrap_or_default())
                    }
                    Ok(Some(Scalar::Double(millis))) => {
                        Duration::try_from_secs_f64(millis / 1_000.0).unwrap_or_default()
                    }
                    _ => Duration::ZERO,
                },
            )
        }
    })
}

pub(super) fn direct(part: &Part<Cases<DirectAnswer>>) -> Group {
    let made = cases(&part.spec, |answer, _| Ok(vec![answering(answer)]));
    // Nothing of an answer can fail here.
    made.unwrap_or_default()
}

fn answering(answer: &DirectAnswer) -> Arc<dyn Policy> {
    let answer = answer.clone();
    Arc::new(Direct::from_fn(move |head| {
        let facts = Facts::request(head);
        let mut response = Response::new(match &answer.body {
            DirectBody::None => Bytes::new(),
            DirectBody::Text(text) => Bytes::from(text.clone()),
            DirectBody::Expression(body) => text(body, &facts)?.into(),
        });
        *response.status_mut() = answer.status;
        for (name, value) in &answer.headers {
            let value = HeaderValue::try_from(text(value, &facts)?).map_err(|_| unsound())?;
            response.headers_mut().insert(name.clone(), value);
        }
        Ok(response)
    }))
}

fn text(expression: &Expression, facts: &Facts<'_>) -> Result<String, Error> {
    let value = expression.evaluate_value(facts);
    let value = value.map_err(|error| unsound().with_source(error))?;
    Ok(value.map_or_else(String::new, |value| value.to_string()))
}

/// The operator's fault, not the client's.
fn unsound() -> Error {
    Error::new(
        ErrorKind::Internal,
        "the answer of this route cannot be made",
    )
}
