use serde_json::{Value, json};

pub(super) const INSTRUCTIONS: &str = "A demonstration. `echo` says a text again, `add` adds two \
    numbers, `count` counts and reports its progress.";

const PROMPT: &str = "greeting";
const RESOURCE: &str = "demo://greeting";
const GREETING: &str = "Hello from the demonstration server.";

/// Who the server is.
pub(super) fn server() -> Value {
    json!({
        "name": "agentgateway-demo",
        "title": "Demonstration tools",
        "version": env!("CARGO_PKG_VERSION"),
    })
}

/// What the server can do, alike in all revisions.
pub(super) fn capabilities() -> Value {
    json!({"tools": {}, "prompts": {}, "resources": {}})
}

pub(super) fn prompts() -> Value {
    json!([{"name": PROMPT, "title": "Greeting", "description": "Asks for a greeting."}])
}

pub(super) fn prompt(name: &Value) -> Option<Value> {
    let text = "Greet me, and tell me which tools you have.";
    (name == PROMPT).then(|| {
        json!({
            "description": "Asks for a greeting.",
            "messages": [{"role": "user", "content": {"type": "text", "text": text}}],
        })
    })
}

pub(super) fn resources() -> Value {
    json!([{
        "uri": RESOURCE,
        "name": "greeting",
        "title": "Greeting",
        "description": "A line of text.",
        "mimeType": "text/plain",
    }])
}

pub(super) fn resource(uri: &Value) -> Option<Value> {
    (uri == RESOURCE).then(
        || json!({"contents": [{"uri": RESOURCE, "mimeType": "text/plain", "text": GREETING}]}),
    )
}
