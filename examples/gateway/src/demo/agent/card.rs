use serde_json::{Value, json};

/// Where the agent would be if it were on a network. The name is reserved for nobody (RFC 2606).
const URL: &str = "http://agent.invalid/";

/// The card, with the members of v1.0 and of v0.3.
///
/// # Source
///
/// A2A v1.0, `AgentCard`; A2A v0.3.0, "AgentCard Object Structure".
pub(super) fn card() -> Value {
    let interfaces: Vec<Value> = ["1.0", "0.3"]
        .into_iter()
        .flat_map(|version| ["JSONRPC", "HTTP+JSON"].map(|binding| (version, binding)))
        .map(|(version, binding)| {
            json!({"url": URL, "protocolBinding": binding, "protocolVersion": version})
        })
        .collect();
    json!({
        "name": "Echo",
        "description": "Says again what it is told. Begin with `slow`, `ask` or `message` to see more.",
        "version": env!("CARGO_PKG_VERSION"),
        "supportedInterfaces": interfaces,
        "protocolVersion": "0.3.0",
        "url": URL,
        "preferredTransport": "JSONRPC",
        "additionalInterfaces": [
            {"url": URL, "transport": "JSONRPC"},
            {"url": URL, "transport": "HTTP+JSON"},
        ],
        "capabilities": {"streaming": true, "pushNotifications": false},
        "defaultInputModes": ["text/plain"],
        "defaultOutputModes": ["text/plain"],
        "skills": [{
            "id": "echo",
            "name": "Echo",
            "description": "Says a text again, word by word.",
            "tags": ["demo"],
            "examples": ["hello", "slow hello", "ask me", "message hello"],
        }],
    })
}
