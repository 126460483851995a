//! What is changed by expressions.

use std::str::FromStr;

use agentgateway_core::transform::{InvalidField, RequestField, ResponseField};

use super::answers::header_name;
use super::callers::{Read, part};
use super::cases::{cases, expression};
use crate::config::compile::{Context, Fault};
use crate::config::resource::{Changes, HeaderExpression, Transformation, TransformationPolicy};
use crate::config::snapshot::{Cases, MessageChanges, Transforming};
use crate::expression::{Expression, Vocabulary};

/// What is changed of requests and answers.
pub(super) fn transform(
    context: &Context<'_>,
    origin: &str,
    spec: &Transformation,
) -> Read<Cases<Transforming>> {
    let mut faults = Vec::new();
    let place = (&context.caller, "spec.traffic.transformation");
    let found = cases(spec, place, &mut faults, |spec, path, faults| {
        Some(transforming(context, spec, path, faults))
    });
    part(format!("{origin} traffic.transformation"), found, faults)
}

/// The same before one backend, in this field.
pub(super) fn of_backend(
    context: &Context<'_>,
    (origin, field): (&str, &str),
    spec: &TransformationPolicy,
) -> Read<Cases<Transforming>> {
    let mut faults = Vec::new();
    let found = transforming(context, spec, &format!("spec.{field}"), &mut faults);
    part(
        format!("{origin} {field}"),
        Cases(vec![(None, found)]),
        faults,
    )
}

fn transforming(
    context: &Context<'_>,
    spec: &TransformationPolicy,
    path: &str,
    faults: &mut Vec<Fault>,
) -> Transforming {
    let names = &context.noted.clone().with_request_body();
    let answers = names.clone().with_response().with_response_headers();
    let answers = answers.with_response_body();
    let mut of = |changes: Option<&Changes>, names, field, is_field| {
        let path = format!("{path}.{field}");
        changes.map_or_else(MessageChanges::default, |changes| {
            Reading {
                names,
                path,
                is_field,
                faults,
            }
            .changes(changes)
        })
    };
    Transforming {
        request: of(
            spec.request.as_ref(),
            names,
            "request",
            fault_of::<RequestField>,
        ),
        response: of(
            spec.response.as_ref(),
            &answers,
            "response",
            fault_of::<ResponseField>,
        ),
    }
}

type IsField = fn(&str) -> Option<InvalidField>;

fn fault_of<F: FromStr<Err = InvalidField>>(name: &str) -> Option<InvalidField> {
    name.parse::<F>().err()
}

/// Reads the changes of one message.
struct Reading<'a> {
    names: &'a Vocabulary,
    path: String,
    is_field: IsField,
    faults: &'a mut Vec<Fault>,
}

impl Reading<'_> {
    fn changes(mut self, spec: &Changes) -> MessageChanges {
        let set = self.fields(spec.set.as_deref(), "set");
        let add = self.fields(spec.add.as_deref(), "add");
        let mut remove = Vec::new();
        for (index, name) in spec.remove.iter().flatten().enumerate() {
            let path = format!("{}.remove[{index}]", self.path);
            remove.extend(header_name(name, path, self.faults));
        }
        let body = spec
            .body
            .as_ref()
            .and_then(|text| self.expression(text, "body"));
        let mut metadata = Vec::new();
        for (name, text) in spec.metadata.iter().flatten() {
            let value = self.expression(text, &format!("metadata[{name}]"));
            metadata.extend(value.map(|value| (name.clone(), value)));
        }
        MessageChanges {
            set,
            add,
            remove,
            body,
            metadata,
        }
    }

    fn fields(&mut self, of: Option<&[HeaderExpression]>, list: &str) -> Vec<(String, Expression)> {
        let mut found = Vec::new();
        for (index, field) in of.unwrap_or_default().iter().enumerate() {
            if let Some(error) = (self.is_field)(&field.name) {
                let path = format!("{}.{list}[{index}].name", self.path);
                self.faults
                    .push(Fault::new(path, "Invalid", error.to_string()));
            }
            let value = self.expression(&field.value, &format!("{list}[{index}].value"));
            found.extend(value.map(|value| (field.name.clone(), value)));
        }
        found
    }

    fn expression(&mut self, text: &str, field: &str) -> Option<Expression> {
        let path = format!("{}.{field}", self.path);
        expression(Expression::compile, text, self.names, path, self.faults)
    }
}
