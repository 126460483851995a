use agentgateway_core::{Body, Error, ErrorKind, json::quote};
use http::Response;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::support::*;
use crate::upstream::McpServer;

/// A server with one answer.
fn fixed(message: &'static str) -> (McpServer, Log) {
    server(move |_| now(raw_reply(200, message)))
}

fn request(method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":7,"method":"{method}","params":{params}}}"#)
}

#[tokio::test]
async fn results_lose_what_earlier_revisions_do_not_know_and_nothing_else() {
    for (method, params, answer, expected) in [
        (
            "tools/call",
            r#"{"name":"t"}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","content":[ ],"n":1.00,"structuredContent":{"a":1}}}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{"content":[ ],"n":1.00,"structuredContent":{"a":1}}}"#,
        ),
        (
            "tools/call",
            r#"{"name":"t"}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{"content":[],"structuredContent":[1],"isError":false}}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{"content":[],"isError":false}}"#,
        ),
        (
            "tools/list",
            "{}",
            r#"{"id":7,"jsonrpc":"2.0","result":{"tools":[{"name":"a", "inputSchema":{},"outputSchema":{"type":"array"}}, {"name":"b","inputSchema":{}, "outputSchema":{"type":"object"}}],"ttlMs":1,"cacheScope":"private"}}"#,
            r#"{"id":7,"jsonrpc":"2.0","result":{"tools":[{"name":"a", "inputSchema":{}},{"name":"b","inputSchema":{}, "outputSchema":{"type":"object"}}]}}"#,
        ),
        (
            "prompts/list",
            "{}",
            r#"{"jsonrpc":"2.0","id":7,"result":{"prompts":[],"nextCursor":"","ttlMs":0}}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{"prompts":[],"nextCursor":""}}"#,
        ),
    ] {
        let client = client(fixed(answer).0)
            .initialized("2025-11-25", json!({}))
            .await;
        let answer = client.post(&request(method, params)).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(body(answer).await, expected);
    }
}

/// Fault M23 (part): a tool whose annotations break a rule is left out of the list.
#[tokio::test]
async fn tools_that_cannot_be_called_are_left_out() {
    let list = r#"{"jsonrpc":"2.0","id":7,"result":{"tools":[
        {"name":"bad","inputSchema":{"properties":{"a":{"type":"string","x-mcp-header":"a b"}}}},
        {"name":"good","inputSchema":{}}]}}"#;
    let client = client(fixed(list).0)
        .initialized("2025-11-25", json!({}))
        .await;
    let answer = client.ask(&request("tools/list", "{}")).await;
    assert_eq!(
        answer["result"]["tools"],
        json!([{"name": "good", "inputSchema": {}}])
    );
}

#[tokio::test]
async fn errors_are_said_with_the_codes_and_statuses_of_earlier_revisions() {
    let read = request("resources/read", r#"{"uri":"a:b"}"#);
    let prompt = request("prompts/get", r#"{"name":"p"}"#);
    for (ask, status, code, expected) in [
        (&read, 400, -32602, -32002),
        (&prompt, 400, -32602, -32602),
        (&prompt, 404, -32601, -32601),
        (&prompt, 400, -32020, -32603),
        (&prompt, 400, -32022, -32603),
        (&prompt, 400, -32021, -32603),
        (&prompt, 200, 5, 5),
    ] {
        let (server, _) = server(move |seen| now(seen.error(status, code, &json!({"uri": "a:b"}))));
        let client = client(server).initialized("2025-06-18", json!({})).await;
        let answer = client.ask(ask).await;
        assert_eq!(answer["error"]["code"], expected, "{code}");
        assert_eq!(answer["id"], 7);
    }
}

#[tokio::test]
async fn a_capability_that_the_client_lacks_is_an_error_of_the_tool() {
    let (server, _) = server(|seen| {
        now(seen.error(
            400,
            -32021,
            &json!({"requiredCapabilities": {"sampling": {}}}),
        ))
    });
    let client = client(server).initialized("2025-11-25", json!({})).await;
    let answer = client.ask(CALL).await;
    assert_eq!(answer["result"]["isError"], true);
    let words = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(words.contains("sampling"), "{words}");
}

#[tokio::test]
async fn what_is_no_answer_is_an_error_and_never_the_end_of_a_session() {
    for (status, answer) in [
        (404, "not found"),
        (200, ""),
        (200, "[]"),
        (200, r#"{"jsonrpc":"2.0","id":8,"result":{}}"#),
        (
            200,
            r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"task"}}"#,
        ),
        (405, r#"{"error":"x"}"#),
    ] {
        let (server, _) = server(move |_| now(raw_reply(status, answer)));
        let client = client(server).initialized("2025-11-25", json!({})).await;
        let refused = client.post(CALL).await;
        assert_eq!(refused.status(), 502, "{answer}");
        let refused: Value = serde_json::from_str(&body(refused).await).unwrap();
        assert_eq!(refused["id"], 7);
    }
    let (server, _) = server(|_| {
        let mut page = Response::new(Body::from(bytes::Bytes::from_static(b"<html>")));
        *page.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
        now(page)
    });
    let client = client(server).initialized("2025-11-25", json!({})).await;
    assert_eq!(client.post(CALL).await.status(), 503);
}

#[tokio::test]
async fn an_error_of_what_stands_inside_is_told_with_its_id() {
    for (kind, status) in [
        (ErrorKind::NotFound, 200),
        (ErrorKind::InvalidRequest, 200),
        (ErrorKind::Forbidden, 403),
        (ErrorKind::Unavailable, 502),
    ] {
        let service = tower::service_fn(
            move |request: http::Request<agentgateway_core::Peeked<Body>>| {
                let discover = request.headers()["mcp-method"] == "server/discover";
                std::future::ready(if discover {
                    let id = json!("agw-discover");
                    Ok(reply(
                        200,
                        &json!({"jsonrpc": "2.0", "id": id, "result": discovered()}),
                    ))
                } else {
                    Err(Error::new(kind, "no"))
                })
            },
        );
        let client = client(McpServer::new(service));
        let client = client.initialized("2025-11-25", json!({})).await;
        let answer = client.post(CALL).await;
        assert_eq!(answer.status(), status, "{kind:?}");
        let answer: Value = serde_json::from_str(&body(answer).await).unwrap();
        assert_eq!(
            (&answer["id"], answer["error"].is_object()),
            (&json!(7), true)
        );
    }
}

#[tokio::test]
async fn events_pass_and_the_last_one_is_the_answer() {
    let (server, _) = server(|seen| {
        let id = &seen.body["id"];
        now(events(
            &[
                json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": 1}}),
                json!({"jsonrpc": "2.0", "id": 1, "method": "sampling/createMessage"}),
                json!({"jsonrpc": "2.0", "id": "other", "result": {}}),
                json!({"jsonrpc": "2.0", "id": id, "result": {"resultType": "complete", "content": []}}),
                json!({"jsonrpc": "2.0", "method": "notifications/message"}),
            ],
            true,
        ))
    });
    for (version, primed, numbered) in [
        ("2025-11-25", true, true),
        ("2025-06-18", false, true),
        ("2024-11-05", false, false),
    ] {
        let client = client(server.clone()).initialized(version, json!({})).await;
        let all = Events::of(client.post(CALL).await).rest().await;
        let mut messages = all.iter().map(|event| event.message.clone());
        if primed {
            assert_eq!(messages.next(), Some(Value::Null));
        }
        assert_eq!(messages.next().unwrap()["method"], "notifications/progress");
        let answer = json!({"jsonrpc": "2.0", "id": 7, "result": {"content": []}});
        assert_eq!(messages.next(), Some(answer));
        assert_eq!(messages.next(), None);
        assert!(
            all.iter().all(|event| event.id.is_some() == numbered),
            "{version}"
        );
    }
}

#[tokio::test]
async fn a_stream_that_ends_without_the_answer_gets_an_error() {
    let (server, _) = server(|_| now(events(&[], false)));
    let client = client(server).initialized("2025-11-25", json!({})).await;
    let all = Events::of(client.post(CALL).await).rest().await;
    assert_eq!(all.last().unwrap().message["error"]["code"], -31502);
    assert_eq!(all.last().unwrap().message["id"], 7);
}

fn annotated() -> Value {
    json!({"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}})
}

/// A server that wants an argument in a header, and lists its tools on two pages.
fn strict() -> (McpServer, Log) {
    server(|seen| {
        now(match seen.method() {
            "tools/list" if seen.body["params"]["cursor"] == "2" => {
                let tool = json!({"name": "t", "inputSchema": annotated()});
                seen.result(&json!({"resultType": "complete", "tools": [tool]}))
            }
            "tools/list" => seen.result(&json!({"tools": [], "nextCursor": "2"})),
            _ if seen.header("mcp-param-region") == Some("eu") => {
                seen.result(&json!({"content": []}))
            }
            _ => seen.error(400, -32020, &Value::Null),
        })
    })
}

const REGIONAL: &str = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t","arguments":{"region":"eu"}}}"#;

#[tokio::test]
async fn headers_of_arguments_are_learned_when_the_server_wants_them() {
    let (server, log) = strict();
    let client = client(server).initialized("2025-11-25", json!({})).await;
    for _ in 0..2 {
        assert_eq!(client.ask(REGIONAL).await["result"], json!({"content": []}));
    }
    let methods: Vec<_> = log
        .all()
        .iter()
        .map(|seen| seen.method().to_owned())
        .collect();
    let expected = [
        "server/discover",
        "tools/call",
        "tools/list",
        "tools/list",
        "tools/call",
        "tools/call",
    ];
    assert_eq!(methods, expected);
    let ids: Vec<_> = log
        .of("tools/call")
        .iter()
        .map(|seen| seen.body["id"].clone())
        .collect();
    assert_eq!(ids[0], 7);
    assert_ne!(ids[1], 7);
    // One that no header helps is asked twice, and no more.
    let refused = client.ask(CALL).await;
    assert_eq!(refused["error"]["code"], -32603);
    assert_eq!(log.of("tools/call").len(), 5);
}

#[tokio::test]
async fn headers_of_arguments_are_known_from_lists_that_pass() {
    let (server, log) = strict();
    let client = client(server).initialized("2025-11-25", json!({})).await;
    client
        .ask(&request("tools/list", r#"{"cursor":"2"}"#))
        .await;
    client.ask(REGIONAL).await;
    assert_eq!(log.all().len(), 3);
}

proptest! {
    /// Fault S19 (part): what is not changed on its way keeps its bytes, in both directions.
    #[test]
    fn every_other_member_keeps_its_bytes(
        number in any::<f64>().prop_filter("JSON has no such number", |n| n.is_finite()),
        text in any::<String>(),
        space in "[ \\n\\t]{0,3}",
    ) {
        let own = format!(r#"{{"b"{space}:[{number:e},{space}{}],"a":{{}}}}"#, quote(&text));
        let call = format!(
            r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"t","arguments":{own}}}}}"#
        );
        let result = format!(
            r#"{{"jsonrpc":"2.0","id":7,"result":{{"content":[{own}],"resultType":"complete","x":{own}}}}}"#
        );
        let expected = result.replace(r#""resultType":"complete","#, "");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (seen, answer) = runtime.block_on(async move {
            let (server, log) = server(move |_| now(raw_reply(200, &result)));
            let client = client(server).initialized("2025-11-25", json!({})).await;
            let answer = body(client.post(&call).await).await;
            (log.of("tools/call")[0].text.clone(), answer)
        });
        let arguments = format!(r#""arguments":{own}"#);
        prop_assert!(seen.contains(&arguments), "{}", seen);
        prop_assert_eq!(answer, expected);
    }
}
