use serde_json::{Value, json};

use super::requests::{CLAUDE, encode, hello, lost};
use crate::{
    LlmDialect,
    bridge::{Loss, form::*},
};

#[test]
fn knobs_are_turned_or_lost() {
    let mut request = hello();
    request.sampling = Sampling {
        max_tokens: Some(10_000),
        temperature: Some(1.5),
        top_p: Some(0.5),
        top_k: Some(5),
        stop: vec!["x".into(), String::new()],
        seed: Some(1),
        presence_penalty: Some(0.0),
        frequency_penalty: Some(0.1),
        choices: Some(2),
        logprobs: Some(false),
        top_logprobs: None,
    };
    request.user = Some("u".into());
    request.output = Some(OutputFormat::JsonObject);
    request.parallel_tool_calls = Some(false);
    let (body, losses, _) = encode(&request);
    assert_eq!(
        body["inferenceConfig"],
        json!({"maxTokens": 10000, "temperature": 1, "topP": 0.5, "stopSequences": ["x"]})
    );
    assert_eq!(body["additionalModelRequestFields"], json!({"top_k": 5}));
    assert_eq!(
        lost(&losses),
        [
            Loss::OutputFormat,
            Loss::Choices,
            Loss::Temperature,
            Loss::Seed,
            Loss::Penalties,
            Loss::User
        ]
    );
    request.tools.push(Tool::new("f"));
    assert!(encode(&request).1.has(Loss::ParallelToolCalls));
}

#[test]
fn efforts_become_what_the_model_takes() {
    let asked =
        |model: &str, effort: Option<ReasoningEffort>, budget: Option<u64>, most: Option<u64>| {
            let mut request = hello();
            request.model = model.into();
            request.sampling.max_tokens = most;
            request.reasoning = Some(ReasoningOptions {
                effort,
                budget_tokens: budget,
                ..ReasoningOptions::default()
            });
            let (body, losses, _) = encode(&request);
            let fields = body
                .get("additionalModelRequestFields")
                .cloned()
                .unwrap_or_default();
            let effort = body["outputConfig"]["effort"].clone();
            (fields, effort, losses.has(Loss::ReasoningEffort))
        };
    let budget = |tokens: u64| json!({"thinking": {"type": "enabled", "budget_tokens": tokens}});
    let null = Value::Null;
    let high = Some(ReasoningEffort::High);
    assert_eq!(
        asked(CLAUDE, high, None, None),
        (budget(16_384), null.clone(), true)
    );
    assert_eq!(
        asked(CLAUDE, None, Some(2000), None),
        (budget(2000), null.clone(), false)
    );
    assert_eq!(
        asked(CLAUDE, None, Some(2000), Some(1500)),
        (budget(1499), null.clone(), true)
    );
    assert_eq!(
        asked(CLAUDE, None, Some(2000), Some(1000)),
        (null.clone(), null.clone(), true)
    );
    assert_eq!(
        asked(CLAUDE, Some(ReasoningEffort::None), None, None),
        (null.clone(), null.clone(), false)
    );
    let adaptive = json!({"thinking": {"type": "adaptive"}});
    assert_eq!(
        asked("anthropic.claude-opus-4-6-v1", high, None, None),
        (adaptive, json!("high"), false)
    );
    let nova = json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}});
    assert_eq!(
        asked("us.amazon.nova-2-lite-v1:0", high, None, None),
        (nova, null.clone(), false)
    );
    let oss = json!({"reasoning_effort": "low"});
    let minimal = Some(ReasoningEffort::Minimal);
    assert_eq!(
        asked("openai.gpt-oss-20b-1:0", minimal, None, None),
        (oss, null.clone(), true)
    );
    assert_eq!(
        asked("meta.llama4-x", high, None, None),
        (null.clone(), null, true)
    );
}

#[test]
fn choices_of_tools_are_said_or_lost() {
    let mut request = hello();
    request.tools = vec![Tool::new("a"), Tool::new("b")];
    let names = |body: &Value| -> Vec<String> {
        let tools = body["toolConfig"]["tools"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let name = |tool: &Value| tool["toolSpec"]["name"].as_str().unwrap().to_owned();
        tools.iter().map(name).collect()
    };
    request.tool_choice = Some(ToolChoice::Allowed {
        names: vec!["b".into()],
        required: true,
    });
    let (body, losses, _) = encode(&request);
    assert_eq!(names(&body), ["b"]);
    assert_eq!(body["toolConfig"]["toolChoice"], json!({"any": {}}));
    request.tool_choice = Some(ToolChoice::None);
    let (body, none, _) = encode(&request);
    assert_eq!(body.get("toolConfig"), None);
    assert_eq!((lost(&losses), lost(&none)), (vec![], vec![]));
    let call = Content::ToolCall(ToolCall::new("t", "a", "{}"));
    request
        .turns
        .push(Turn::new(Role::Assistant, vec![Block::new(call)]));
    let (body, losses, _) = encode(&request);
    assert_eq!(names(&body), ["a", "b"]);
    assert_eq!(lost(&losses), [Loss::ToolChoice]);
    // A conversation with calls is refused without tools.
    request.tools.clear();
    request.tool_choice = None;
    let (body, losses, _) = encode(&request);
    assert_eq!(names(&body), ["a"]);
    assert_eq!(lost(&losses), [Loss::Schema]);
}

#[test]
fn what_only_others_know_is_lost_by_name() {
    let mut request = hello();
    request
        .sidecars
        .push(Sidecar::new(LlmDialect::OpenAiChat, "logit_bias", "{}"));
    let other = Sidecar::new(LlmDialect::Gemini, "executableCode", "{}");
    request.turns[0]
        .blocks
        .push(Block::new(Content::Other(other)));
    let mut call = ToolCall::new("t", "f", "[1]");
    call.state = Some(Opaque::new(StateOwner::Gemini, "x"));
    request.turns.push(Turn::new(
        Role::Assistant,
        vec![Block::new(Content::ToolCall(call))],
    ));
    request.tools.push(Tool::new("f"));
    let (_, losses, _) = encode(&request);
    assert_eq!(
        lost(&losses),
        [
            Loss::ToolArguments,
            Loss::UnknownBlock,
            Loss::ReasoningState,
            Loss::UnknownMember
        ]
    );
    assert_eq!(losses.place(), Some((Loss::UnknownBlock, "executableCode")));
}

#[test]
fn models_that_cache_nothing_get_no_points() {
    let mut request = hello();
    request.turns[0].blocks[0].cache = Some(CacheMarker::Hour);
    request.tools.push(Tool::new("f"));
    request.tools[0].cache = Some(CacheMarker::Short);
    request.tools[0].strict = Some(true);
    request.model = "meta.llama4-x".into();
    let (body, losses, _) = encode(&request);
    assert!(!body.to_string().contains("cachePoint"));
    assert_eq!(lost(&losses), [Loss::CacheMarker, Loss::Strict]);
}
