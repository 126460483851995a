//! The list of models, in the form of whoever asks.

use agentgateway_core::Body;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, header};
use serde::Serialize;

use super::routes::Routes;

const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");
const X_GOOG_API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");

/// OpenAI's form, and Anthropic's: the members of each are none of the other's.
#[derive(Serialize)]
struct List<'a> {
    object: &'static str,
    data: Vec<Model<'a>>,
    first_id: Option<&'a str>,
    last_id: Option<&'a str>,
    has_more: bool,
}

#[derive(Serialize)]
struct Model<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    owned_by: &'static str,
    r#type: &'static str,
    display_name: &'a str,
    created_at: &'static str,
}

#[derive(Serialize)]
struct GeminiList {
    models: Vec<GeminiModel>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GeminiModel {
    name: String,
    display_name: String,
    supported_generation_methods: [&'static str; 2],
}

/// Answers `GET …/models` and `GET …/models/{model}`. `None`: it is neither, there is no such model, or no route has
/// a name of its own.
pub(super) fn answer<B>(routes: &Routes, request: &Request<B>) -> Option<Response<Body>> {
    if request.method() != Method::GET || routes.names().next().is_none() {
        return None;
    }
    let path = request.uri().path();
    let headers = request.headers();
    let is_gemini =
        headers.contains_key(X_GOOG_API_KEY) && !headers.contains_key(ANTHROPIC_VERSION);
    let names = routes.names();
    let json = if path.ends_with("/models") {
        if is_gemini {
            let models = names.map(gemini).collect();
            serde_json::to_vec(&GeminiList { models })
        } else {
            serde_json::to_vec(&list(names.map(model).collect()))
        }
    } else {
        let (_, wanted) = path.split_once("/models/")?;
        let wanted = percent_encoding::percent_decode_str(wanted)
            .decode_utf8()
            .ok()?;
        let found = routes.names().find(|name| **name == *wanted)?;
        if is_gemini {
            serde_json::to_vec(&gemini(found))
        } else {
            serde_json::to_vec(&model(found))
        }
    };
    let mut response = Response::new(Body::from(Bytes::from(json.ok()?)));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Some(response)
}

fn list(data: Vec<Model<'_>>) -> List<'_> {
    List {
        object: "list",
        first_id: data.first().map(|model| model.id),
        last_id: data.last().map(|model| model.id),
        has_more: false,
        data,
    }
}

const fn model(id: &str) -> Model<'_> {
    Model {
        id,
        object: "model",
        // Nobody knows when; both members must be there.
        created: 0,
        owned_by: "agentgateway",
        r#type: "model",
        display_name: id,
        created_at: "1970-01-01T00:00:00Z",
    }
}

fn gemini(name: &str) -> GeminiModel {
    GeminiModel {
        name: format!("models/{name}"),
        display_name: name.to_owned(),
        supported_generation_methods: ["generateContent", "countTokens"],
    }
}
