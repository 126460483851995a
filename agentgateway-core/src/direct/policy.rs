use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, request};

use crate::{
    error::Error,
    policy::{Decision, Policy},
};

/// Answers in the place of a service; see the [module](super).
#[derive(Clone)]
pub struct Direct {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    make: Option<Make>,
}

type Make = Arc<dyn Fn(&request::Parts) -> Result<Response<Bytes>, Error> + Send + Sync>;

impl Direct {
    /// Answers with this status, without fields and without a body.
    #[must_use]
    pub fn new(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            make: None,
        }
    }

    /// Answers with what `make` says of the request's head; an error refuses the request.
    #[must_use]
    pub fn from_fn(
        make: impl Fn(&request::Parts) -> Result<Response<Bytes>, Error> + Send + Sync + 'static,
    ) -> Self {
        Self {
            make: Some(Arc::new(make)),
            ..Self::new(StatusCode::OK)
        }
    }

    /// Adds a field to the head. Default: none. One that its function has set is replaced.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Sends this body, in the place of its function's. Default: none.
    ///
    /// No content type is guessed: it is a [field](Self::header).
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    fn answer(&self, head: &request::Parts) -> Result<Response<Bytes>, Error> {
        let mut response = match &self.make {
            Some(make) => make(head)?,
            None => Response::builder()
                .status(self.status)
                .body(Bytes::new())
                .unwrap_or_default(),
        };
        response.headers_mut().extend(self.headers.clone());
        if !self.body.is_empty() {
            *response.body_mut() = self.body.clone();
        }
        if has_no_body(response.status()) {
            response.body_mut().clear();
        }
        Ok(response)
    }
}

/// RFC 9110, sections 15.2, 15.3.5, 15.3.6 and 15.4.5.
fn has_no_body(status: StatusCode) -> bool {
    status.is_informational() || matches!(status.as_u16(), 204 | 205 | 304)
}

impl Policy for Direct {
    fn name(&self) -> &str {
        "direct"
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        match self.answer(head) {
            Ok(response) => Decision::answer(response),
            Err(error) => Decision::Refuse(error),
        }
    }
}

impl fmt::Debug for Direct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Direct");
        if self.make.is_none() {
            fields.field("status", &self.status);
        }
        fields.finish_non_exhaustive()
    }
}
