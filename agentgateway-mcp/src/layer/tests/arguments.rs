//! Arguments of calls, through the layer.

use std::{io::ErrorKind, net::TcpListener};

use http::{Request, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

use super::support::{Ear, JSON, SSE, Script, post, said, scripted, through};
use crate::{
    McpLayer,
    policy::{arguments::ToolArguments, tools::ToolRules},
};

const LIST: &str = r#"{"jsonrpc":"2.0","id":"x1","method":"tools/list"}"#;
const DONE: &str = r#"{"jsonrpc":"2.0","id":7,"result":{"content":[]}}"#;

fn layer() -> McpLayer {
    McpLayer::new().arguments(ToolArguments::new())
}

fn search() -> Value {
    json!({"name": "search", "inputSchema": {
        "type": "object",
        "properties": {"query": {"type": "string"}, "limit": {"type": "integer", "maximum": 50}},
        "required": ["query"],
        "additionalProperties": false,
    }})
}

fn list(tools: &[Value]) -> String {
    json!({"jsonrpc": "2.0", "id": "x1", "result": {"tools": tools}}).to_string()
}

/// A list passes; what the client gets of it.
async fn listed(layer: &McpLayer, tools: &[Value]) -> String {
    let script = scripted(&[JSON], Script::of(list(tools).as_bytes(), 50));
    let (answer, _) = through(layer, post(&[JSON], LIST), script).await;
    said(&answer).to_owned()
}

fn call(tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"{tool}"{arguments}}}}}"#
    )
}

/// What a call is answered with, and how often the server was called.
async fn called(layer: &McpLayer, tool: &str, arguments: &str) -> (String, usize) {
    let script = scripted(&[JSON], Script::of(DONE.as_bytes(), 50));
    let request = post(&[JSON], &call(tool, arguments));
    let (answer, calls) = through(layer, request, script).await;
    assert_eq!(answer.status(), StatusCode::OK);
    (said(&answer).to_owned(), calls)
}

fn refusal(message: &str) -> String {
    let message = Value::from(message);
    format!(r#"{{"jsonrpc":"2.0","id":7,"error":{{"code":-32602,"message":{message}}}}}"#)
}

/// Fault M42: arguments that miss or violate the schema do not reach the server.
#[tokio::test]
async fn wrong_arguments_are_refused_before_the_server_is_called() {
    let layer = layer();
    let tools = [search()];
    assert_eq!(listed(&layer, &tools).await, list(&tools));
    for arguments in [
        r#","arguments":{"query":"a"}"#,
        r#","arguments":{"limit":5.0,"query":""}"#,
    ] {
        assert_eq!(called(&layer, "search", arguments).await, (DONE.into(), 1));
    }
    for (arguments, wrong) in [
        ("", r#""query" is a required property"#),
        (r#","arguments":{}"#, r#""query" is a required property"#),
        (
            r#","arguments":{"query":77}"#,
            r#"at /query: the value is not of type "string""#,
        ),
        (
            r#","arguments":{"query":"secret","limit":51}"#,
            "at /limit: the value is greater than the maximum of 50",
        ),
        (
            r#","arguments":{"query":"secret","else":"secret"}"#,
            "Additional properties are not allowed ('else' was unexpected)",
        ),
        (
            r#","arguments":["secret"]"#,
            r#"the value is not of type "object""#,
        ),
        (
            r#","arguments":{"query":"a","qu\u0065ry":"secret"}"#,
            "they have a member that occurs twice",
        ),
    ] {
        let message = format!("Invalid arguments of tool search: {wrong}");
        let refused = called(&layer, "search", arguments).await;
        assert_eq!(refused, (refusal(&message), 0), "{arguments}");
    }
}

#[tokio::test]
async fn both_eras_are_answered_alike_and_what_has_no_id_is_not_run() {
    let layer = layer();
    listed(&layer, &[search()]).await;
    let modern = r#","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#;
    let (answer, calls) = called(&layer, "search", modern).await;
    assert_eq!(calls, 0);
    assert!(answer.starts_with(r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32602"#));
    let note = call("search", "").replace(r#""id":7,"#, "");
    let script = scripted(&[], Script::default());
    let (answer, calls) = through(&layer, post(&[JSON], &note), script).await;
    assert_eq!((answer.status(), calls), (StatusCode::BAD_REQUEST, 0));
    // Which of the two a server would take nobody knows.
    let twice = call("search", r#","arguments":{"query":"a"},"arguments":{}"#);
    let script = scripted(&[], Script::default());
    let (answer, calls) = through(&layer, post(&[JSON], &twice), script).await;
    assert_eq!((answer.status(), calls), (StatusCode::BAD_REQUEST, 0));
    assert!(said(&answer).contains("-32600"));
}

#[tokio::test]
async fn a_tool_that_no_list_has_told_of_passes() {
    let layer = layer();
    for tool in ["search", "free"] {
        assert_eq!(called(&layer, tool, "").await, (DONE.into(), 1));
    }
    listed(&layer, &[search(), json!({"name": "free"})]).await;
    assert_eq!(called(&layer, "search", "").await.1, 0);
    assert_eq!(called(&layer, "free", "").await.1, 1);
}

/// On every page, in a stream, and in a stream that is taken up again.
#[tokio::test]
async fn lists_are_learned_from_in_every_form() {
    for resumed in [false, true] {
        let layer = layer();
        let text = list(&[search()]);
        let stream = format!("id: 1\ndata: {text}\n\n");
        let script = scripted(&[SSE], Script::of(stream.as_bytes(), 9));
        let request = match resumed {
            false => post(&[JSON], LIST),
            true => Request::get("/mcp")
                .header("accept", "text/event-stream")
                .header("last-event-id", "0")
                .body(Full::default())
                .unwrap(),
        };
        let (answer, _) = through(&layer, request, script).await;
        assert_eq!(said(&answer), stream);
        assert_eq!(called(&layer, "search", "").await.1, 0, "{resumed}");
        // The next page is about others.
        listed(&layer, &[json!({"name": "b", "inputSchema": false})]).await;
        assert_eq!(called(&layer, "search", "").await.1, 0);
        assert_eq!(called(&layer, "b", "").await.1, 0);
    }
}

#[tokio::test]
async fn the_last_schema_holds_until_the_server_has_other_tools() {
    let layer = layer();
    listed(&layer, &[search()]).await;
    assert_eq!(called(&layer, "search", "").await.1, 0);
    let anything = json!({"name": "search", "inputSchema": {"type": "object"}});
    listed(&layer, &[anything]).await;
    assert_eq!(called(&layer, "search", "").await.1, 1);
    listed(&layer, &[search()]).await;
    assert_eq!(called(&layer, "search", "").await.1, 0);
    let changed = "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n\n";
    let request = Request::get("/mcp").header("accept", "text/event-stream");
    let script = scripted(&[SSE], Script::of(changed.as_bytes(), 9));
    let (answer, _) = through(&layer, request.body(Full::default()).unwrap(), script).await;
    assert_eq!(said(&answer), changed);
    assert_eq!(called(&layer, "search", "").await.1, 1);
}

/// Fault M22: a `$ref` to elsewhere, one to itself, and 10,000 alternatives.
#[tokio::test]
async fn a_schema_that_cannot_be_used_costs_its_tool() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let url = format!("http://{}/schema", elsewhere.local_addr().unwrap());
    let many: Vec<_> = (0..10_000).map(|n| json!({"const": n})).collect();
    let bad = [
        json!({"$ref": "http://169.254.169.254/latest/meta-data"}),
        json!({"type": "object", "properties": {"a": {"$ref": url}}}),
        json!({"$schema": url}),
        json!({"$ref": "file:///etc/passwd"}),
        json!({"$ref": "#"}),
        json!({"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"not": {"$ref": "#"}}]}}}),
        json!({"anyOf": many}),
    ];
    let tools: Vec<_> = bad
        .iter()
        .map(|schema| json!({"name": "bad", "inputSchema": schema}))
        .collect();
    for tool in &tools {
        let ear = Ear::default();
        let layer = ear.layer().arguments(ToolArguments::new());
        let seen = listed(&layer, &[search(), tool.clone()]).await;
        assert_eq!(seen, list(&[search()]));
        assert_eq!(ear.told().report.items_refused, 1);
        let refused = called(&layer, "bad", "").await;
        assert_eq!(refused, (refusal("Unknown tool: bad"), 0));
        assert_eq!(called(&layer, "search", "").await.1, 0);

        let layer = McpLayer::new().arguments(ToolArguments::new().lenient(true));
        let both = [tool.clone(), search()];
        assert_eq!(listed(&layer, &both).await, list(&both));
        assert_eq!(called(&layer, "bad", "").await, (DONE.into(), 1));
        assert_eq!(called(&layer, "search", "").await.1, 0);
    }
    let nobody = elsewhere.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(nobody, Err(ErrorKind::WouldBlock));
}

#[tokio::test]
async fn a_tool_that_is_not_for_the_caller_is_not_learned_of() {
    let layer = layer().tools(ToolRules::deny_all());
    assert_eq!(listed(&layer, &[search()]).await, list(&[]));
    let refused = called(&layer, "search", r#","arguments":{"query":7}"#).await;
    assert_eq!(refused, (refusal("Unknown tool: search"), 0));
}

#[tokio::test]
async fn what_is_known_is_known_of_one_server() {
    let shared = ToolArguments::new();
    let of = |name: &str| McpLayer::new().target(name).arguments(shared.clone());
    listed(&of("a"), &[search()]).await;
    assert_eq!(called(&of("a"), "search", "").await.1, 0);
    assert_eq!(called(&of("b"), "search", "").await.1, 1);
}

#[tokio::test]
async fn a_refusal_is_told_with_its_call() {
    let ear = Ear::default();
    let known = ToolArguments::new();
    listed(&McpLayer::new().arguments(known.clone()), &[search()]).await;
    called(&ear.layer().arguments(known), "search", "").await;
    let told = ear.told();
    assert_eq!(
        (told.end, told.call.unwrap().tool()),
        ("failed", Some("search"))
    );
}

#[tokio::test]
async fn a_call_in_another_media_type_does_not_pass_unchecked() {
    let text = ("content-type", "text/plain");
    let script = scripted(&[JSON], Script::default());
    let (answer, calls) = through(&layer(), post(&[text], &call("search", "")), script).await;
    assert_eq!((answer.status().as_u16(), calls), (415, 0));
}
