use agentgateway_core::upstream::retain_headers;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::{Provider, ProviderKind};

/// What of a client's headers goes on to a provider. The length is [mended](mend_length).
const FORWARDED: [&str; 17] = [
    "accept",
    "anthropic-beta",
    "anthropic-dangerous-direct-browser-access",
    "anthropic-version",
    "baggage",
    "content-length",
    "content-type",
    "idempotency-key",
    "openai-beta",
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
/// On whose account a credential is used: under the gateway's it would be the client's choice.
const ACCOUNTS: [&str; 2] = ["openai-organization", "openai-project"];

const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");
const DEFAULT_VERSION: HeaderValue = HeaderValue::from_static("2023-06-01");

/// Takes away what must not go on.
pub(super) fn prepare(headers: &mut HeaderMap, provider: &Provider) {
    retain_headers(headers, |name| goes_on(name, provider));
    if provider.identity.kind() == ProviderKind::Anthropic {
        headers.entry(ANTHROPIC_VERSION).or_insert(DEFAULT_VERSION);
    }
}

/// Says the length of the body; nothing of one that has no byte, or whose length is not known.
pub(super) fn mend_length(headers: &mut HeaderMap, length: Option<u64>) {
    match length.filter(|length| *length > 0) {
        Some(length) if says_length(headers, length) => {}
        Some(length) => {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        None => {
            headers.remove(header::CONTENT_LENGTH);
        }
    }
}

fn says_length(headers: &HeaderMap, length: u64) -> bool {
    let mut values = headers.get_all(header::CONTENT_LENGTH).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    // `parse` would take a sign.
    let number = value.to_str().ok().filter(|text| !text.starts_with('+'));
    number.and_then(|text| text.parse().ok()) == Some(length)
}

fn goes_on(name: &HeaderName, provider: &Provider) -> bool {
    let text = name.as_str();
    if CREDENTIALS.contains(&text) {
        return provider.passes_client_credential();
    }
    // Whatever is asked for: a cookie is the client's, and the host is the provider's.
    if [header::COOKIE, header::HOST].contains(name) {
        return false;
    }
    let of_client = provider.passes_client_credential() && ACCOUNTS.contains(&text);
    of_client
        || FORWARDED.contains(&text)
        || text.starts_with(FORWARDED_FAMILY)
        || provider.headers.contains(name)
}
