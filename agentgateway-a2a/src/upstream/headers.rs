use agentgateway_core::upstream::retain_headers;
use http::{HeaderMap, HeaderName, HeaderValue, header as names};

static ALLOWED: [HeaderName; 15] = [
    names::CONTENT_TYPE,
    names::CONTENT_LENGTH,
    names::CONTENT_ENCODING,
    names::ACCEPT,
    HeaderName::from_static("x-a2a-extensions"),
    HeaderName::from_static("x-a2a-hops"),
    HeaderName::from_static("x-a2a-skill"),
    HeaderName::from_static("last-event-id"),
    names::USER_AGENT,
    names::IF_NONE_MATCH,
    names::IF_MODIFIED_SINCE,
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("baggage"),
    names::TE,
];

/// Which headers reach the agent, and the one that is set.
#[derive(Clone, Debug, Default)]
pub(super) struct Allow {
    pub(super) authorization: bool,
    pub(super) more: Vec<HeaderName>,
    pub(super) credential: Option<(HeaderName, HeaderValue)>,
}

impl Allow {
    pub(super) fn retain(&self, headers: &mut HeaderMap) {
        retain_headers(headers, |name| self.allows(name));
        if let Some((name, value)) = &self.credential {
            headers.insert(name.clone(), value.clone());
        }
    }

    fn allows(&self, name: &HeaderName) -> bool {
        if *name == names::AUTHORIZATION {
            return self.authorization;
        }
        let text = name.as_str();
        text.starts_with("a2a-")
            || text.starts_with("grpc-")
            || ALLOWED.contains(name)
            || self.more.contains(name)
    }
}
