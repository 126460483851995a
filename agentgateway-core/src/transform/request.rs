use bytes::Bytes;
use http::{
    HeaderValue, Method, Uri,
    header::HOST,
    request,
    uri::{Authority, PathAndQuery},
};

use super::{Changes, RequestField, Seen, content, field::OfRequest};
use crate::{
    body::BodyPrefix,
    context::Written,
    error::{Error, ErrorKind},
};

impl Changes<RequestField> {
    /// Makes the changes in a head; the new body, if there is to be one.
    ///
    /// # Errors
    /// A value without which a request is none could not be made.
    pub(crate) fn apply(&self, head: &mut request::Parts) -> Result<Option<Bytes>, Error> {
        let noted = self.noted(&Seen::request_alone(head), &head.extensions);
        if let Some(noted) = noted {
            head.extensions.insert(noted);
        }
        let seen = Seen::request_alone(head);
        let values = self.values(&seen);
        let body = self.new_body(&seen);
        let body = body.filter(|_| head.method != Method::CONNECT);
        let known = head.extensions.remove::<Written>();
        let mut written = known.unwrap_or_default();
        for (field, value) in values.set {
            field.set(head, &mut written, value)?;
        }
        for (field, value) in values.add {
            field.add(head, &mut written, value)?;
        }
        for name in self.removed() {
            head.headers.remove(name);
        }
        if let Some(body) = &body {
            content::describe(&mut head.headers, body);
            if head.extensions.remove::<BodyPrefix>().is_some() {
                head.extensions.insert(BodyPrefix::new(body.clone(), true));
            }
        }
        written.retain(&head.headers);
        if !written.is_empty() {
            head.extensions.insert(written);
        }
        Ok(body)
    }
}

impl RequestField {
    fn set(
        &self,
        head: &mut request::Parts,
        written: &mut Written,
        value: Option<String>,
    ) -> Result<(), Error> {
        let OfRequest::Header(name) = &self.0 else {
            return value
                .and_then(|value| self.write(head, &value))
                .ok_or_else(|| refused(self));
        };
        match value.and_then(|value| HeaderValue::try_from(value).ok()) {
            Some(value) => {
                written.set(name, value.clone());
                head.headers.insert(name, value);
            }
            None => {
                written.remove(name);
                head.headers.remove(name);
            }
        }
        Ok(())
    }

    fn add(
        &self,
        head: &mut request::Parts,
        written: &mut Written,
        value: String,
    ) -> Result<(), Error> {
        let OfRequest::Header(name) = &self.0 else {
            return self.write(head, &value).ok_or_else(|| refused(self));
        };
        if let Ok(value) = HeaderValue::try_from(value) {
            written.add(name, value.clone());
            head.headers.append(name, value);
        }
        Ok(())
    }

    /// Writes what a head has once.
    fn write(&self, head: &mut request::Parts, value: &str) -> Option<()> {
        match &self.0 {
            OfRequest::Header(_) => {}
            OfRequest::Method => head.method = method(&head.method, value)?,
            OfRequest::Target => head.uri = at(&head.uri, value)?,
            OfRequest::Authority => {
                let authority: Authority = value.parse().ok()?;
                // Credentials have no place in a host.
                if authority.as_str().contains('@') {
                    return None;
                }
                let host = HeaderValue::from_str(authority.as_str()).ok()?;
                if head.uri.authority().is_some() {
                    head.uri = named(&head.uri, authority)?;
                }
                head.headers.insert(HOST, host);
            }
        }
        Some(())
    }
}

fn refused(field: &RequestField) -> Error {
    let message = format!("a transformation gives the request no {field} that it could have");
    Error::new(ErrorKind::Internal, message)
}

/// Another method; none that would have the answer end elsewhere than the client expects.
fn method(own: &Method, value: &str) -> Option<Method> {
    let found = Method::from_bytes(value.as_bytes()).ok()?;
    let reframes = [Method::HEAD, Method::CONNECT].contains(&found) || *own == Method::CONNECT;
    (found == *own || !reframes).then_some(found)
}

fn at(uri: &Uri, value: &str) -> Option<Uri> {
    let target: PathAndQuery = value.parse().ok()?;
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = value.starts_with('/').then_some(target);
    parts.path_and_query.as_ref()?;
    Uri::from_parts(parts).ok()
}

fn named(uri: &Uri, authority: Authority) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    parts.authority = Some(authority);
    Uri::from_parts(parts).ok()
}
