//! Custom tools of OpenAI's clients, which other providers know as functions.

use serde_json::{Value, json};

use super::*;

const GRAMMAR: &str = "start: begin hunk+ end";

fn responses(stream: bool) -> Request<Sent> {
    let tool = json!({"type": "custom", "name": "apply.patch", "description": "Edits files.",
        "format": {"type": "grammar", "syntax": "lark", "definition": GRAMMAR}});
    let body = json!({
        "model": "m", "stream": stream, "tools": [tool],
        "tool_choice": {"type": "custom", "name": "apply.patch"},
        "input": [
            {"role": "user", "content": "go"},
            {"type": "custom_tool_call", "call_id": "c1", "name": "apply.patch", "input": "*** \"a\"\n"},
            {"type": "custom_tool_call_output", "call_id": "c1", "output": "done"}
        ]
    });
    post("/v1/responses", &body.to_string())
}

fn chat(stream: bool) -> Request<Sent> {
    let custom = |rest: Value| json!({"type": "custom", "custom": rest});
    let mut call = custom(json!({"name": "apply.patch", "input": "*** \"a\"\n"}));
    call["id"] = json!("c1");
    let body = json!({
        "model": "m", "stream": stream, "tools": [custom(json!({"name": "apply.patch"}))],
        "tool_choice": {"type": "allowed_tools", "allowed_tools":
            {"mode": "required", "tools": [custom(json!({"name": "apply.patch"}))]}},
        "messages": [
            {"role": "user", "content": "go"},
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "done"}
        ]
    });
    post("/v1/chat/completions", &body.to_string())
}

fn json_of(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap()
}

/// The data of a stream's events.
fn events(body: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(body).unwrap();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.filter(|data| *data != "[DONE]")
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

#[tokio::test]
async fn each_provider_without_custom_tools_is_asked_with_a_function_of_one_text() {
    let schema = json!({"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"],
        "additionalProperties": false});
    let words = format!("Edits files.\n\nThe input must match this grammar (lark):\n{GRAMMAR}");
    let input = json!({"input": "*** \"a\"\n"});
    let follower = provider(ProviderKind::OpenAi).dialects(&[LlmDialect::OpenAiChat]);
    // Where a name, words, a schema, the arguments of the call and the answer of the tool stand.
    for (provider, places) in [
        (
            provider(ProviderKind::Anthropic),
            [
                "/tools/0/name",
                "/tools/0/description",
                "/tools/0/input_schema",
                "/messages/1/content/0/input",
                "/messages/2/content/0/content/0/text",
            ],
        ),
        (
            provider(ProviderKind::Gemini),
            [
                "/tools/0/functionDeclarations/0/name",
                "/tools/0/functionDeclarations/0/description",
                "/tools/0/functionDeclarations/0/parametersJsonSchema",
                "/contents/1/parts/0/functionCall/args",
                "/contents/2/parts/0/functionResponse/response/result",
            ],
        ),
        (
            provider(ProviderKind::Bedrock),
            [
                "/toolConfig/tools/0/toolSpec/name",
                "/toolConfig/tools/0/toolSpec/description",
                "/toolConfig/tools/0/toolSpec/inputSchema/json",
                "/messages/1/content/0/toolUse/input",
                "/messages/2/content/0/toolResult/content/0/text",
            ],
        ),
        (
            follower,
            [
                "/tools/0/function/name",
                "/tools/0/function/description",
                "/tools/0/function/parameters",
                "/messages/1/tool_calls/0/function/arguments",
                "/messages/2/content",
            ],
        ),
    ] {
        let (response, received) =
            through(provider, responses(false), "application/json", "{}").await;
        let received = received.unwrap_or_else(|| panic!("refused: {response:?}"));
        let body = json_of(received.body.as_bytes());
        let [name, description, parameters, arguments, answer] =
            places.map(|place| body.pointer(place).cloned().unwrap_or_default());
        let written = name.as_str().unwrap();
        assert!(written.starts_with("apply"), "{body}");
        assert_eq!(description, words, "{body}");
        assert_eq!(parameters, schema, "{body}");
        assert_eq!(answer, "done", "{body}");
        match &arguments {
            Value::String(text) => assert_eq!(json_of(text.as_bytes()), input, "{body}"),
            object => assert_eq!(*object, input, "{body}"),
        }
    }
}

#[tokio::test]
async fn a_grammar_is_told_as_lost_and_nothing_else_of_a_custom_tool_is() {
    let answer = r#"{"content":[],"usage":{"input_tokens":1,"output_tokens":1}}"#;
    for (request, lost) in [
        (responses(false), Some("tool_grammar")),
        (chat(false), None),
    ] {
        let anthropic = provider(ProviderKind::Anthropic);
        let (response, _) = through(anthropic, request, "application/json", answer).await;
        let told = response.headers().get("x-agw-loss");
        assert_eq!(told.map(|told| told.to_str().unwrap()), lost);
    }
}

#[tokio::test]
async fn calls_come_back_as_calls_of_custom_tools() {
    let answer = r#"{"id":"a","model":"m","stop_reason":"tool_use","content":[
        {"type":"tool_use","id":"t1","name":"apply_patch","input":{"input":"*** \u00e9\n"}},
        {"type":"tool_use","id":"t2","name":"apply_patch","input":{"path":"x"}},
        {"type":"tool_use","id":"t3","name":"other","input":{"input":"x"}}]}"#;
    let anthropic = || provider(ProviderKind::Anthropic);
    let (response, _) = through(anthropic(), responses(false), "application/json", answer).await;
    let output = json_of(response.body())["output"].clone();
    let said = |at: usize, member: &str| output[at][member].as_str().unwrap_or_default().to_owned();
    assert_eq!(said(0, "type"), "custom_tool_call");
    assert_eq!(
        (said(0, "name"), said(0, "call_id")),
        ("apply.patch".into(), "t1".into())
    );
    assert_eq!(said(0, "input"), "*** é\n");
    assert_eq!(said(1, "input"), r#"{"path":"x"}"#);
    assert_eq!(said(2, "type"), "function_call");
    assert_eq!(said(2, "arguments"), r#"{"input":"x"}"#);

    let (response, _) = through(anthropic(), chat(false), "application/json", answer).await;
    let choice = json_of(response.body())["choices"][0].clone();
    assert_eq!(choice["finish_reason"], "tool_calls");
    let calls = &choice["message"]["tool_calls"];
    let custom = json!({"name": "apply.patch", "input": "*** é\n"});
    assert_eq!(
        calls[0],
        json!({"id": "t1", "type": "custom", "custom": custom})
    );
    assert_eq!(calls[2]["type"], "function");
}

#[tokio::test]
async fn a_stream_tells_the_input_as_text() {
    let answer = concat!(
        "data: {\"type\":\"message_start\",\"message\":{\"id\":\"a\",\"model\":\"m\"}}\n\n",
        "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":",
        "{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"apply_patch\",\"input\":{}}}\n\n",
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":",
        "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"inp\"}}\n\n",
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":",
        "{\"type\":\"input_json_delta\",\"partial_json\":\"ut\\\": \\\"*** \\\\ud83d\"}}\n\n",
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":",
        "{\"type\":\"input_json_delta\",\"partial_json\":\"\\\\ude00\\\\n\\\"}\"}}\n\n",
        "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
        "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}\n\n",
        "data: {\"type\":\"message_stop\"}\n\n",
    );
    let anthropic = || provider(ProviderKind::Anthropic);
    let (response, _) = through(anthropic(), responses(true), "text/event-stream", answer).await;
    let told = events(response.body());
    let of_type = |wanted: &str| {
        let found = told.iter().filter(|event| event["type"] == wanted);
        found.cloned().collect::<Vec<_>>()
    };
    let deltas = of_type("response.custom_tool_call_input.delta");
    let pieces: Vec<_> = deltas
        .iter()
        .map(|one| one["delta"].as_str().unwrap())
        .collect();
    assert_eq!(pieces, ["*** ", "😀\n"]);
    let done = of_type("response.custom_tool_call_input.done");
    assert_eq!(done[0]["input"], "*** 😀\n");
    let item = &of_type("response.completed")[0]["response"]["output"][0];
    assert_eq!(item["type"], "custom_tool_call");
    assert_eq!(item["input"], "*** 😀\n");
    assert_eq!(item["id"], deltas[0]["item_id"]);

    let (response, _) = through(anthropic(), chat(true), "text/event-stream", answer).await;
    let chunks = events(response.body());
    let calls = chunks
        .iter()
        .map(|chunk| &chunk["choices"][0]["delta"]["tool_calls"][0]);
    let calls: Vec<_> = calls.filter(|call| !call.is_null()).collect();
    let custom = json!({"name": "apply.patch", "input": ""});
    assert_eq!(
        *calls[0],
        json!({"index": 0, "id": "t1", "type": "custom", "custom": custom})
    );
    assert_eq!(*calls[1], json!({"index": 0, "custom": {"input": "*** "}}));
    assert_eq!(calls.len(), 3);
}

#[tokio::test]
async fn between_chat_and_responses_nothing_of_a_custom_tool_is_lost() {
    let chat_alone = |host: &str| {
        let endpoint = host.parse().unwrap();
        Provider::new("p", ProviderKind::OpenAi, endpoint).dialects(&[LlmDialect::OpenAiChat])
    };
    let answer = r#"{"id":"a","choices":[{"message":{"tool_calls":[{"id":"t1","type":"custom",
        "custom":{"name":"apply_patch","input":"{\"input\":\"x\"}"}}]},"finish_reason":"tool_calls"}]}"#;
    let openai = chat_alone("https://api.openai.com");
    let (response, received) = through(openai, responses(false), "application/json", answer).await;
    assert_eq!(response.headers().get("x-agw-loss"), None);
    let body = json_of(received.unwrap().body.as_bytes());
    let grammar = json!({"syntax": "lark", "definition": GRAMMAR});
    assert_eq!(body["tools"][0]["custom"]["format"]["grammar"], grammar);
    assert_eq!(body["tool_choice"]["custom"]["name"], "apply_patch");
    assert_eq!(
        body["messages"][1]["tool_calls"][0]["custom"]["input"],
        "*** \"a\"\n"
    );
    let item = &json_of(response.body())["output"][0];
    assert_eq!(item["type"], "custom_tool_call");
    assert_eq!(item["input"], r#"{"input":"x"}"#);

    let answer = r#"{"id":"a","output":[{"type":"custom_tool_call","call_id":"t1","name":"apply_patch","input":""}]}"#;
    let openai = provider(ProviderKind::OpenAi).dialects(&[LlmDialect::OpenAiResponses]);
    let (response, received) = through(openai, chat(false), "application/json", answer).await;
    let body = json_of(received.unwrap().body.as_bytes());
    assert_eq!(
        body["tool_choice"]["tools"][0],
        json!({"type": "custom", "name": "apply_patch"})
    );
    assert_eq!(body["input"][1]["type"], "custom_tool_call");
    assert_eq!(body["input"][2]["type"], "custom_tool_call_output");
    let message = &json_of(response.body())["choices"][0]["message"];
    assert_eq!(message["tool_calls"][0]["custom"]["input"], "");
}
