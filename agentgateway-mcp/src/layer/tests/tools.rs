//! Rules about tools, through the layer.

use std::sync::{Arc, Mutex};

use agentgateway_core::{
    Peeked,
    authz::{Authorization, Rule},
    context::{AuthMethod, Principal},
};
use bytes::Bytes;
use http::{Request, StatusCode, request};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};

use super::support::{Ear, JSON, SSE, Script, post, said, scripted, through};
use crate::{
    McpLayer,
    policy::{
        Hygiene,
        tools::{ToolAuthorization, ToolRules},
    },
};

const LIST: &str = r#"{"jsonrpc":"2.0","id":"x1","method":"tools/list"}"#;

fn rules() -> ToolRules {
    ToolRules::deny_all()
        .allow("read_*")
        .deny("read_secrets")
        .allow_if("purge", |caller, server, _| {
            caller.is_some_and(|caller| caller.name() == "alice") && server == "files"
        })
}

fn call(tool: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"{tool}"}}}}"#)
}

#[tokio::test]
async fn a_denied_tool_is_answered_as_one_that_is_not_there() {
    let layer = McpLayer::new().tools(rules());
    let result = r#"{"jsonrpc":"2.0","id":7,"result":{"content":[]}}"#;
    let script = || scripted(&[JSON], Script::of(result.as_bytes(), 9));
    let (answer, calls) = through(&layer, post(&[JSON], &call("read_file")), script()).await;
    assert_eq!((said(&answer), calls), (result, 1));
    // One that the server has, and one that nobody has.
    for tool in ["read_secrets", "nowhere"] {
        let (answer, calls) = through(&layer, post(&[JSON], &call(tool)), script()).await;
        assert_eq!((answer.status(), calls), (StatusCode::OK, 0));
        let expected = format!(
            r#"{{"jsonrpc":"2.0","id":7,"error":{{"code":-32602,"message":"Unknown tool: {tool}"}}}}"#
        );
        assert_eq!(said(&answer), expected);
        assert_eq!(answer.headers().len(), 1, "{:?}", answer.headers());
    }
}

#[tokio::test]
async fn what_has_no_id_is_not_run_either() {
    let note = r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"rm"}}"#;
    let layer = McpLayer::new().tools(rules());
    let (answer, calls) = through(
        &layer,
        post(&[JSON], note),
        scripted(&[], Script::default()),
    )
    .await;
    assert_eq!((answer.status(), calls), (StatusCode::BAD_REQUEST, 0));
}

#[tokio::test]
async fn a_refusal_is_told_with_its_call_and_its_rule() {
    let rule = Arc::new(Mutex::new(None));
    let layer = McpLayer::new().tools(rules()).on_finished({
        let rule = rule.clone();
        move |finished: &agentgateway_core::protocol::Finished<'_, _, _>| {
            let call: Option<&crate::McpCall> = finished.call;
            let agentgateway_core::body::End::Failed(error) = finished.end else {
                panic!("{:?}", finished.end);
            };
            let by = error.decided_by().unwrap().to_string();
            *rule.lock().unwrap() = Some((call.unwrap().tool().unwrap().to_owned(), by));
        }
    });
    let none = || scripted(&[], Script::default());
    through(&layer, post(&[JSON], &call("read_secrets")), none()).await;
    let told = rule.lock().unwrap().take();
    assert_eq!(
        told,
        Some(("read_secrets".into(), "deny read_secrets".into()))
    );
    through(&layer, post(&[JSON], &call("x")), none()).await;
    let told = rule.lock().unwrap().take();
    assert_eq!(told, Some(("x".into(), "no rule allows it".into())));
}

#[tokio::test]
async fn who_asks_whom_for_what_decides_lists_and_calls_alike() {
    let list = r#"{"id":"x1","result":{"tools":[{"name":"purge"},{"name":"read_a"}]}}"#;
    for (name, server, sees) in [
        ("alice", "files", true),
        ("bob", "files", false),
        ("alice", "mail", false),
    ] {
        let layer = McpLayer::new().target(server).tools(rules());
        let by = |body: &str| {
            let mut request = post(&[JSON], body);
            Principal::new(AuthMethod::ApiKey, name).insert(request.extensions_mut());
            request
        };
        let script = scripted(&[JSON], Script::of(list.as_bytes(), 99));
        let (answer, _) = through(&layer, by(LIST), script).await;
        assert_eq!(said(&answer).contains("purge"), sees, "{name} {server}");
        assert!(said(&answer).contains("read_a"));
        let script = scripted(&[JSON], Script::of(b"{}", 9));
        let (_, calls) = through(&layer, by(&call("purge")), script).await;
        assert_eq!(calls, usize::from(sees), "{name} {server}");
    }
}

#[tokio::test]
async fn a_list_in_one_piece_is_filtered_with_its_length() {
    let list = r#"{"jsonrpc":"2.0","id":"x1","result":{"tools":[{"name":"rm"},{"name":"read_a","n":1.0}],"nextCursor":"2"}}"#;
    let filtered = list.replace(r#"{"name":"rm"},"#, "");
    let headers = [JSON, ("etag", "\"1\""), ("x-own", "kept")];
    let ear = Ear::default();
    let layer = ear.layer().tools(rules());
    let script = scripted(&headers, Script::of(list.as_bytes(), 7));
    let (answer, _) = through(&layer, post(&[JSON], LIST), script).await;
    assert_eq!(said(&answer), filtered);
    let length = filtered.len().to_string();
    assert_eq!(answer.headers()["content-length"], *length);
    assert!(!answer.headers().contains_key("etag"));
    assert_eq!(answer.headers()["x-own"], "kept");
    let told = ear.told();
    assert_eq!((told.end, told.report.items_denied), ("complete", 1));
    assert!(told.report.answered);
}

#[tokio::test]
async fn a_page_of_which_nothing_is_left_keeps_its_cursor() {
    let list = r#"{"id":"x1","result":{"tools":[{"name":"rm"}],"nextCursor":"2"}}"#;
    let layer = McpLayer::new().tools(rules());
    let script = scripted(&[JSON], Script::of(list.as_bytes(), 99));
    let (answer, _) = through(&layer, post(&[JSON], LIST), script).await;
    assert_eq!(
        said(&answer),
        r#"{"id":"x1","result":{"tools":[],"nextCursor":"2"}}"#
    );
}

#[tokio::test]
async fn a_list_that_cannot_be_read_goes_to_nobody() {
    let list = r#"{"id":"x1","result":{"tools":[{"name":"rm"}]}}"#;
    let twice = r#"{"id":"x1","result":{"tools":[]},"result":{"tools":[{"name":"rm"}]}}"#;
    let gzip = ("content-encoding", "gzip");
    for (headers, body) in [
        (vec![JSON], twice),
        (vec![JSON], r#"{"tools":[{"name":"rm"}"#),
        (vec![JSON, gzip], list),
        (vec![SSE, gzip], list),
        (vec![], twice),
        (
            vec![JSON],
            &format!(r#"{{"pad":"{}",{}"#, "x".repeat(500), &list[1..]),
        ),
    ] {
        let layer = McpLayer::new().tools(rules()).max_list_bytes(400);
        let script = scripted(&headers, Script::of(body.as_bytes(), 99));
        let (answer, _) = through(&layer, post(&[JSON], LIST), script).await;
        assert_eq!(answer.status(), StatusCode::BAD_GATEWAY, "{headers:?}");
        assert!(said(&answer).starts_with(r#"{"jsonrpc":"2.0","id":"x1","error":{"code":-31502"#));
        assert!(!said(&answer).contains("rm\""), "{}", said(&answer));
    }
    // As events: the unreadable one is the error, and the stream has its end.
    for body in [twice, "no JSON"] {
        let ear = Ear::default();
        let script = Script::of(format!("data: {body}\n\n").as_bytes(), 5);
        let layer = ear.layer().tools(rules());
        let (answer, _) = through(&layer, post(&[JSON], LIST), scripted(&[SSE], script)).await;
        assert!(said(&answer).contains(r#""id":"x1","error":{"code":-31502"#));
        assert!(!said(&answer).contains("rm"), "{}", said(&answer));
        assert_eq!(ear.told().end, "complete");
    }
}

#[tokio::test]
async fn a_list_in_a_stream_is_filtered_and_other_events_stay() {
    let stream = concat!(
        ": hello\n\n",
        "id: 0\ndata:\n\n",
        "data: {\"method\":\"notifications/message\",\"params\":{\"tools\":[{\"name\":\"rm\"}]}}\r\n\r\n",
        "retry: 20\nevent: message\nid: 7\ndata: {\"id\":\"x1\",\ndata: \"result\":{\"tools\":[{\"name\":\"rm\"},{\"name\":\"read_a\"}]}}\n\n",
    );
    let expected = concat!(
        ": hello\n\n",
        "id: 0\ndata:\n\n",
        "data: {\"method\":\"notifications/message\",\"params\":{\"tools\":[{\"name\":\"rm\"}]}}\r\n\r\n",
        "retry: 20\nid: 7\nevent: message\ndata: {\"id\":\"x1\",\ndata: \"result\":{\"tools\":[{\"name\":\"read_a\"}]}}\n\n",
    );
    for chunk in [1, 3, 10, 1000] {
        let ear = Ear::default();
        let layer = ear.layer().tools(rules());
        let script = scripted(&[SSE], Script::of(stream.as_bytes(), chunk));
        let (answer, _) = through(&layer, post(&[JSON], LIST), script).await;
        assert_eq!(said(&answer), expected);
        let told = ear.told();
        assert_eq!((told.end, told.report.items_denied), ("complete", 1));
    }
}

/// A client that closes the stream of its list, and takes it up again elsewhere.
#[tokio::test]
async fn a_list_that_comes_by_a_stream_of_its_own_is_filtered_too() {
    let stream = "id: 8\ndata: {\"id\":\"x1\",\"result\":{\"tools\":[{\"name\":\"rm\"}]}}\n\n\
                  event: endpoint\ndata: /messages?s=1\n\ndata: {\"id\":2,\"result\":{\"x\":1}}\n\n";
    let request = Request::get("/mcp")
        .header("accept", "text/event-stream")
        .header("last-event-id", "7")
        .body(Full::default())
        .unwrap();
    let layer = McpLayer::new().tools(rules());
    let script = scripted(&[SSE], Script::of(stream.as_bytes(), 11));
    let (answer, _) = through(&layer, request, script).await;
    assert_eq!(said(&answer), stream.replace(r#"{"name":"rm"}"#, ""));
}

/// Other answers are not held, and not changed.
#[tokio::test]
async fn what_is_no_list_passes_as_it_comes() {
    let body = r#"{"id":7,"result":{"tools":[{"name":"rm"}],"result":1,"result":2}}"#;
    let layer = McpLayer::new().tools(rules());
    let hangs = Script {
        hangs: true,
        ..Script::of(body.as_bytes(), 6)
    };
    let response = Arc::new(Mutex::new(Some(scripted(&[JSON], hangs))));
    let inner = service_fn(move |_: Request<Peeked<Full<Bytes>>>| {
        let response = response.lock().unwrap().take().unwrap();
        async move { response }
    });
    let answer = layer
        .layer(inner)
        .oneshot(post(&[JSON], &call("read_a")))
        .await
        .unwrap();
    let mut answer = answer.into_body();
    for chunk in body.as_bytes().chunks(6) {
        let frame = answer.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), chunk);
    }
}

#[tokio::test]
async fn prompts_and_resources_have_rules_of_their_own() {
    let rules = ToolRules::allow_all()
        .prompts(ToolRules::deny_all().allow("greet"))
        .resources(ToolRules::deny_all().allow("file:///a b/*"))
        .templates(ToolRules::deny_all());
    let layer = McpLayer::new().tools(rules);
    let passes = async |method: &str, params: &str, modern: bool| {
        let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#;
        let comma = if params.is_empty() { "" } else { "," };
        let params = match modern {
            true => format!("{{{params}{comma}{meta}}}"),
            false => format!("{{{params}}}"),
        };
        let body = format!(r#"{{"jsonrpc":"2.0","id":7,"method":"{method}","params":{params}}}"#);
        let script = scripted(&[JSON], Script::of(b"{}", 9));
        let (answer, calls) = through(&layer, post(&[JSON], &body), script).await;
        (calls == 1, said(&answer).to_owned())
    };
    for (method, params, allowed, says) in [
        ("prompts/get", r#""name":"greet""#, true, ""),
        (
            "prompts/get",
            r#""name":"x""#,
            false,
            r#"{"code":-32602,"message":"Unknown prompt: x"}"#,
        ),
        ("resources/read", r#""uri":"file:///a%20b/c""#, true, ""),
        (
            "resources/read",
            r#""uri":"file:///a%20b/%2e./c""#,
            false,
            r#"-32002,"message":"Resource not found: file:///a%20b/%2e./c","data":{"uri":"file:///a%20b/%2e./c"}}"#,
        ),
        (
            "resources/subscribe",
            r#""uri":"file:///b""#,
            false,
            "-32002",
        ),
        (
            "completion/complete",
            r#""ref":{"type":"ref/prompt","name":"greet"}"#,
            true,
            "",
        ),
        (
            "completion/complete",
            r#""ref":{"type":"ref/prompt","name":"x"}"#,
            false,
            "Unknown prompt: x",
        ),
        (
            "completion/complete",
            r#""ref":{"type":"ref/resource","uri":"x:{y}"}"#,
            false,
            "-32002",
        ),
        ("logging/setLevel", "", true, ""),
    ] {
        let (passed, told) = passes(method, params, false).await;
        assert_eq!(passed, allowed, "{method} {params}");
        assert!(told.contains(says), "{told}");
    }
    for (method, params, allowed, says) in [
        (
            "resources/read",
            r#""uri":"x:y""#,
            false,
            r#"{"code":-32602,"message":"Resource not found: x:y","data":{"uri":"x:y"}}"#,
        ),
        (
            "subscriptions/listen",
            r#""notifications":{"resourceSubscriptions":["file:///a b/c"]}"#,
            true,
            "",
        ),
        (
            "subscriptions/listen",
            r#""notifications":{"resourceSubscriptions":["file:///a b/c","x:y"]}"#,
            false,
            "Resource not found: x:y",
        ),
    ] {
        let (passed, told) = passes(method, params, true).await;
        assert_eq!(passed, allowed, "{method} {params}");
        assert!(told.contains(says), "{told}");
    }
}

/// Fault M21 (part): texts that hide something are cleaned on their way, and told of.
#[tokio::test]
async fn hidden_text_is_taken_out_of_lists() {
    let list = r#"{"id":"x1","result":{"tools":[{"name":"rm","description":"a\u200bb","n":1.0}]}}"#;
    let ear = Ear::default();
    let layer = ear.layer().hygiene(Hygiene::strip());
    let script = scripted(&[JSON], Script::of(list.as_bytes(), 9));
    let (answer, _) = through(&layer, post(&[JSON], LIST), script).await;
    assert_eq!(said(&answer), list.replace("\\u200b", ""));
    assert_eq!(ear.told().report.items_cleaned, 1);
}

#[tokio::test]
async fn a_message_in_another_media_type_does_not_pass_the_rules() {
    let text = ("content-type", "text/plain");
    for (layer, expected) in [(McpLayer::new().tools(rules()), 0), (McpLayer::new(), 1)] {
        let script = scripted(&[JSON], Script::default());
        let (answer, calls) = through(&layer, post(&[text], &call("rm")), script).await;
        assert_eq!(calls, expected);
        assert_eq!(answer.status() == 415, expected == 0);
    }
}

/// A rule about the call that is at hand, and not only about what it names.
#[tokio::test]
async fn rules_of_requests_know_revision_and_server_of_the_call() {
    let rules = || {
        Authorization::new([Rule::require("new", |head: &request::Parts| {
            let call = head.extensions.get::<crate::McpCall>().unwrap();
            let version = call.protocol_version().map(|version| version.as_str());
            version == Some("2025-11-25") && call.target() == Some("files")
        })])
    };
    let layer = McpLayer::new()
        .target("files")
        .tools(ToolAuthorization::new(rules()));
    for (version, expected) in [("2025-11-25", true), ("2025-03-26", false)] {
        let headers = [JSON, ("mcp-protocol-version", version)];
        let list = r#"{"id":"x1","result":{"tools":[{"name":"a"}]}}"#;
        let script = scripted(&[JSON], Script::of(list.as_bytes(), 99));
        let (answer, _) = through(&layer, post(&headers, LIST), script).await;
        assert_eq!(said(&answer).contains("\"a\""), expected, "{version}");
        let script = scripted(&[JSON], Script::of(b"{}", 9));
        let (_, calls) = through(&layer, post(&headers, &call("a")), script).await;
        assert_eq!(calls == 1, expected, "{version}");
    }
}
