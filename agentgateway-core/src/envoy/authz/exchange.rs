//! One exchange of plain HTTP with a service.

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method, Request, Response, StatusCode,
    header::{CONTENT_LENGTH, HOST, LOCATION},
    request, response,
    uri::PathAndQuery,
};
use http_body::Body as HttpBody;
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};
use tower::ServiceExt;

use super::{
    HttpService, attributes,
    edit::{Action, FieldEdit},
    verdict::{Allowed, Denied, Verdict},
};
use crate::{
    body::{Body, BodyPrefix},
    envoy::{
        Failure, Trail,
        fields::{self, MAX_FIELDS},
        read::read,
    },
    error::{Error, ErrorKind},
    upstream::{HostField, Idempotent},
};

/// By it a service takes fields away.
const REMOVED: HeaderName = HeaderName::from_static("x-envoy-auth-headers-to-remove");

impl HttpService {
    /// The request that the service is sent.
    ///
    /// # Errors
    /// There is no such request, whatever the failure mode: a client could else choose not to be
    /// asked about.
    pub(super) fn question(&self, head: &request::Parts) -> Result<Request<Body>, Error> {
        let method = self.method.as_ref().unwrap_or(&head.method);
        let (mut asking, body) = Request::new(self.sent_body(head)).into_parts();
        asking.method = method.clone();
        asking.uri = self.target(head)?.into();
        self.endpoint.apply(&mut asking)?;
        self.fields(head, &mut asking);
        if body.is_end_stream()
            && [Method::POST, Method::PUT, Method::PATCH].contains(&asking.method)
        {
            // Servers may else ask for a length: RFC 9110, section 8.6.
            asking.headers.insert(CONTENT_LENGTH, 0.into());
        }
        Trail::of(head).write(&mut asking.headers, &mut asking.extensions);
        asking.extensions.insert(Idempotent::new());
        Ok(Request::from_parts(asking, body))
    }

    fn target(&self, head: &request::Parts) -> Result<PathAndQuery, Error> {
        let Some(path) = &self.path else {
            let own = head.uri.path_and_query().cloned();
            return Ok(own.unwrap_or_else(|| PathAndQuery::from_static("/")));
        };
        let path = path(head).filter(|path| path.starts_with('/'));
        path.and_then(|path| PathAndQuery::try_from(path).ok())
            .ok_or_else(|| Error::new(ErrorKind::Forbidden, "the request cannot be authorized"))
    }

    fn sent_body(&self, head: &request::Parts) -> Body {
        let bytes = match &self.body {
            Some(body) => body(head),
            None if self.forwards_body => {
                let prefix = head.extensions.get::<BodyPrefix>();
                prefix.map(BodyPrefix::bytes).cloned()
            }
            None => None,
        };
        Body::from(bytes.unwrap_or_default())
    }

    fn fields(&self, head: &request::Parts, asking: &mut request::Parts) {
        for (name, value) in &head.headers {
            if self.headers.takes(name) && fields::is_free(name) {
                fields::append(&mut asking.headers, name, value);
            }
        }
        asking.headers.remove(attributes::PARTIAL_BODY);
        if self.forwards_body && self.body.is_none() {
            let partial = if attributes::is_whole(head) {
                "false"
            } else {
                "true"
            };
            let partial = HeaderValue::from_static(partial);
            asking.headers.insert(attributes::PARTIAL_BODY, partial);
        }
        for (name, value) in &self.added {
            asking.headers.remove(name);
            let value = value(head).and_then(|value| HeaderValue::try_from(value).ok());
            if let Some(value) = value.filter(|_| fields::is_free(name)) {
                fields::append(&mut asking.headers, name, &value);
            }
        }
        if self.keeps_host {
            let own = head.uri.authority();
            let own = own.and_then(|own| HeaderValue::try_from(own.as_str()).ok());
            if let Some(host) = own.or_else(|| head.headers.get(HOST).cloned()) {
                asking.extensions.insert(HostField::new(host));
            }
        }
    }

    pub(super) async fn ask(&self, request: Request<Body>) -> Result<Verdict, Failure> {
        let due = Instant::now()
            .checked_add(self.deadline)
            .ok_or(Failure::Invalid("its deadline is beyond all time"))?;
        let response = timeout_at(due, self.client.clone().oneshot(request))
            .await
            .map_err(|_| Failure::Timeout)??;
        let (head, body) = response.into_parts();
        match head.status {
            status if status.is_success() => self.allowed(head, body, due).await,
            status if status.is_server_error() => {
                Err(Failure::Status(format!("HTTP {}", status.as_u16())))
            }
            status if status.is_redirection() && !self.passes_redirects => {
                Ok(Verdict::Denied(Denied::bare(StatusCode::FORBIDDEN)))
            }
            status if status.is_informational() => Err(Failure::Invalid("its answer is none")),
            _ => Ok(Verdict::Denied(self.denied(&head, body, due).await)),
        }
    }

    async fn allowed(
        &self,
        head: response::Parts,
        body: Body,
        due: Instant,
    ) -> Result<Verdict, Failure> {
        let mut allowed = Allowed {
            remove: removals(&head),
            ..Allowed::default()
        };
        for name in self.upstream.named() {
            take_on(name, &head, &mut allowed);
        }
        for (name, value) in &head.headers {
            if self.client_headers_on_success.takes(name) && fields::is_free(name) {
                let action = Action::Append;
                let (name, value) = (name.clone(), value.clone());
                allowed.answer.push(FieldEdit {
                    name,
                    value,
                    action,
                });
            }
        }
        if self.metadata.is_some() {
            let (bytes, _) = timeout_at(due, read(body, self.max_answer_bytes))
                .await
                .map_err(|_| Failure::Timeout)??;
            allowed.said = Some(Box::new((head, bytes)));
        }
        Ok(Verdict::Allowed(allowed))
    }

    /// The status is a no already: what of the rest is not here in time is left out.
    async fn denied(&self, head: &response::Parts, body: Body, due: Instant) -> Denied {
        let mut denied = Denied::bare(head.status);
        for (name, value) in &head.headers {
            if self.client_headers.takes(name) && fields::is_free(name) {
                fields::append(&mut denied.headers, name, value);
            }
        }
        match timeout_at(due, read(body, self.max_answer_bytes)).await {
            Ok(Ok((bytes, _))) => denied.body = bytes,
            Ok(Err(_)) | Err(_) => fields::without_content(&mut denied.headers),
        }
        denied
    }

    /// What is known by a yes.
    pub(super) fn metadata(
        &self,
        request: &request::Parts,
        (answer, body): &(response::Parts, Bytes),
    ) -> Map<String, Value> {
        let read = self.metadata.as_ref();
        read.map(|read| read(request, answer, body))
            .unwrap_or_default()
    }

    /// Where a client goes in the place of a refusal.
    pub(super) fn redirected(
        &self,
        status: StatusCode,
        head: &request::Parts,
    ) -> Option<Response<Bytes>> {
        if status != StatusCode::UNAUTHORIZED && status != StatusCode::FORBIDDEN {
            return None;
        }
        let location = self.redirect.as_ref().and_then(|location| location(head))?;
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::FOUND;
        let location = HeaderValue::try_from(location).ok()?;
        response.headers_mut().insert(LOCATION, location);
        Some(response)
    }
}

/// The fields that the service takes away. A name that is none is nobody's.
fn removals(head: &response::Parts) -> Vec<HeaderName> {
    let lists = head.headers.get_all(REMOVED).iter();
    lists
        .flat_map(|list| list.as_bytes().split(|byte| *byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .filter(fields::is_free)
        .take(MAX_FIELDS)
        .collect()
}

/// The field is the service's: it has what the service says, or is not there.
fn take_on(name: &HeaderName, head: &response::Parts, allowed: &mut Allowed) {
    if !fields::is_free(name) {
        return;
    }
    let mut action = Action::Set;
    for value in head.headers.get_all(name) {
        let (name, value) = (name.clone(), value.clone());
        allowed.set.push(FieldEdit {
            name,
            value,
            action,
        });
        action = Action::Append;
    }
    if action == Action::Set {
        allowed.remove.push(name.clone());
    }
}
