use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, request, response};

use super::{Changes, ResponseField, Seen, content, field::OfResponse};
use crate::error::{Error, ErrorKind};

impl Changes<ResponseField> {
    /// Makes the changes in the head of the answer to `request`; the new body, if there is to be one.
    /// `read` is the body that it had, if it was read.
    ///
    /// # Errors
    /// The status could not be made.
    pub(super) fn apply(
        &self,
        request: &mut request::Parts,
        head: &mut response::Parts,
        read: Option<&Bytes>,
    ) -> Result<Option<Bytes>, Error> {
        let noted = self.noted(&Seen::answered(request, head, read), &request.extensions);
        if let Some(noted) = noted {
            request.extensions.insert(noted.clone());
            head.extensions.insert(noted);
        }
        let seen = Seen::answered(request, head, read);
        let values = self.values(&seen);
        let body = self.new_body(&seen);
        let before = head.status;
        let tunnels = is_tunnel(request, head);
        for (field, value) in values.set {
            field.set(head, value, tunnels)?;
        }
        for (field, value) in values.add {
            field.add(head, value, tunnels)?;
        }
        for name in self.removed() {
            head.headers.remove(name);
        }
        if tunnels {
            return Ok(None);
        }
        let body = match (content::has_none(before), content::has_none(head.status)) {
            (true, true) => {
                if before != head.status {
                    content::undescribe(&mut head.headers);
                }
                None
            }
            // What it said of a body was of one that it did not have.
            (true, false) => Some(body.unwrap_or_default()),
            (false, true) => {
                content::undescribe(&mut head.headers);
                return Ok(Some(Bytes::new()));
            }
            (false, false) => body,
        };
        if let Some(body) = &body {
            content::describe(&mut head.headers, body);
        }
        Ok(body)
    }
}

/// Whether what follows the head is no body, but another protocol.
pub(super) fn is_tunnel(request: &request::Parts, head: &response::Parts) -> bool {
    head.status == StatusCode::SWITCHING_PROTOCOLS
        || (request.method == Method::CONNECT && head.status.is_success())
}

impl ResponseField {
    fn set(
        &self,
        head: &mut response::Parts,
        value: Option<String>,
        tunnels: bool,
    ) -> Result<(), Error> {
        let OfResponse::Header(name) = &self.0 else {
            return status(head, value.as_deref(), tunnels);
        };
        match value.and_then(|value| HeaderValue::try_from(value).ok()) {
            Some(value) => head.headers.insert(name, value),
            None => head.headers.remove(name),
        };
        Ok(())
    }

    fn add(&self, head: &mut response::Parts, value: String, tunnels: bool) -> Result<(), Error> {
        let OfResponse::Header(name) = &self.0 else {
            return status(head, Some(&value), tunnels);
        };
        if let Ok(value) = HeaderValue::try_from(value) {
            head.headers.append(name, value);
        }
        Ok(())
    }
}

/// A final status, and none where the message is not an answer any more.
fn status(head: &mut response::Parts, value: Option<&str>, tunnels: bool) -> Result<(), Error> {
    let found = value.and_then(|value| value.parse::<u16>().ok());
    let found = found.filter(|code| (200..600).contains(code) && !tunnels);
    let found = found.and_then(|code| StatusCode::from_u16(code).ok());
    let refused = || {
        let message = "a transformation gives the answer no :status that it could have";
        Error::new(ErrorKind::Internal, message)
    };
    head.status = found.ok_or_else(refused)?;
    Ok(())
}
