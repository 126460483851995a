//! Inputs that are right: what each dialect writes of one answer, and a request of each as agents write it.

use agentgateway_llm::{
    LlmDialect, LlmUsage,
    bridge::{
        AnswerContext, codec_of,
        form::{Opaque, StateOwner, StopReason},
        stream::{BlockKind, Delta, Event, Start},
    },
};
use bytes::BytesMut;

/// Streams of a dialect, with the lengths of their chunks before them.
pub(crate) fn streams(dialect: LlmDialect) -> Vec<Vec<u8>> {
    let written = match dialect {
        LlmDialect::OLLAMA => OLLAMA.as_bytes().to_vec(),
        dialect => {
            let mut encoder = codec_of(dialect)
                .unwrap()
                .stream_encoder(&AnswerContext::default());
            let mut out = BytesMut::new();
            for event in answer() {
                encoder.encode(&event, &mut out).unwrap();
            }
            out.to_vec()
        }
    };
    let cut = |lengths: &[u8]| {
        let count = u8::try_from(lengths.len()).unwrap();
        [&[count], lengths, &written].concat()
    };
    vec![cut(&[]), cut(&[1, 7, 0, 30, 2, 255, 1, 1])]
}

/// Thoughts, text, a call and what it used.
fn answer() -> Vec<Event<'static>> {
    let state = Opaque::new(StateOwner::Anthropic, "c2ln");
    let kinds = [
        (
            BlockKind::Reasoning {
                id: None,
                redacted: None,
            },
            vec![Delta::Reasoning("I think".into()), Delta::State(state)],
        ),
        (
            BlockKind::Text,
            vec![
                Delta::Text("It is ".into()),
                Delta::Text("ünd\n\"so\"".into()),
            ],
        ),
        (
            BlockKind::ToolCall {
                id: "call_1".into(),
                name: "find".into(),
                is_custom: false,
                state: Some(Opaque::new(StateOwner::Gemini, "c2ln")),
            },
            vec![
                Delta::Arguments("{\"a\":".into()),
                Delta::Arguments("[1,\"x\"]}".into()),
            ],
        ),
    ];
    let mut events = vec![Event::Start(Start::default())];
    for (index, (block, deltas)) in (0..).zip(kinds) {
        events.push(Event::BlockStart {
            index,
            choice: 0,
            block,
        });
        let deltas = deltas.into_iter();
        events.extend(deltas.map(|delta| Event::Delta { index, delta }));
        events.push(Event::BlockStop { index });
    }
    let mut usage = LlmUsage::default();
    usage.input_uncached_tokens = Some(3);
    usage.cache_read_tokens = Some(2);
    usage.output_text_tokens = Some(4);
    events.extend([
        Event::Ping,
        Event::Stop {
            choice: 0,
            reason: StopReason::ToolUse,
        },
        Event::Usage(usage),
        Event::End,
    ]);
    events
}

const OLLAMA: &str = r#"{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"","thinking":"I think"},"done":false}
{"model":"m","message":{"role":"assistant","content":"It is"},"done":false}
{"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"find","arguments":{"a":[1]}}}]},"done":false}
{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":4}
"#;

/// Requests, with the byte of their dialect before them, in the order that [`request`](super::request) has.
pub(crate) fn requests() -> Vec<Vec<u8>> {
    (0_u8..)
        .zip([CHAT, RESPONSES, MESSAGES, GEMINI, CONVERSE])
        .chain([(0, DOTS), (1, DOTS), (2, DOTS), (3, DOTS), (4, DOTS)])
        .map(|(dialect, body)| [&[dialect], body.as_bytes()].concat())
        .collect()
}

/// Members whose own names are those of inner ones.
const DOTS: &str = r#"{"model":"m","messages":[],"input":"t","contents":[],"response_format":{"type":"json_object"},"toolConfig.functionCallingConfig":5,"generationConfig.thinkingConfig":5,
"response_format.strict":5,"stream_options.include_usage":5,"reasoning.effort":5,"text.format":5,"output_config.effort":5,"thinking.type":5,"metadata.user_id":5,"inferenceConfig.maxTokens":"x","outputConfig.textFormat":5}"#;

const CHAT: &str = r#"{"model":"m","stream":true,"stream_options":{"include_usage":true},"max_tokens":9,"temperature":0.5,"top_p":1,"n":1,"seed":3,"stop":["a"],
"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"t"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA==","detail":"low"}}]},
{"role":"assistant","content":null,"reasoning_content":"r","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"c","content":"x"}],
"tools":[{"type":"function","function":{"name":"f","description":"d","strict":true,"parameters":{"type":"object","properties":{"a":{"type":"integer"}}}}}],"tool_choice":{"type":"function","function":{"name":"f"}},
"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}},"reasoning_effort":"low","user":"u"}"#;

const RESPONSES: &str = r#"{"model":"m","instructions":"i","store":false,"stream":true,"max_output_tokens":99,"include":["reasoning.encrypted_content"],"reasoning":{"effort":"low","summary":"auto"},
"input":[{"role":"user","content":[{"type":"input_text","text":"t"},{"type":"input_image","image_url":"data:image/png;base64,AA=="}]},{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"s"}],"encrypted_content":"e"},
{"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"o","annotations":[]}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"x"}],
"tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":true},{"type":"custom","name":"p"}],"tool_choice":"auto","parallel_tool_calls":false,"text":{"format":{"type":"json_schema","name":"n","schema":{}},"verbosity":"low"}}"#;

const MESSAGES: &str = r#"{"model":"claude-sonnet-4-5","max_tokens":2000,"stream":true,"thinking":{"type":"enabled","budget_tokens":1024},"metadata":{"user_id":"u"},"stop_sequences":["a"],"top_k":4,
"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral","ttl":"1h"}}],
"messages":[{"role":"user","content":"t"},{"role":"assistant","content":[{"type":"thinking","thinking":"h","signature":"c2ln"},{"type":"redacted_thinking","data":"ZA=="},{"type":"text","text":"o"},{"type":"tool_use","id":"c","name":"f","input":{"a":1}}]},
{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","is_error":true,"content":[{"type":"text","text":"x"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}}]},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"d"},"title":"n"}]}],
"tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral"}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true},"output_config":{"effort":"high","format":{"type":"json_schema","schema":{"type":"object"}}}}"#;

const GEMINI: &str = r#"{"systemInstruction":{"parts":[{"text":"s"}]},"contents":[{"role":"user","parts":[{"text":"t"},{"inlineData":{"mimeType":"image/png","data":"AA=="}}]},
{"role":"model","parts":[{"text":"h","thought":true},{"functionCall":{"id":"c","name":"f","args":{"a":1}},"thoughtSignature":"c2ln"}]},{"role":"user","parts":[{"functionResponse":{"id":"c","name":"f","response":{"result":"x"}}}]}],
"tools":[{"functionDeclarations":[{"name":"f","description":"d","parameters":{"type":"OBJECT","properties":{"a":{"type":"INTEGER","nullable":true}}}}]},{"googleSearch":{}}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},
"generationConfig":{"maxOutputTokens":9,"temperature":0.5,"topK":3,"candidateCount":1,"responseMimeType":"application/json","responseSchema":{"type":"OBJECT"},"thinkingConfig":{"includeThoughts":true,"thinkingBudget":-1}},"safetySettings":[]}"#;

const CONVERSE: &str = r#"{"system":[{"text":"s"},{"cachePoint":{"type":"default"}}],"messages":[{"role":"user","content":[{"text":"t"},{"image":{"format":"png","source":{"bytes":"AA=="}}}]},
{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"h","signature":"c2ln"}}},{"toolUse":{"toolUseId":"c","name":"f","input":{"a":1}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"c","status":"error","content":[{"json":{"a":1}},{"text":"x"}]}}]}],
"toolConfig":{"tools":[{"toolSpec":{"name":"f","description":"d","inputSchema":{"json":{"type":"object"}},"strict":true}}],"toolChoice":{"any":{}}},"inferenceConfig":{"maxTokens":9,"temperature":0.5,"stopSequences":["a"]},
"outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{}","name":"n"}}}},"additionalModelRequestFields":{"top_k":3}}"#;
