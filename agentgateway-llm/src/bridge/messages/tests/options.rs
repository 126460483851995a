use serde_json::{Value, json};

use super::{
    super::super::{
        Loss,
        form::{
            Block, Content, Opaque, OutputFormat, ReasoningEffort, ReasoningOptions, Request, Role,
            StateOwner, Tool, ToolCall, ToolChoice, ToolResult, Turn,
        },
    },
    encode, hello, read, thought, write,
};

fn lost(request: &Request) -> Vec<Loss> {
    write(request).1.iter().collect()
}

#[test]
fn thoughts_are_asked_for_as_the_model_takes_it() {
    let effort = |effort| ReasoningOptions {
        effort: Some(effort),
        ..ReasoningOptions::default()
    };
    let budget = |tokens| ReasoningOptions {
        budget_tokens: Some(tokens),
        ..ReasoningOptions::default()
    };
    let adaptive = ReasoningOptions {
        adaptive: true,
        include: Some(true),
        ..ReasoningOptions::default()
    };
    let enabled = |budget: u64| json!({"type": "enabled", "budget_tokens": budget});
    for (model, asked, max_tokens, thinking, word, is_lost) in [
        (
            "claude-sonnet-4-5",
            effort(ReasoningEffort::High),
            None,
            enabled(16_384),
            None,
            true,
        ),
        (
            "claude-opus-4-6",
            effort(ReasoningEffort::High),
            None,
            json!({"type": "adaptive"}),
            Some("high"),
            false,
        ),
        (
            "claude-opus-4-6",
            effort(ReasoningEffort::ExtraHigh),
            None,
            json!({"type": "adaptive"}),
            Some("high"),
            true,
        ),
        (
            "claude-opus-4-8",
            effort(ReasoningEffort::Minimal),
            None,
            json!({"type": "adaptive"}),
            Some("low"),
            true,
        ),
        (
            "claude-opus-4-8",
            budget(3000),
            None,
            json!({"type": "adaptive"}),
            Some("medium"),
            true,
        ),
        (
            "claude-opus-4-6",
            budget(3000),
            Some(9000),
            enabled(3000),
            None,
            false,
        ),
        (
            "claude-sonnet-4-5",
            budget(3000),
            Some(2000),
            enabled(1999),
            None,
            true,
        ),
        (
            "claude-sonnet-4-5",
            budget(3000),
            Some(1000),
            Value::Null,
            None,
            true,
        ),
        (
            "claude-sonnet-4-5",
            budget(10),
            None,
            enabled(1024),
            None,
            true,
        ),
        (
            "claude-sonnet-4-5",
            budget(0),
            None,
            json!({"type": "disabled"}),
            None,
            false,
        ),
        (
            "claude-sonnet-4-5",
            effort(ReasoningEffort::None),
            None,
            json!({"type": "disabled"}),
            None,
            false,
        ),
        (
            "claude-3-haiku-20240307",
            effort(ReasoningEffort::Low),
            None,
            Value::Null,
            None,
            true,
        ),
        (
            "claude-sonnet-5",
            adaptive,
            None,
            json!({"type": "adaptive", "display": "summarized"}),
            None,
            false,
        ),
        (
            "glm-5",
            effort(ReasoningEffort::Low),
            None,
            enabled(2048),
            None,
            true,
        ),
    ] {
        let mut request = hello();
        request.model = model.into();
        request.reasoning = Some(asked.clone());
        request.sampling.max_tokens = max_tokens;
        let (written, losses) = write(&request);
        assert_eq!(written["thinking"], thinking, "{model} {asked:?}");
        assert_eq!(
            written["output_config"]["effort"].as_str(),
            word,
            "{model} {asked:?}"
        );
        assert_eq!(
            losses.has(Loss::ReasoningEffort),
            is_lost,
            "{model} {asked:?}"
        );
        let max = written["max_tokens"].as_u64().unwrap();
        if let Some(budget) = written["thinking"]["budget_tokens"].as_u64() {
            assert!(budget < max, "{model} {asked:?}");
        }
        assert_eq!(max_tokens.unwrap_or(max), max);
    }
}

#[test]
fn an_answer_without_a_limit_has_the_room_that_its_model_takes() {
    let budget = |tokens| {
        Some(ReasoningOptions {
            budget_tokens: Some(tokens),
            ..ReasoningOptions::default()
        })
    };
    for (model, reasoning, max_tokens, thoughts) in [
        ("claude-sonnet-4-5", None, 32_000, None),
        ("claude-sonnet-4-5", budget(8000), 40_000, Some(8000)),
        ("claude-sonnet-4-5", budget(50_000), 64_000, Some(50_000)),
        ("claude-opus-4-1", None, 32_000, None),
        ("claude-opus-4-1", budget(30_000), 32_000, Some(27_904)),
        ("claude-3-5-haiku-latest", None, 8192, None),
        ("claude-3-opus-20240229", None, 4096, None),
        ("kimi-k2", None, 4096, None),
        ("kimi-k2", budget(2000), 6096, Some(2000)),
    ] {
        let mut request = hello();
        request.model = model.into();
        request.reasoning = reasoning;
        let (written, losses) = write(&request);
        assert_eq!(written["max_tokens"], max_tokens, "{model}");
        let told = written["thinking"]["budget_tokens"].as_u64();
        assert_eq!(told, thoughts, "{model}");
        let is_less = request.reasoning.and_then(|asked| asked.budget_tokens) != thoughts;
        assert_eq!(losses.has(Loss::ReasoningEffort), is_less, "{model}");
    }
}

#[test]
fn schemas_are_closed_and_old_models_are_not_held_to_them() {
    let schema = r#"{"type":"object","properties":{"a":{"type":"string"}}}"#;
    let closed = json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false});
    let open: Value = serde_json::from_str(schema).unwrap();
    for (model, strict, said, written_schema, is_lost) in [
        ("claude-sonnet-4-5", Some(true), json!(true), &closed, false),
        ("claude-sonnet-4-5", Some(false), json!(false), &open, false),
        ("claude-sonnet-4-5", None, Value::Null, &open, false),
        ("claude-sonnet-4-0", Some(true), Value::Null, &open, true),
        ("claude-sonnet-4-0", Some(false), Value::Null, &open, false),
    ] {
        let mut request = hello();
        request.model = model.into();
        let mut tool = Tool::new("find");
        tool.schema = Some(schema.into());
        tool.strict = strict;
        request.tools.push(tool);
        request.output = Some(OutputFormat::JsonSchema {
            name: None,
            description: None,
            schema: schema.into(),
            strict: None,
        });
        let (written, losses) = write(&request);
        let tool = &written["tools"][0];
        assert_eq!(tool["strict"], said, "{model} {strict:?}");
        assert_eq!(tool["input_schema"], *written_schema, "{model} {strict:?}");
        assert_eq!(written["output_config"]["format"]["schema"], closed);
        assert_eq!(losses.has(Loss::Strict), is_lost, "{model} {strict:?}");
    }
}

#[test]
fn an_effort_alone_does_not_ask_for_thoughts() {
    let body = r#"{"model":"claude-opus-4-6","max_tokens":9,"messages":[{"role":"user","content":"x"}],
        "output_config":{"effort":"xhigh"}}"#;
    let request = read(body);
    let asked = request.reasoning.as_ref().unwrap();
    assert_eq!(asked.effort, Some(ReasoningEffort::ExtraHigh));
    let (written, losses) = write(&request);
    assert!(losses.is_empty(), "{losses}");
    assert_eq!(written["output_config"], json!({"effort": "xhigh"}));
    assert_eq!(written.get("thinking"), None);
    let off = r#"{"model":"m","messages":[{"role":"user","content":"x"}],
        "thinking":{"type":"disabled"},"output_config":{"effort":"low"}}"#;
    let request = read(off);
    assert_eq!(
        request.reasoning.as_ref().unwrap().effort,
        Some(ReasoningEffort::None)
    );
    let (written, _) = write(&request);
    assert_eq!(written["thinking"], json!({"type": "disabled"}));
    assert_eq!(written["output_config"], json!({"effort": "low"}));
}

#[test]
fn thoughts_give_way_to_what_forbids_them() {
    let mut forced = hello();
    forced.reasoning = Some(ReasoningOptions {
        effort: Some(ReasoningEffort::Low),
        ..ReasoningOptions::default()
    });
    forced.tools.push(Tool::new("f"));
    forced.tool_choice = Some(ToolChoice::Required);
    let (written, losses) = write(&forced);
    assert_eq!(written.get("thinking"), None);
    assert!(losses.has(Loss::ReasoningEffort));

    let mut looped = forced;
    looped.tool_choice = None;
    let call = Block::new(Content::ToolCall(ToolCall::new("c", "f", "{}")));
    let result = Block::new(Content::ToolResult(ToolResult::new("c", Vec::new())));
    looped.turns.push(Turn::new(Role::Assistant, vec![call]));
    looped.turns.push(Turn::new(Role::User, vec![result]));
    assert_eq!(write(&looped).0.get("thinking"), None);
    let own = Opaque::new(StateOwner::Anthropic, "sig");
    looped.turns[1].blocks.insert(0, thought("t", Some(own)));
    assert_eq!(write(&looped).0["thinking"]["type"], "enabled");
}

#[test]
fn knobs_are_fitted_and_what_has_no_place_is_told() {
    let mut request = hello();
    let sampling = &mut request.sampling;
    sampling.temperature = Some(1.7);
    sampling.top_p = Some(0.5);
    sampling.top_k = Some(4);
    sampling.seed = Some(1);
    sampling.presence_penalty = Some(0.5);
    sampling.choices = Some(2);
    sampling.logprobs = Some(true);
    sampling.stop = vec!["\n".into(), "END".into()];
    request.user = Some("u".repeat(300));
    let (written, losses) = write(&request);
    assert_eq!(written["temperature"], 1.0);
    assert_eq!(written.get("top_p"), None);
    assert_eq!(written["top_k"], 4);
    assert_eq!(written["stop_sequences"], json!(["END"]));
    assert_eq!(written["max_tokens"], 32_000);
    assert_eq!(written.get("metadata"), None);
    assert_eq!(
        losses.iter().collect::<Vec<_>>(),
        [
            Loss::Choices,
            Loss::Temperature,
            Loss::TopP,
            Loss::Seed,
            Loss::Penalties,
            Loss::Logprobs,
            Loss::StopSequences,
            Loss::User,
        ]
    );
    // Defaults change nothing, so nothing is lost with them.
    let mut request = hello();
    request.model = "claude-opus-4-8".into();
    request.parallel_tool_calls = Some(true);
    request.output = Some(OutputFormat::Text);
    let sampling = &mut request.sampling;
    sampling.temperature = Some(1.0);
    sampling.top_p = Some(1.0);
    sampling.presence_penalty = Some(0.0);
    sampling.choices = Some(1);
    sampling.logprobs = Some(false);
    let (written, losses) = write(&request);
    assert!(losses.is_empty(), "{losses}");
    assert_eq!(written.get("temperature"), None);
    request.sampling.temperature = Some(0.2);
    assert_eq!(lost(&request), [Loss::Temperature]);
}

#[test]
fn choices_of_tools_are_said_in_the_dialects_words() {
    let allowed = |required| ToolChoice::Allowed {
        names: vec!["b.b".into()],
        required,
    };
    for (choice, parallel, written) in [
        (None, None, Value::Null),
        (None, Some(true), Value::Null),
        (
            None,
            Some(false),
            json!({"type": "auto", "disable_parallel_tool_use": true}),
        ),
        (Some(ToolChoice::None), Some(false), json!({"type": "none"})),
        (Some(ToolChoice::Required), None, json!({"type": "any"})),
        (
            Some(ToolChoice::Tool("b.b".into())),
            None,
            json!({"type": "tool", "name": "b_b"}),
        ),
        (Some(allowed(false)), None, json!({"type": "auto"})),
        (Some(allowed(true)), None, json!({"type": "any"})),
    ] {
        let mut request = hello();
        request.tools = vec![Tool::new("a"), Tool::new("b.b")];
        request.tool_choice = choice.clone();
        request.parallel_tool_calls = parallel;
        let (encoded, losses) = encode(&request);
        assert!(losses.is_empty(), "{losses}");
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(body["tool_choice"], written, "{choice:?}");
        let tools = body["tools"].as_array().unwrap();
        let shown = if matches!(choice, Some(ToolChoice::Allowed { .. })) {
            1
        } else {
            2
        };
        assert_eq!(tools.len(), shown, "{choice:?}");
        assert_eq!(tools.last().unwrap()["name"], "b_b");
        assert_eq!(encoded.context.tool_name("b_b"), "b.b");
    }
    let mut none = hello();
    none.tool_choice = Some(ToolChoice::Auto);
    assert!(lost(&none).is_empty());
    none.tool_choice = Some(ToolChoice::Required);
    assert_eq!(lost(&none), [Loss::ToolChoice]);
}
