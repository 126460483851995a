//! How many tokens a request would have, asked across dialects.

use serde_json::{Value, json};

use super::*;

async fn counted(
    provider: Provider,
    request: Request<Sent>,
    answer: &'static str,
) -> (Value, String, Value) {
    let (response, received) = through(provider, request, "application/json", answer).await;
    let received = received.unwrap_or_else(|| panic!("refused: {response:?}"));
    assert_eq!(response.status(), StatusCode::OK, "{response:?}");
    let path = received.head.uri.path_and_query().unwrap().to_string();
    let body = serde_json::from_str(&received.body).unwrap();
    (body, path, serde_json::from_slice(response.body()).unwrap())
}

#[tokio::test]
async fn a_count_of_anthropic_messages_is_asked_of_each_dialect_that_has_one() {
    let asks = || {
        let body = r#"{"model":"m","system":"s","thinking":{"type":"disabled"},"messages":[{"role":"user","content":"hi"}]}"#;
        post("/v1/messages/count_tokens", body)
    };
    let contents = json!([{"role": "user", "parts": [{"text": "hi"}]}]);
    let system = json!({"parts": [{"text": "s"}]});
    let vertex = Provider::vertex("p", "https://v.example.org".parse().unwrap(), "own", "eu");
    for (provider, answer, path, asked) in [
        (
            provider(ProviderKind::OpenAi),
            r#"{"object":"response.input_tokens","input_tokens":7}"#,
            "/v1/responses/input_tokens",
            json!({"model": "m", "instructions": "s", "input": [{"role": "user", "content": "hi"}], "reasoning": {"effort": "none"}}),
        ),
        (
            provider(ProviderKind::Gemini),
            r#"{"totalTokens":7,"promptTokensDetails":[]}"#,
            "/v1beta/models/m:countTokens",
            json!({"generateContentRequest": {"model": "models/m", "contents": contents, "systemInstruction": system, "generationConfig": {"thinkingConfig": {"thinkingBudget": 0}}}}),
        ),
        (
            vertex,
            r#"{"totalTokens":7}"#,
            "/v1/projects/own/locations/eu/publishers/google/models/m:countTokens",
            json!({"contents": contents, "systemInstruction": system, "generationConfig": {"thinkingConfig": {"thinkingBudget": 0}}}),
        ),
        (
            provider(ProviderKind::Bedrock),
            r#"{"inputTokens":7}"#,
            "/model/m/count-tokens",
            json!({"input": {"converse": {"messages": [{"role": "user", "content": [{"text": "hi"}]}], "system": [{"text": "s"}]}}}),
        ),
    ] {
        let (body, sent_to, told) = counted(provider, asks(), answer).await;
        assert_eq!(sent_to, path);
        assert_eq!(body, asked, "{path}");
        assert_eq!(told, json!({"input_tokens": 7}), "{path}");
    }
}

#[tokio::test]
async fn a_count_of_gemini_is_asked_of_anthropic() {
    let turn = r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"maxOutputTokens":9}}"#;
    let whole = format!("{{\"generateContentRequest\":{turn}}}");
    for body in [turn, whole.as_str()] {
        let request = post("/v1beta/models/claude-x:countTokens", body);
        let anthropic = provider(ProviderKind::Anthropic);
        let (body, path, told) = counted(anthropic, request, r#"{"input_tokens":7}"#).await;
        assert_eq!(path, "/v1/messages/count_tokens");
        let said = json!([{"role": "user", "content": [{"type": "text", "text": "hi"}]}]);
        assert_eq!(body, json!({"model": "claude-x", "messages": said}));
        assert_eq!(told, json!({"totalTokens": 7}));
    }
}

#[tokio::test]
async fn counts_of_responses_and_of_converse_are_asked_of_others_and_of_each_other() {
    let responses = || {
        let body = r#"{"model":"m","instructions":"s","input":"hi"}"#;
        post("/v1/responses/input_tokens", body)
    };
    let converse = || {
        let body = r#"{"input":{"converse":{"messages":[{"role":"user","content":[{"text":"hi"}]}],"system":[{"text":"s"}]}}}"#;
        post("/model/m/count-tokens", body)
    };
    let text = json!([{"type": "text", "text": "hi"}]);
    let messages = json!([{"role": "user", "content": text}]);
    let system = json!([{"type": "text", "text": "s"}]);
    let anthropic = json!({"model": "m", "messages": messages, "system": system});
    let told = json!({"object": "response.input_tokens", "input_tokens": 7});
    let (body, path, count) = counted(
        provider(ProviderKind::Anthropic),
        responses(),
        r#"{"input_tokens":7}"#,
    )
    .await;
    assert_eq!(path, "/v1/messages/count_tokens");
    assert_eq!((body, count), (anthropic.clone(), told.clone()));
    let bedrock = provider(ProviderKind::Bedrock);
    let (body, path, count) = counted(bedrock, responses(), r#"{"inputTokens":7}"#).await;
    assert_eq!(path, "/model/m/count-tokens");
    assert_eq!(body["input"]["converse"]["system"][0]["text"], "s");
    assert_eq!(count, told);

    let (body, path, count) = counted(
        provider(ProviderKind::Anthropic),
        converse(),
        r#"{"input_tokens":7}"#,
    )
    .await;
    assert_eq!(path, "/v1/messages/count_tokens");
    assert_eq!((body, count), (anthropic, json!({"inputTokens": 7})));
    let openai = provider(ProviderKind::OpenAi);
    let (body, path, _) = counted(openai, converse(), r#"{"input_tokens":7}"#).await;
    assert_eq!(path, "/v1/responses/input_tokens");
    let input = json!([{"role": "user", "content": "hi"}]);
    assert_eq!(
        body,
        json!({"model": "m", "instructions": "s", "input": input})
    );
}

/// Bedrock itself takes the body of another API there.
#[tokio::test]
async fn counts_go_to_providers_of_their_own_dialect_as_they_are() {
    let other = r#"{"input":{"invokeModel":{"body":"e30="}}}"#;
    let request = || post("/model/m/count-tokens", other);
    let received = sent(provider(ProviderKind::Bedrock), request()).await;
    assert_eq!(
        (received.head.uri.path(), &*received.body),
        ("/model/m/count-tokens", other)
    );
    let (status, told) = refused(provider(ProviderKind::Anthropic), request()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(told.contains("input.converse"), "{told}");
    let body = r#"{"model":"m","input":"hi","personality":"x"}"#;
    let received = sent(
        provider(ProviderKind::OpenAi),
        post("/v1/responses/input_tokens", body),
    )
    .await;
    assert_eq!(received.body, body);
}

#[tokio::test]
async fn what_is_no_count_is_a_bad_answer() {
    let request = post(
        "/v1/messages/count_tokens",
        r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#,
    );
    let gemini = provider(ProviderKind::Bedrock);
    let (response, _) = through(gemini, request, "application/json", "{}").await;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
}
