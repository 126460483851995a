//! What a service's message says, as a verdict.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};

use super::{
    edit::{Action, FieldEdit},
    parameters::ParameterEdit,
    verdict::{Allowed, Denied, Verdict},
};
use crate::envoy::{
    Failure, HeaderFilter,
    fields::{self, MAX_FIELDS},
    wire::{
        auth::{CheckResponse, DeniedHttpResponse, HttpResponse, OkHttpResponse},
        common::HeaderValueOption,
        to_object,
    },
};

/// `upstream` says which fields of the request the service may change.
///
/// # Source
/// envoy/service/auth/v3/external_auth.proto: the status alone says whether it is allowed.
pub(super) fn verdict(answer: CheckResponse, upstream: &HeaderFilter) -> Result<Verdict, Failure> {
    let CheckResponse {
        status,
        http_response,
        dynamic_metadata,
    } = answer;
    let allowed = match (&status, &http_response) {
        // Envoy takes it for a yes; here it is a service that has forgotten to say something.
        (None, None) => return Err(Failure::Invalid("it says nothing")),
        (None, Some(HttpResponse::Denied(_))) => false,
        (None, Some(_)) => true,
        (Some(status), _) => status.code == 0,
    };
    match http_response {
        Some(HttpResponse::Error(error)) => Ok(Verdict::Failed(denied(error))),
        Some(HttpResponse::Denied(message)) if !allowed => Ok(Verdict::Denied(denied(message))),
        _ if !allowed => Ok(Verdict::Denied(Denied::bare(StatusCode::FORBIDDEN))),
        Some(HttpResponse::Ok(message)) => {
            let metadata = message.dynamic_metadata.clone().or(dynamic_metadata);
            let mut allowed = edits(message, upstream)?;
            allowed.metadata = metadata.map(to_object).unwrap_or_default();
            Ok(Verdict::Allowed(allowed))
        }
        // With a yes, Envoy does not look at a denial either.
        Some(HttpResponse::Denied(_)) | None => Ok(Verdict::Allowed(Allowed {
            metadata: dynamic_metadata.map(to_object).unwrap_or_default(),
            ..Allowed::default()
        })),
    }
}

/// A yes whose edits cannot be made as they are said is no yes.
fn edits(message: OkHttpResponse, upstream: &HeaderFilter) -> Result<Allowed, Failure> {
    let said = message.headers.len()
        + message.headers_to_remove.len()
        + message.response_headers_to_add.len()
        + message.query_parameters_to_set.len()
        + message.query_parameters_to_remove.len();
    if said > MAX_FIELDS {
        return Err(Failure::Invalid("it asks for too many changes"));
    }
    let mut set = field_edits(&message.headers, Action::Set)?;
    set.retain(|edit| fields::is_free(&edit.name) && upstream.takes(&edit.name));
    let mut answer = field_edits(&message.response_headers_to_add, Action::Append)?;
    answer.retain(|edit| fields::is_free(&edit.name));
    let parameters = message.query_parameters_to_set.into_iter();
    Ok(Allowed {
        set,
        remove: removals(&message.headers_to_remove)?,
        answer,
        parameters: ParameterEdit {
            set: parameters.map(|set| (set.key, set.value)).collect(),
            remove: message.query_parameters_to_remove,
        },
        ..Allowed::default()
    })
}

fn field_edits(options: &[HeaderValueOption], usual: Action) -> Result<Vec<FieldEdit>, Failure> {
    let edits = options.iter().filter(|option| !is_pseudo(option));
    let edits = edits.map(|option| FieldEdit::read(option, usual));
    edits
        .collect::<Option<_>>()
        .ok_or(Failure::Invalid("it asks for a header field that is none"))
}

/// `:path` and the like are no fields, and not the service's to change.
fn is_pseudo(option: &HeaderValueOption) -> bool {
    let header = option.header.as_ref();
    header.is_some_and(|header| header.key.starts_with(':'))
}

fn removals(names: &[String]) -> Result<Vec<HeaderName>, Failure> {
    let mut removals = Vec::new();
    for name in names.iter().filter(|name| !name.starts_with(':')) {
        let name = HeaderName::try_from(name.as_str())
            .map_err(|_| Failure::Invalid("it removes a header field that is none"))?;
        if fields::is_free(&name) {
            removals.push(name);
        }
    }
    Ok(removals)
}

/// A no stays a no, whatever of it cannot be said.
fn denied(message: DeniedHttpResponse) -> Denied {
    let code = message.status.map(|status| status.code);
    let status = code
        .and_then(|code| u16::try_from(code).ok())
        .and_then(|code| StatusCode::from_u16(code).ok())
        .filter(|status| (200..600).contains(&status.as_u16()))
        .unwrap_or(StatusCode::FORBIDDEN);
    let mut headers = HeaderMap::new();
    for option in message.headers.iter().take(MAX_FIELDS) {
        let edit = FieldEdit::read(option, Action::Set);
        if let Some(edit) = edit.filter(|edit| fields::is_free(&edit.name)) {
            edit.apply(&mut headers);
        }
    }
    let bodiless = matches!(status.as_u16(), 204 | 205 | 304);
    let body = if bodiless {
        Bytes::new()
    } else {
        Bytes::from(message.body)
    };
    if !body.is_empty() && !headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    }
    Denied {
        status,
        headers,
        body,
    }
}
