use serde_json::{Map, Value, json};

use super::{super::value::set, fault::Fault};

/// How far `count` counts when it is not told.
const COUNT_TO: u64 = 5;

/// How far `count` counts at most.
const MAX_COUNT: u64 = 100;

/// What a tool gave.
pub(super) struct Called {
    /// Notifications that go before the result; empty when nobody asked for them.
    pub(super) progress: Vec<Value>,
    pub(super) result: Value,
}

/// The tools, in an order that stays.
pub(super) fn list() -> Value {
    let read_only = json!({"readOnlyHint": true, "idempotentHint": true, "openWorldHint": false});
    let number = json!({"type": "number"});
    json!([
        {
            "name": "echo",
            "title": "Echo",
            "description": "Says a text again.",
            "inputSchema": {
                "type": "object",
                "properties": {"text": {"type": "string", "description": "What to say."}},
                "required": ["text"],
            },
            "annotations": read_only,
        },
        {
            "name": "add",
            "title": "Add",
            "description": "Adds two numbers.",
            "inputSchema": {
                "type": "object",
                "properties": {"a": number, "b": number},
                "required": ["a", "b"],
            },
            "outputSchema": {
                "type": "object",
                "properties": {"sum": number},
                "required": ["sum"],
            },
            "annotations": read_only,
        },
        {
            "name": "count",
            "title": "Count",
            "description": "Counts from 1, and reports its progress.",
            "inputSchema": {
                "type": "object",
                "properties": {"to": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": MAX_COUNT,
                    "default": COUNT_TO,
                    "description": "Where to stop.",
                }},
            },
            "annotations": read_only,
        },
    ])
}

/// Calls the tool that the parameters of a `tools/call` name.
///
/// # Source
///
/// MCP 2025-11-25, Tools, "Error Handling": an unknown tool is an error of the protocol, arguments
/// that a tool cannot take are an error of the tool.
pub(super) fn call(params: &Value) -> Result<Called, Fault> {
    let none = Map::new();
    let arguments = match &params["arguments"] {
        Value::Null => &none,
        Value::Object(arguments) => arguments,
        _ => return Err(Fault::invalid_params("`arguments` is not an object")),
    };
    let meta = &params["_meta"];
    let result = match params["name"].as_str() {
        Some("echo") => echo(arguments),
        Some("add") => add(arguments),
        Some("count") => return Ok(count(arguments, &meta["progressToken"])),
        Some(name) => return Err(Fault::invalid_params(format!("unknown tool: {name}"))),
        None => return Err(Fault::invalid_params("`name` is missing")),
    };
    Ok(Called {
        progress: Vec::new(),
        result: result.unwrap_or_else(failed),
    })
}

/// Says a text again. `message`, as other example servers name it, is taken for `text`.
fn echo(arguments: &Map<String, Value>) -> Result<Value, &'static str> {
    let said = arguments.get("text").or_else(|| arguments.get("message"));
    let said = said
        .and_then(Value::as_str)
        .ok_or("`text` is not a string")?;
    Ok(text(said))
}

fn add(arguments: &Map<String, Value>) -> Result<Value, &'static str> {
    let missing = "`a` and `b` are not both numbers";
    let (a, b) = arguments.get("a").zip(arguments.get("b")).ok_or(missing)?;
    let whole = a
        .as_i64()
        .zip(b.as_i64())
        .and_then(|(a, b)| a.checked_add(b));
    let sum = match whole {
        Some(sum) => json!(sum),
        None => json!(a.as_f64().ok_or(missing)? + b.as_f64().ok_or(missing)?),
    };
    // A sum that is no finite number has become null.
    if sum.is_null() {
        return Err("the sum is too large");
    }
    let mut result = text(&sum.to_string());
    set(&mut result, "structuredContent", json!({"sum": sum}));
    Ok(result)
}

fn count(arguments: &Map<String, Value>, token: &Value) -> Called {
    let to = match arguments.get("to") {
        None => Some(COUNT_TO),
        Some(to) => to.as_u64().filter(|to| (1..=MAX_COUNT).contains(to)),
    };
    let Some(to) = to else {
        return Called {
            progress: Vec::new(),
            result: failed("`to` is not an integer within 1 to 100"),
        };
    };
    let asked = token.is_string() || token.is_i64() || token.is_u64();
    let steps = if asked { to } else { 0 };
    let progress = (1..=steps).map(|step| {
        json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": {
            "progressToken": token,
            "progress": step,
            "total": to,
            "message": format!("{step} of {to}"),
        }})
    });
    Called {
        progress: progress.collect(),
        result: text(&format!("Counted to {to}.")),
    }
}

fn text(text: &str) -> Value {
    json!({"content": [{"type": "text", "text": text}]})
}

fn failed(why: &str) -> Value {
    let mut result = text(why);
    set(&mut result, "isError", true);
    result
}
