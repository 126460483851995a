use agentgateway_core::Body;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{
    super::answer,
    prompt::words,
    refusal::Refusal,
    reply::{hash, model},
};

/// The length of a vector when the request names none.
const DIMENSIONS: u64 = 16;

/// The longest vector.
const MAX_DIMENSIONS: u64 = 1024;

/// The most texts of one request.
const MAX_INPUTS: usize = 256;

/// Answers a vector for each text.
///
/// # Source
///
/// OpenAI API, "Create embeddings": an input is a text, a list of texts, a list of tokens, or a
/// list of such lists.
pub(super) fn answer(request: &Value) -> Result<Response<Body>, Refusal> {
    let inputs = inputs(&request["input"])?;
    let dimensions = match &request["dimensions"] {
        Value::Null => Some(DIMENSIONS),
        wanted => wanted
            .as_u64()
            .filter(|wanted| (1..=MAX_DIMENSIONS).contains(wanted)),
    };
    let dimensions = dimensions.ok_or(Refusal::invalid("`dimensions` is not within 1 to 1024"))?;
    let encoded = match request["encoding_format"].as_str() {
        None | Some("float") => false,
        Some("base64") => true,
        Some(_) => {
            return Err(Refusal::invalid(
                "`encoding_format` is neither float nor base64",
            ));
        }
    };
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let vector = vector(text, dimensions);
            let embedding = if encoded {
                json!(base64(&vector))
            } else {
                json!(vector)
            };
            json!({"object": "embedding", "index": index, "embedding": embedding})
        })
        .collect();
    let tokens: u64 = inputs.iter().map(|text| words(text)).sum();
    let body = json!({
        "object": "list",
        "data": data,
        "model": model(request)?,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    });
    Ok(answer::json(StatusCode::OK, &body))
}

fn inputs(input: &Value) -> Result<Vec<String>, Refusal> {
    let bad = Refusal::invalid("`input` is neither a text nor a list of up to 256 texts");
    match input {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Array(items) if items.iter().any(Value::is_number) => {
            tokens(input).map(|text| vec![text]).ok_or(bad)
        }
        Value::Array(items) if (1..=MAX_INPUTS).contains(&items.len()) => items
            .iter()
            .map(|item| {
                item.as_str()
                    .map(ToOwned::to_owned)
                    .or_else(|| tokens(item))
            })
            .collect::<Option<_>>()
            .ok_or(bad),
        _ => Err(bad),
    }
}

/// A list of tokens as a text with a word for each.
fn tokens(list: &Value) -> Option<String> {
    let words = list
        .as_array()?
        .iter()
        .map(|token| Some(token.as_u64()?.to_string()));
    Some(words.collect::<Option<Vec<_>>>()?.join(" "))
}

/// A vector of length one, to which each word of the text adds a step in the direction of its hash.
fn vector(text: &str, dimensions: u64) -> Vec<f32> {
    let mut vector = vec![0.0_f32; usize::try_from(dimensions).unwrap_or(0)];
    for word in text.split_whitespace() {
        let hash = hash(word.to_lowercase().as_bytes());
        let place = usize::try_from((hash >> 1) % dimensions).unwrap_or(0);
        if let Some(value) = vector.get_mut(place) {
            *value += if hash & 1 == 0 { 1.0 } else { -1.0 };
        }
    }
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    } else if let Some(first) = vector.first_mut() {
        // A text without words, or one whose words cancel out, has a direction all the same.
        *first = 1.0;
    }
    vector
}

/// The vector as OpenAI's clients ask for it by default: little-endian numbers in Base64.
fn base64(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    STANDARD.encode(bytes)
}
