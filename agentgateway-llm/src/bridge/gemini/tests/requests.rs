use super::{
    super::super::{
        codec::{Codec, Target},
        form::{
            Content, MediaKind, MediaSource, Opaque, OutputFormat, ReasoningEffort, Role,
            StateOwner, ToolChoice,
        },
        loss::LossReport,
    },
    super::Gemini,
    support::{encoded, request, value},
};

const WHOLE: &str = r#"{
    "system_instruction": {"role": "user", "parts": [{"text": "Be brief."}]},
    "contents": [
        {"role": "user", "parts": [{"text": "Weather?"}, {"inline_data": {"mime_type": "image/png", "data": "_9j-"}},
            {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://b/f"}, "videoMetadata": {"fps": 2}}]},
        {"role": "model", "parts": [
            {"text": "hm", "thought": true},
            {"functionCall": {"name": "weather", "args": {"city": "Rome"}}, "thought_signature": "c2ln"},
            {"functionCall": {"name": "weather", "args": {"city": "Oslo"}}}]},
        {"role": "user", "parts": [
            {"functionResponse": {"name": "weather", "response": {"result": "sun"}}},
            {"function_response": {"name": "weather", "response": {"error": "gone"}}}]},
        {"role": "model", "parts": [{"executableCode": {"language": "PYTHON", "code": "1"}},
            {"text": "Done.", "thoughtSignature": "ZW5k"}]},
        {"parts": [{"text": "And now?"}]}
    ],
    "tools": [{"functionDeclarations": [
        {"name": "weather", "description": "", "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}},
            "response": {"type": "STRING"}},
        {"name": "time", "parameters_json_schema": {"type": "object"}}], "googleSearch": {}}],
    "tool_config": {"function_calling_config": {"mode": "ANY", "allowed_function_names": ["weather"]},
        "retrievalConfig": {"languageCode": "de"}},
    "generation_config": {"temperature": 0.5, "top_p": 0.9, "topK": 40.0, "candidateCount": 2, "maxOutputTokens": 100,
        "stopSequences": ["END"], "presencePenalty": 0.1, "frequencyPenalty": 0.2, "seed": -7, "responseLogprobs": true,
        "logprobs": 3, "responseMimeType": "application/json", "responseSchema": {"type": "ARRAY"},
        "thinkingConfig": {"includeThoughts": true, "thinkingBudget": 512}, "responseModalities": ["TEXT"]},
    "safetySettings": [], "labels": {"a_b": "c"}, "nothing": null
}"#;

#[test]
fn a_request_is_read_as_a_whole() {
    let found = request("gemini-2.5-pro", WHOLE);
    assert_eq!(found.model, "gemini-2.5-pro");
    assert_eq!(found.system.len(), 1);
    let roles: Vec<Role> = found.turns.iter().map(|turn| turn.role).collect();
    use Role::{Assistant, User};
    assert_eq!(roles, [User, Assistant, User, Assistant, User]);
    let Content::Media(image) = &found.turns[0].blocks[1].content else {
        panic!("{found:?}");
    };
    assert_eq!(image.kind, MediaKind::Image);
    assert_eq!(image.source, MediaSource::Base64("/9j+".into()));
    let Content::Media(film) = &found.turns[0].blocks[2].content else {
        panic!("{found:?}");
    };
    assert_eq!(film.source, MediaSource::File("gs://b/f".into()));
    let Content::ToolCall(call) = &found.turns[1].blocks[1].content else {
        panic!("{found:?}");
    };
    assert_eq!(
        (call.id.as_str(), call.name.as_str()),
        ("call_0", "weather")
    );
    assert_eq!(call.arguments, r#"{"city": "Rome"}"#);
    assert_eq!(call.state, Some(Opaque::new(StateOwner::Gemini, "c2ln")));
    let results = found.turns[2]
        .blocks
        .iter()
        .map(|block| match &block.content {
            Content::ToolResult(result) => {
                (result.call_id.as_str(), result.is_error, result.is_json)
            }
            _ => panic!("{block:?}"),
        });
    let results: Vec<_> = results.collect();
    assert_eq!(results, [("call_0", false, false), ("call_1", true, false)]);
    let Content::Reasoning(thought) = &found.turns[3].blocks[1].content else {
        panic!("{found:?}");
    };
    assert_eq!(thought.state, Some(Opaque::new(StateOwner::Gemini, "ZW5k")));
    assert_eq!(found.tools.len(), 2);
    assert_eq!(
        found.tools[0].schema.as_deref(),
        Some(r#"{"type":"object","properties":{"city":{"type":"string"}}}"#)
    );
    assert_eq!(found.tool_choice, Some(ToolChoice::Tool("weather".into())));
    assert_eq!(found.sampling.top_k, Some(40));
    assert_eq!(found.sampling.seed, Some(-7));
    assert_eq!(found.sampling.choices, Some(2));
    let reasoning = found.reasoning.unwrap();
    assert_eq!(
        (reasoning.budget_tokens, reasoning.include),
        (Some(512), Some(true))
    );
    let names: Vec<&str> = found.sidecars.iter().map(|own| &*own.name).collect();
    assert_eq!(
        names,
        [
            "tools.googleSearch",
            "toolConfig.retrievalConfig",
            "generationConfig.responseModalities",
            "safetySettings",
            "labels"
        ]
    );
}

#[test]
fn what_was_read_is_written_again() {
    let (found, losses) = encoded(&request("gemini-2.5-pro", WHOLE));
    let expected = value(
        r#"{
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Weather?"}, {"inlineData": {"mimeType": "image/png", "data": "/9j+"}},
                {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://b/f"}, "videoMetadata": {"fps": 2}}]},
            {"role": "model", "parts": [
                {"text": "hm", "thought": true},
                {"functionCall": {"id": "call_0", "name": "weather", "args": {"city": "Rome"}},
                    "thoughtSignature": "c2ln"},
                {"functionCall": {"id": "call_1", "name": "weather", "args": {"city": "Oslo"}}}]},
            {"role": "user", "parts": [
                {"functionResponse": {"id": "call_0", "name": "weather", "response": {"result": "sun"}}},
                {"functionResponse": {"id": "call_1", "name": "weather", "response": {"error": "gone"}}}]},
            {"role": "model", "parts": [{"executableCode": {"language": "PYTHON", "code": "1"}},
                {"text": "Done.", "thoughtSignature": "ZW5k"}]},
            {"role": "user", "parts": [{"text": "And now?"}]}
        ],
        "tools": [{"functionDeclarations": [
            {"name": "weather", "description": "", "response": {"type": "STRING"},
                "parametersJsonSchema": {"type": "object", "properties": {"city": {"type": "string"}}}},
            {"name": "time", "parametersJsonSchema": {"type": "object"}}]}, {"googleSearch": {}}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["weather"]},
            "retrievalConfig": {"languageCode": "de"}},
        "generationConfig": {"temperature": 0.5, "topP": 0.9, "topK": 40, "candidateCount": 2, "maxOutputTokens": 100,
            "stopSequences": ["END"], "presencePenalty": 0.1, "frequencyPenalty": 0.2, "seed": -7,
            "responseLogprobs": true, "logprobs": 3, "responseMimeType": "application/json",
            "responseJsonSchema": {"type": "array"},
            "thinkingConfig": {"includeThoughts": true, "thinkingBudget": 512}, "responseModalities": ["TEXT"]},
        "safetySettings": [], "labels": {"a_b": "c"}
    }"#,
    );
    assert!(losses.is_empty(), "{losses}");
    assert_eq!(found, expected);
}

#[test]
fn choices_of_tools_come_back() {
    for (config, choice) in [
        (r#"{"mode":"AUTO"}"#, Some(ToolChoice::Auto)),
        (r#"{"mode":"NONE"}"#, Some(ToolChoice::None)),
        (r#"{"mode":"ANY"}"#, Some(ToolChoice::Required)),
        (r#"{"mode":"VALIDATED"}"#, Some(ToolChoice::Auto)),
        (
            r#"{"mode":"ANY","allowedFunctionNames":["a","b"]}"#,
            Some(ToolChoice::Allowed {
                names: vec!["a".into(), "b".into()],
                required: true,
            }),
        ),
        (
            r#"{"mode":"VALIDATED","allowedFunctionNames":["a"]}"#,
            Some(ToolChoice::Allowed {
                names: vec!["a".into()],
                required: false,
            }),
        ),
        (r#"{"streamFunctionCallArguments":true}"#, None),
    ] {
        let body = format!(
            r#"{{"contents":[{{"parts":[{{"text":"x"}}]}}],"toolConfig":{{"functionCallingConfig":{config}}}}}"#
        );
        let found = request("g", &body);
        assert_eq!(found.tool_choice, choice, "{config}");
        let (again, _) = encoded(&found);
        assert_eq!(again["toolConfig"]["functionCallingConfig"], value(config));
    }
}

#[test]
fn forms_of_the_answer_and_thinking_come_back() {
    for (model, config) in [
        ("g", r#"{"responseMimeType":"text/plain"}"#),
        ("g", r#"{"responseMimeType":"application/json"}"#),
        (
            "g",
            r#"{"responseMimeType":"text/x.enum","responseSchema":{"type":"STRING","enum":["A"]}}"#,
        ),
        ("g", r#"{"thinkingConfig":{"thinkingBudget":-1}}"#),
        ("g", r#"{"thinkingConfig":{"thinkingBudget":0}}"#),
        (
            "gemini-3-pro",
            r#"{"thinkingConfig":{"thinkingLevel":"HIGH"}}"#,
        ),
        (
            "gemini-3-pro",
            r#"{"thinkingConfig":{"thinkingLevel":"NEWER"}}"#,
        ),
        (
            "g",
            r#"{"mediaResolution":"MEDIA_RESOLUTION_LOW","speechConfig":{"languageCode":"de"}}"#,
        ),
    ] {
        let body =
            format!(r#"{{"contents":[{{"parts":[{{"text":"x"}}]}}],"generationConfig":{config}}}"#);
        let (again, losses) = encoded(&request(model, &body));
        assert_eq!(again["generationConfig"], value(config), "{config}");
        assert!(losses.is_empty(), "{config}: {losses}");
    }
    let body = r#"{"generationConfig":{"thinkingConfig":{"thinking_level":"low"}}}"#;
    let reasoning = request("g", body).reasoning.unwrap();
    assert_eq!(reasoning.effort, Some(ReasoningEffort::Low));
    let body = r#"{"generationConfig":{"responseMimeType":"application/json"}}"#;
    assert_eq!(request("g", body).output, Some(OutputFormat::JsonObject));
}

#[test]
fn results_are_texts_or_objects() {
    for response in [
        r#"{"result":"x"}"#,
        r#"{"error":"x"}"#,
        r#"{"result":1}"#,
        r#"{"output":"x"}"#,
        r#"{"result":"x","more":null}"#,
        r#"{"error":{"code":1}}"#,
        "{}",
    ] {
        let body = format!(
            r#"{{"contents":[{{"role":"model","parts":[{{"functionCall":{{"id":"i","name":"f","args":{{}}}}}}]}},
            {{"role":"function","parts":[{{"functionResponse":{{"id":"i","name":"f","response":{response},
            "parts":[{{"inlineData":{{"mimeType":"image/png","data":"QQ=="}}}}],"willContinue":true}}}}]}}]}}"#
        );
        let found = request("gemini-3-pro", &body);
        let Content::ToolResult(result) = &found.turns[1].blocks[0].content else {
            panic!("{found:?}");
        };
        assert_eq!(result.is_error, response.contains("error"), "{response}");
        let (again, losses) = encoded(&found);
        let again = &again["contents"][1]["parts"][0]["functionResponse"];
        assert_eq!(again["response"], value(response));
        assert_eq!(again["parts"][0]["inlineData"]["data"], "QQ==");
        assert_eq!(again["willContinue"], true);
        assert!(losses.is_empty());
        // Older models take media beside it.
        let mut older = found.clone();
        older.model = "gemini-2.5-pro".into();
        let (again, _) = encoded(&older);
        assert!(again["contents"][1]["parts"][0]["functionResponse"]["parts"].is_null());
        assert_eq!(
            again["contents"][1]["parts"][1]["inlineData"]["data"],
            "QQ=="
        );
    }
}

#[test]
fn refuses_what_is_no_request_and_says_where() {
    for (body, param) in [
        ("[]", None),
        ("{", None),
        (r#"{"contents":{}}"#, Some("contents")),
        (
            r#"{"contents":[{"role":"system"}]}"#,
            Some("contents[0].role"),
        ),
        (
            r#"{"contents":[{"parts":[1]}]}"#,
            Some("contents[0].parts[0]"),
        ),
        (
            r#"{"contents":[{"parts":[{"function_call":{"args":{}}}]}]}"#,
            Some("contents[0].parts[0].functionCall.name"),
        ),
        (
            r#"{"contents":[{"parts":[{"functionCall":{"name":"f","args":"{}"}}]}]}"#,
            Some("contents[0].parts[0].functionCall.args"),
        ),
        (
            r#"{"generationConfig":{"topK":-1}}"#,
            Some("generationConfig.topK"),
        ),
        (
            r#"{"toolConfig":{"functionCallingConfig":{"mode":"SOME"}}}"#,
            Some("toolConfig.functionCallingConfig.mode"),
        ),
        (
            r#"{"tools":[{"functionDeclarations":[{}]}]}"#,
            Some("tools[0].functionDeclarations[0].name"),
        ),
    ] {
        let refused = Gemini
            .decode_request(&Target::new("g", false), body.as_bytes())
            .unwrap_err();
        assert_eq!(refused.param(), param, "{body}: {refused}");
    }
}

#[test]
fn the_path_names_the_model_and_the_stream() {
    let target = Target::new("tunedModels/a b", true);
    let body = br#"{"model":"models/other","contents":[{"parts":[{"text":"x"}]}]}"#;
    let found = Gemini.decode_request(&target, body).unwrap();
    assert!(found.stream);
    let encoded = Gemini
        .encode_request(&found, &mut LossReport::new())
        .unwrap();
    assert_eq!(
        encoded.path,
        "/v1beta/tunedModels/a%20b:streamGenerateContent?alt=sse"
    );
}

#[test]
fn pieces_of_a_stream_that_are_sent_back_are_one() {
    let found = request(
        "gemini-2.5-pro",
        r#"{"contents": [
            {"role": "model", "parts": [{"text": "Which ", "thought": true}, {"text": "one", "thought": true}]},
            {"role": "model", "parts": [{"text": "?", "thought": true, "thoughtSignature": "c2ln"},
                {"text": "It is"}]},
            {"role": "model", "parts": [{"text": " "}, {"text": "Oslo."}]},
            {"role": "user", "parts": [{"text": "And"}, {"text": "now?"}]}]}"#,
    );
    assert_eq!(found.turns.len(), 2, "{found:?}");
    let [thought, text] = &found.turns[0].blocks[..] else {
        panic!("{found:?}");
    };
    let Content::Reasoning(thought) = &thought.content else {
        panic!("{found:?}");
    };
    assert_eq!(thought.text, "Which one?");
    assert!(thought.state.is_some());
    assert_eq!(text.content, Content::Text("It is Oslo.".into()));
    // What the user said stays in its parts.
    assert_eq!(found.turns[1].blocks.len(), 2);
}
