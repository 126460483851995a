//! What policies make of requests by themselves: pages of other origins, waits, direct answers.

use agentgateway_core::csrf;
use http::{HeaderName, StatusCode};

use super::callers::{Read, part};
use super::cases::{cases, expression};
use crate::config::compile::duration::duration;
use crate::config::compile::{Context, Fault};
use crate::config::resource::{Csrf, Delay, DirectResponse, DirectResponsePolicy};
use crate::config::snapshot::{Cases, DirectAnswer, DirectBody, Wait};
use crate::expression::{Expression, Vocabulary};

/// Pages of which origins may call.
pub(super) fn csrf(origin: &str, spec: &Csrf) -> Read<Vec<String>> {
    let origins = spec.additional_origins.clone().unwrap_or_default();
    let mut faults = Vec::new();
    for (index, allowed) in origins.iter().enumerate() {
        if let Err(error) = csrf::Csrf::new().allow_origin(allowed) {
            let path = format!("spec.traffic.csrf.additionalOrigins[{index}]");
            faults.push(Fault::new(path, "Invalid", error.to_string()));
        }
    }
    part(format!("{origin} traffic.csrf"), origins, faults)
}

/// How long requests wait: a duration, or an expression in milliseconds.
pub(super) fn delay(context: &Context<'_>, origin: &str, spec: &Delay) -> Read<Wait> {
    let text = spec.duration.as_str();
    let wait = match duration(text) {
        Some(time) => Wait::Fixed(time),
        None => match Expression::compile(text, &context.call) {
            Ok(expression) => Wait::Expression(expression),
            Err(error) => {
                let message = format!("this is no duration such as 2s, and no expression: {error}");
                let fault = Fault::new("spec.traffic.delay.duration", "Invalid", message);
                return Err(vec![fault]);
            }
        },
    };
    part(format!("{origin} traffic.delay"), wait, Vec::new())
}

/// What is answered in the place of a backend.
pub(super) fn direct(
    context: &Context<'_>,
    origin: &str,
    spec: &DirectResponse,
) -> Read<Cases<DirectAnswer>> {
    let mut faults = Vec::new();
    let place = (&context.call, "spec.traffic.directResponse");
    let answers = cases(spec, place, &mut faults, |spec, path, faults| {
        answer(context, spec, path, faults)
    });
    part(format!("{origin} traffic.directResponse"), answers, faults)
}

fn answer(
    context: &Context<'_>,
    spec: &DirectResponsePolicy,
    path: &str,
    faults: &mut Vec<Fault>,
) -> Option<DirectAnswer> {
    let names = &context.call;
    let body = match (&spec.body, &spec.body_expression) {
        (Some(text), _) => DirectBody::Text(text.clone()),
        (None, None) => DirectBody::None,
        (None, Some(text)) => {
            let path = format!("{path}.bodyExpression");
            DirectBody::Expression(expression(Expression::compile, text, names, path, faults)?)
        }
    };
    let headers = spec.headers.iter().flatten();
    let headers = headers.map(|header| (header.name.as_str(), header.value.as_str()));
    let headers = headers_of(headers, names, &format!("{path}.headers"), faults);
    let status = spec
        .status
        .and_then(|status| StatusCode::from_u16(status).ok())?;
    Some(DirectAnswer {
        status,
        headers,
        body,
    })
}

/// Headers, each with what makes its value.
pub(super) fn headers_of<'a>(
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    names: &Vocabulary,
    path: &str,
    faults: &mut Vec<Fault>,
) -> Vec<(HeaderName, Expression)> {
    let mut found = Vec::new();
    for (index, (name, value)) in headers.into_iter().enumerate() {
        let path = format!("{path}[{index}]");
        let name = header_name(name, format!("{path}.name"), faults);
        let path = format!("{path}.value");
        let value = expression(Expression::compile, value, names, path, faults);
        found.extend(name.zip(value));
    }
    found
}

/// The name of a header at `path`.
pub(super) fn header_name(name: &str, path: String, faults: &mut Vec<Fault>) -> Option<HeaderName> {
    let read = name.parse();
    if read.is_err() {
        faults.push(Fault::new(path, "Invalid", "this is no name of a header"));
    }
    read.ok()
}
