use agentgateway_core::Body;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{super::answer, reply::CREATED};

/// The name under which the model is listed. Every other name is served too.
const NAME: &str = "demo";

/// Answers the list of models, with the members that OpenAI's and Anthropic's clients look for.
///
/// # Source
///
/// OpenAI API, "List models"; Anthropic API, "List Models".
pub(super) fn all() -> Response<Body> {
    let list = json!({
        "object": "list",
        "data": [model(NAME)],
        "has_more": false,
        "first_id": NAME,
        "last_id": NAME,
    });
    answer::json(StatusCode::OK, &list)
}

/// Answers one model, whatever its name.
pub(super) fn one(name: &str) -> Response<Body> {
    answer::json(StatusCode::OK, &model(name))
}

fn model(name: &str) -> Value {
    json!({
        "id": name,
        "object": "model",
        "created": CREATED,
        "owned_by": "agentgateway",
        "type": "model",
        "display_name": name,
        "created_at": "2026-01-01T00:00:00Z",
    })
}
