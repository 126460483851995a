use agentgateway_core::policy::{Decision, Policy};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE,
    },
    request,
};

use super::ProtectedResource;

/// The methods that metadata answer.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");

/// The policy that answers requests for a resource's metadata; all others pass.
///
/// Pages of any origin may read them: they are public, and clients in browsers begin here. A
/// [`ResourceServer`](super::ResourceServer) answers them by itself; this one is for a place where
/// nothing else of it is wanted, such as a router that sends the resource's path elsewhere.
#[derive(Clone, Debug)]
pub struct ResourceMetadata {
    resource: ProtectedResource,
    text: Bytes,
}

impl ResourceMetadata {
    /// The metadata of this resource.
    #[must_use]
    pub fn new(resource: ProtectedResource) -> Self {
        let text = resource.metadata();
        Self { resource, text }
    }

    /// The answer to a request for them; `None` for any other.
    pub(super) fn answer(&self, head: &request::Parts) -> Option<Response<Bytes>> {
        if !self.resource.has_path(head.uri.path()) {
            return None;
        }
        let (status, body) = match head.method {
            Method::GET => (StatusCode::OK, self.text.clone()),
            Method::HEAD => (StatusCode::OK, Bytes::new()),
            Method::OPTIONS => (StatusCode::NO_CONTENT, Bytes::new()),
            _ => (StatusCode::METHOD_NOT_ALLOWED, Bytes::new()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        match status {
            StatusCode::OK => self.describe(headers),
            StatusCode::NO_CONTENT => preflight(headers),
            _ => drop(headers.insert(ALLOW, METHODS)),
        }
        Some(response)
    }

    fn describe(&self, headers: &mut HeaderMap) {
        let json = HeaderValue::from_static("application/json");
        headers.insert(CONTENT_TYPE, json);
        headers.insert(CONTENT_LENGTH, self.text.len().into());
        let kept = HeaderValue::from_static("public, max-age=300");
        headers.insert(CACHE_CONTROL, kept);
    }
}

/// Clients of MCP send a header of their own along, which browsers ask leave for.
fn preflight(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
}

impl Policy for ResourceMetadata {
    fn name(&self) -> &str {
        "resource metadata"
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        match self.answer(head) {
            Some(response) => Decision::answer(response),
            None => Decision::Pass,
        }
    }
}
