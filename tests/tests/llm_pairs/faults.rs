//! What goes wrong at the provider, as the client's SDK raises it.

use serde_json::{Map, Value};

use crate::pair::dialect;

/// How a provider refuses, and what that is for the SDKs of OpenAI, of Anthropic, of Google and of Amazon.
const REFUSALS: [(&str, &str, &str, &str, &str); 5] = [
    (
        "limit",
        "RateLimitError 429",
        "RateLimitError 429",
        "ClientError 429",
        "ThrottlingException 429",
    ),
    (
        "overload",
        "InternalServerError 503",
        "OverloadedError 529",
        "ServerError 503",
        "ServiceUnavailableException 503",
    ),
    (
        "bad",
        "BadRequestError 400",
        "BadRequestError 400",
        "ClientError 400",
        "ValidationException 400",
    ),
    (
        "key",
        "AuthenticationError 401",
        "AuthenticationError 401",
        "ClientError 401",
        "AccessDeniedException 403",
    ),
    (
        "missing",
        "NotFoundError 404",
        "NotFoundError 404",
        "ClientError 404",
        "ResourceNotFoundException 404",
    ),
];
/// What Bedrock answers to whoever it does not know is no 401, and the gateway's word for a 401 is none that its
/// SDK has an exception of its own for: `UnrecognizedClientException`.
const DENIED: &str = "PermissionDeniedError 403";
const UNKNOWN: &str = "ClientError 403";

/// What is not as it should be.
pub(crate) fn of(client: &str, provider: &str, told: &Map<String, Value>) -> Vec<String> {
    let came = &told[client][provider];
    let mut faults = Vec::new();
    for refusal in REFUSALS {
        let (scene, ..) = refusal;
        let wanted = wanted(refusal, client, provider);
        for mode in ["unary", "stream"] {
            let got = &came[scene][mode];
            let raised = raised(got);
            let says = got["text"].as_str().unwrap_or_default();
            if raised != wanted || !says.contains("The provider says") {
                faults.push(format!("{scene}, {mode}: expected {wanted}, got {got}"));
            }
        }
    }
    for scene in ["broken", "cut"] {
        let got = &came[scene]["stream"];
        if !is_told(client, got) {
            faults.push(format!("{scene}: {got}"));
        }
    }
    faults
}

fn wanted(
    (scene, openai, anthropic, google, amazon): (
        &str,
        &'static str,
        &'static str,
        &'static str,
        &'static str,
    ),
    client: &str,
    provider: &str,
) -> &'static str {
    let is_denied = scene == "key" && provider == "converse";
    match dialect(client) {
        "converse" if scene == "key" && provider != "converse" => UNKNOWN,
        "gemini" if is_denied => UNKNOWN,
        "gemini" => google,
        "converse" => amazon,
        _ if is_denied => DENIED,
        "messages" => anthropic,
        _ => openai,
    }
}

fn raised(got: &Value) -> String {
    let name = got["error"].as_str().unwrap_or("nothing");
    format!("{name} {}", got["status"])
}

/// A stream that ends badly is never taken for a whole one: the SDK raises, and by what the gateway told it.
fn is_told(client: &str, got: &Value) -> bool {
    let Some(error) = got["error"].as_str() else {
        return false;
    };
    // The connection to the gateway is not cut: bytes that pass end with an event of the dialect's, too.
    match dialect(client) {
        "messages" => ["APIStatusError", "APIError", "OverloadedError"].contains(&error),
        "gemini" => ["ServerError", "ClientError"].contains(&error),
        "converse" => error == "EventStreamError",
        _ => error == "APIError",
    }
}
