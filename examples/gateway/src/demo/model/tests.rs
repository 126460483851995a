use serde_json::{Value, json};

use super::Model;
use crate::demo::tests::{ask, bytes, events, json, json_events};

async fn post(path: &str, body: Value) -> http::Response<agentgateway_core::Body> {
    ask(&Model::new(), "POST", path, &[], &body).await
}

fn turns(text: &str) -> Value {
    json!([
        {"role": "user", "content": "earlier"},
        {"role": "assistant", "content": "indeed"},
        {"role": "user", "content": [{"type": "text", "text": text}]},
    ])
}

#[tokio::test(start_paused = true)]
async fn chat_says_the_last_user_text_again() {
    let body = json!({"model": "any", "messages": turns("hello there")});
    let answer = json(post("/some/prefix/v1/chat/completions", body.clone()).await).await;
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["model"], "any");
    assert_eq!(
        answer["choices"][0]["message"]["content"],
        "You said: hello there"
    );
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    assert_eq!(answer["usage"]["prompt_tokens"], 4);
    assert_eq!(answer["usage"]["completion_tokens"], 4);
    let again = json(post("/v1/chat/completions", body).await).await;
    assert_eq!(again, answer);
}

#[tokio::test(start_paused = true)]
async fn chat_streams_words_then_usage_then_the_end_mark() {
    let body = json!({
        "model": "any", "messages": turns("a b"), "stream": true,
        "stream_options": {"include_usage": true},
    });
    let began = tokio::time::Instant::now();
    let mut events = events(post("/v1/chat/completions", body).await).await;
    assert_eq!(events.pop().unwrap().1, "[DONE]");
    // role, four words, finish, usage, end mark: seven pauses between eight events.
    assert_eq!(began.elapsed(), super::super::answer::PAUSE * 7);
    let chunks: Vec<Value> = events
        .iter()
        .map(|(_, data)| serde_json::from_str(data).unwrap())
        .collect();
    let text: String = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(text, "You said: a b");
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
    assert_eq!(chunks[5]["choices"][0]["finish_reason"], "stop");
    assert_eq!(chunks[6]["choices"], json!([]));
    assert_eq!(chunks[6]["usage"]["total_tokens"], 8);
    assert!(chunks.iter().take(6).all(|chunk| chunk["usage"].is_null()));
}

#[tokio::test(start_paused = true)]
async fn cuts_at_the_limit_and_says_so_in_each_dialect() {
    let messages = turns("one two three");
    let chat = json!({"model": "m", "messages": messages, "max_tokens": 2});
    let chat = json(post("/v1/chat/completions", chat).await).await;
    assert_eq!(chat["choices"][0]["message"]["content"], "You said: ");
    assert_eq!(chat["choices"][0]["finish_reason"], "length");
    let claude = json!({"model": "m", "messages": messages, "max_tokens": 2});
    assert_eq!(
        json(post("/v1/messages", claude).await).await["stop_reason"],
        "max_tokens"
    );
    let gemini = json!({
        "contents": [{"parts": [{"text": "one two"}]}],
        "generation_config": {"max_output_tokens": 1},
    });
    let gemini = json(post("/v1/models/m:generateContent", gemini).await).await;
    assert_eq!(gemini["candidates"][0]["finishReason"], "MAX_TOKENS");
    let response = json!({"model": "m", "input": "one", "max_output_tokens": 1, "stream": true});
    let events = json_events(post("/v1/responses", response).await).await;
    let last = events.last().unwrap();
    assert_eq!(last["type"], "response.incomplete");
    assert_eq!(
        last["response"]["incomplete_details"]["reason"],
        "max_output_tokens"
    );
}

#[tokio::test(start_paused = true)]
async fn responses_stream_is_numbered_and_ends_as_the_whole_answer() {
    let body = json!({"model": "any", "input": turns("hello")});
    let whole = json(post("/v1/responses", body.clone()).await).await;
    assert_eq!(whole["status"], "completed");
    assert_eq!(whole["output"][0]["content"][0]["text"], "You said: hello");
    let mut body = body;
    body["stream"] = json!(true);
    let named = events(post("/v1/responses", body).await).await;
    let events: Vec<Value> = named
        .iter()
        .map(|(_, data)| serde_json::from_str(data).unwrap())
        .collect();
    for (number, (event, (name, _))) in events.iter().zip(&named).enumerate() {
        assert_eq!(event["sequence_number"], number);
        assert_eq!(event["type"], **name);
    }
    let types: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        types,
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.delta",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    let last = &events.last().unwrap()["response"];
    assert_eq!(last["output"][0]["content"], whole["output"][0]["content"]);
    assert_eq!(last["usage"], whole["usage"]);
}

#[tokio::test(start_paused = true)]
async fn messages_stream_follows_the_grammar() {
    let body = json!({
        "model": "any", "system": "be brief", "messages": turns("hello"), "max_tokens": 50,
        "stream": true,
    });
    let events = events(post("/v1/messages", body).await).await;
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "message_start",
            "content_block_start",
            "ping",
            "content_block_delta",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]
    );
    let start: Value = serde_json::from_str(&events[0].1).unwrap();
    assert_eq!(start["message"]["usage"]["input_tokens"], 5);
    let end: Value = serde_json::from_str(&events[7].1).unwrap();
    assert_eq!(end["delta"]["stop_reason"], "end_turn");
    assert_eq!(end["usage"]["output_tokens"], 3);
}

#[tokio::test(start_paused = true)]
async fn counts_the_words_of_a_message() {
    let body = json!({"model": "any", "system": "be brief", "messages": turns("hello")});
    let answer = json(post("/v1/messages/count_tokens", body).await).await;
    assert_eq!(answer, json!({"input_tokens": 5}));
}

#[tokio::test(start_paused = true)]
async fn gemini_streams_events_or_one_array() {
    let body = json!({"contents": [{"role": "user", "parts": [{"text": "hello"}]}]});
    let path = "/v1beta/models/any:streamGenerateContent";
    let chunks = json_events(post(&format!("{path}?alt=sse"), body.clone()).await).await;
    assert_eq!(chunks.len(), 3);
    assert!(chunks[0]["candidates"][0]["finishReason"].is_null());
    assert_eq!(chunks[2]["candidates"][0]["finishReason"], "STOP");
    assert_eq!(chunks[2]["usageMetadata"]["totalTokenCount"], 4);
    let array = json(post(path, body).await).await;
    assert_eq!(array, json!(chunks));
}

#[tokio::test(start_paused = true)]
async fn embeddings_are_the_same_for_the_same_words_in_both_encodings() {
    let body = json!({"model": "any", "input": ["red apple", "apple RED", ""], "dimensions": 8});
    let answer = json(post("/v1/embeddings", body.clone()).await).await;
    let vectors = answer["data"].as_array().unwrap();
    assert_eq!(vectors.len(), 3);
    assert_eq!(vectors[0]["embedding"], vectors[1]["embedding"]);
    assert_eq!(vectors[0]["embedding"].as_array().unwrap().len(), 8);
    let length: f64 = vectors[0]["embedding"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_f64().unwrap().powi(2))
        .sum();
    assert!((length - 1.0).abs() < 1e-6);
    let mut body = body;
    body["encoding_format"] = json!("base64");
    let coded = json(post("/v1/embeddings", body).await).await;
    // Eight numbers of four bytes.
    assert_eq!(coded["data"][0]["embedding"].as_str().unwrap().len(), 44);
}

#[tokio::test(start_paused = true)]
async fn lists_models_and_takes_any_name() {
    let list = json(ask(&Model::new(), "GET", "/v1/models", &[], &Value::Null).await).await;
    assert_eq!(list["data"][0]["id"], "demo");
    let one = json(
        ask(
            &Model::new(),
            "GET",
            "/v1/models/own/name",
            &[],
            &Value::Null,
        )
        .await,
    )
    .await;
    assert_eq!(one["id"], "own/name");
}

#[tokio::test(start_paused = true)]
async fn refuses_in_the_form_of_the_dialect() {
    let openai = post("/v1/chat/completions", json!({"model": "m"})).await;
    assert_eq!(openai.status(), 400);
    assert_eq!(json(openai).await["error"]["type"], "invalid_request_error");
    let claude = post(
        "/v1/messages",
        json!({"model": "m", "messages": turns("x")}),
    )
    .await;
    assert_eq!(claude.status(), 400);
    assert_eq!(json(claude).await["type"], "error");
    let gemini = post(
        "/v1beta/models/m:dance",
        json!({"contents": [{"parts": []}]}),
    )
    .await;
    assert_eq!(gemini.status(), 404);
    assert_eq!(json(gemini).await["error"]["status"], "NOT_FOUND");
    assert_eq!(post("/v2/chat", json!({})).await.status(), 404);
    let get = ask(&Model::new(), "GET", "/v1/messages", &[], &Value::Null).await;
    assert_eq!(get.status(), 405);
    assert_eq!(get.headers()["allow"], "POST");
}

#[tokio::test(start_paused = true)]
async fn takes_any_json_without_a_panic() {
    let paths = [
        "chat/completions",
        "responses",
        "messages",
        "messages/count_tokens",
        "embeddings",
        "models/m:generateContent",
        "models/m:streamGenerateContent",
        "models/:",
    ];
    let odd = json!({
        "model": 7, "messages": [null, 1, {"content": {"a": 1}}], "input": [[1, "x"]],
        "contents": ["x"], "max_tokens": 1, "stream": true, "stream_options": [],
    });
    for path in paths {
        for body in [json!(null), json!([]), json!("x"), json!({}), odd.clone()] {
            let text = body.to_string();
            let request = http::Request::post(format!("/v1/{path}"))
                .body(text)
                .unwrap();
            let answer = tower::ServiceExt::oneshot(Model::new(), request)
                .await
                .unwrap();
            assert!(!bytes(answer).await.is_empty());
        }
    }
}
