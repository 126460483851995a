use bytes::Bytes;
use http::{HeaderMap, HeaderName, Response, StatusCode, header::WWW_AUTHENTICATE, response};
use serde_json::{Map, Value};

use super::{edit::FieldEdit, parameters::ParameterEdit};
use crate::{
    error::{Error, ErrorKind},
    policy::Follow,
};

/// What a service has said of a request.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    Allowed(Allowed),
    Denied(Denied),
    /// It has failed, and says so in these words.
    Failed(Denied),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Allowed {
    /// Changes of the request, in this order: set, then remove.
    pub(super) set: Vec<FieldEdit>,
    pub(super) remove: Vec<HeaderName>,
    pub(super) parameters: ParameterEdit,
    /// Changes of the answer's head.
    pub(super) answer: Vec<FieldEdit>,
    pub(super) metadata: Map<String, Value>,
    /// Of what the metadata are to be made, where the request is needed too.
    pub(super) said: Option<Box<(response::Parts, Bytes)>>,
}

/// An answer to the client.
#[derive(Clone, Debug)]
pub(super) struct Denied {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Verdict {
    /// The memory that it holds besides its own size, roughly, in bytes.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Allowed(allowed) => allowed.weight(),
            Self::Denied(denied) | Self::Failed(denied) => {
                denied.body.len() + fields_weight(&denied.headers)
            }
        }
    }
}

impl Allowed {
    fn weight(&self) -> usize {
        let edits = self.set.iter().chain(&self.answer);
        let edits = edits.map(|edit| edit.name.as_str().len() + edit.value.len() + 64);
        let names = self.remove.iter().map(|name| name.as_str().len() + 32);
        let set = self.parameters.set.iter();
        let set = set.map(|(name, value)| name.len() + value.len() + 48);
        let removed = self.parameters.remove.iter().map(|name| name.len() + 24);
        let metadata = self.metadata.iter();
        let metadata = metadata.map(|(name, value)| name.len() + value_weight(value));
        edits
            .chain(names)
            .chain(set)
            .chain(removed)
            .chain(metadata)
            .sum()
    }
}

fn fields_weight(headers: &HeaderMap) -> usize {
    let fields = headers.iter();
    fields
        .map(|(name, value)| name.as_str().len() + value.len() + 64)
        .sum()
}

/// How deep it is was bounded where it was read.
fn value_weight(value: &Value) -> usize {
    64 + match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(value_weight).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| name.len() + value_weight(value))
            .sum(),
    }
}

impl Denied {
    /// Of this status alone.
    pub(super) fn bare(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// The service's answer as the client's.
    pub(super) fn response(&self) -> Response<Bytes> {
        let mut response = Response::new(self.body.clone());
        *response.status_mut() = self.status;
        response.headers_mut().clone_from(&self.headers);
        response
    }

    /// What a protocol says in its own form. `None` where it is no error: a redirection.
    pub(super) fn error(&self, words: &'static str) -> Option<Error> {
        let kind = kind(self.status)?;
        let mut headers = self.headers.clone();
        crate::envoy::fields::without_content(&mut headers);
        let challenge = headers.get(WWW_AUTHENTICATE).cloned();
        let error = Error::new(kind, words).with_headers(headers);
        Some(match challenge {
            Some(challenge) => error.with_challenge(challenge),
            None => error,
        })
    }
}

/// What a status of a service's choice means.
fn kind(status: StatusCode) -> Option<ErrorKind> {
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    Some(match status {
        StatusCode::BAD_REQUEST => ErrorKind::InvalidRequest,
        StatusCode::UNAUTHORIZED => ErrorKind::Unauthenticated,
        StatusCode::NOT_FOUND => ErrorKind::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ErrorKind::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorKind::TooLarge,
        StatusCode::TOO_MANY_REQUESTS => ErrorKind::RateLimited,
        StatusCode::SERVICE_UNAVAILABLE => ErrorKind::Overloaded,
        _ => ErrorKind::Forbidden,
    })
}

/// Changes the head of the answer as the service has said.
pub(super) struct AnswerEdits(pub(super) Vec<FieldEdit>);

impl Follow for AnswerEdits {
    fn head(&mut self, head: &mut response::Parts) {
        for edit in &self.0 {
            edit.apply(&mut head.headers);
        }
    }
}
