//! Answers that shall be a JSON object of any shape.

use serde_json::{Value, json};

use super::*;

const WORDS: &str = "Your answer must be a single valid JSON object, with no text before or after it and no Markdown \
                     code fence.";

/// What a provider was asked, and what the client is told of losses.
async fn asked(kind: ProviderKind, request: Request<Sent>) -> (Value, Option<String>) {
    let answer = match kind {
        ProviderKind::Anthropic => r#"{"content":[]}"#,
        ProviderKind::Bedrock => {
            r#"{"output":{"message":{"role":"assistant","content":[]}},"stopReason":"end_turn"}"#
        }
        ProviderKind::Gemini => r#"{"candidates":[]}"#,
        _ => r#"{"choices":[]}"#,
    };
    let (response, received) = through(provider(kind), request, "application/json", answer).await;
    let received = received.unwrap_or_else(|| panic!("refused: {response:?}"));
    let told = response.headers().get("x-agw-loss");
    let told = told.map(|told| told.to_str().unwrap().to_owned());
    (serde_json::from_str(&received.body).unwrap(), told)
}

fn chat() -> Request<Sent> {
    let body = r#"{"model":"m","response_format":{"type":"json_object"},"messages":[
        {"role":"system","content":"As JSON."},{"role":"user","content":"hi"}]}"#;
    post("/v1/chat/completions", body)
}

fn responses() -> Request<Sent> {
    let body = r#"{"model":"m","text":{"format":{"type":"json_object"}},"instructions":"As JSON.","input":"hi"}"#;
    post("/v1/responses", body)
}

fn gemini() -> Request<Sent> {
    let body = r#"{"generationConfig":{"responseMimeType":"application/json"},
        "systemInstruction":{"parts":[{"text":"As JSON."}]},"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#;
    post("/v1beta/models/m:generateContent", body)
}

#[tokio::test]
async fn where_there_is_no_json_mode_the_model_is_asked_in_words() {
    for request in [chat, responses, gemini] {
        for (kind, text) in [
            (
                ProviderKind::Anthropic,
                json!({"type": "text", "text": WORDS}),
            ),
            (ProviderKind::Bedrock, json!({"text": WORDS})),
        ] {
            let (body, lost) = asked(kind, request()).await;
            assert_eq!(body["system"][1], text, "{body}");
            assert_eq!(lost.as_deref(), Some("json_mode"));
        }
    }
}

#[tokio::test]
async fn where_there_is_one_words_are_added_only_to_what_does_not_speak_of_json() {
    let (body, lost) = asked(ProviderKind::OpenAi, gemini()).await;
    assert_eq!(body["response_format"], json!({"type": "json_object"}));
    assert_eq!(body["messages"][0]["content"], "As JSON.");
    assert_eq!(lost, None);
    let (body, _) = asked(ProviderKind::Gemini, chat()).await;
    assert_eq!(
        body["generationConfig"]["responseMimeType"],
        "application/json"
    );
    assert_eq!(
        body["systemInstruction"]["parts"].as_array().unwrap().len(),
        1
    );

    let silent = r#"{"generationConfig":{"responseMimeType":"application/json"},
        "contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#;
    let request = post("/v1beta/models/m:generateContent", silent);
    let (body, lost) = asked(ProviderKind::OpenAi, request).await;
    assert_eq!(
        body["messages"][0],
        json!({"role": "system", "content": WORDS})
    );
    assert_eq!(lost, None);
}
