use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::{Provider, ProviderKind};

/// What of a client's headers goes on to a provider.
const FORWARDED: [&str; 18] = [
    "accept",
    "anthropic-beta",
    "anthropic-dangerous-direct-browser-access",
    "anthropic-version",
    "baggage",
    "content-type",
    "idempotency-key",
    "openai-beta",
    "openai-organization",
    "openai-project",
    "traceparent",
    "tracestate",
    "user-agent",
    "x-client-request-id",
    "x-goog-api-client",
    "x-goog-request-params",
    "x-request-id",
    "x-server-timeout",
];
/// The official SDKs tell of themselves in a family of headers.
const FORWARDED_FAMILY: &str = "x-stainless-";
/// Where clients put their credentials.
const CREDENTIALS: [&str; 4] = ["api-key", "authorization", "x-api-key", "x-goog-api-key"];

const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");
const DEFAULT_VERSION: HeaderValue = HeaderValue::from_static("2023-06-01");

/// Takes away what must not go on, and attaches the provider's own, the credential last.
pub(super) fn prepare(headers: &mut HeaderMap, provider: &Provider) {
    let own = std::mem::take(headers);
    let mut name = None;
    for (next, value) in own {
        // A name is given with the first of its values only.
        name = next.or(name);
        if let Some(name) = name.as_ref().filter(|name| goes_on(name, provider)) {
            headers.append(name, value);
        }
    }
    if provider.identity.kind() == ProviderKind::Anthropic {
        headers.entry(ANTHROPIC_VERSION).or_insert(DEFAULT_VERSION);
    }
    if let Some(credential) = &provider.credential {
        headers.insert(credential.name(), credential.value().clone());
    }
}

fn goes_on(name: &HeaderName, provider: &Provider) -> bool {
    let text = name.as_str();
    if CREDENTIALS.contains(&text) {
        return provider.passes_client_credential();
    }
    // Whatever is asked for: a cookie is the client's, and lengths are mended elsewhere.
    if [header::COOKIE, header::HOST, header::CONTENT_LENGTH].contains(name) {
        return false;
    }
    FORWARDED.contains(&text)
        || text.starts_with(FORWARDED_FAMILY)
        || provider.headers.contains(name)
}
