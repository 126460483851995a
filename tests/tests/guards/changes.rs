//! What is changed by expressions.

use agentgateway_tests::raw::{RawRequest, RawUpstream};

use super::*;

fn changing(to: u16, transformation: &str) -> String {
    let field = format!(
        "traffic:
    authorization: {{action: Deny, policy: {{matchExpressions: ['metadata.path == \"/changed/secret\"']}}}}
    transformation: {transformation}"
    );
    let changes = policy("changes", &of_listener("mcp"), &field);
    [served("mcp", "changed", &at(to, ""), ""), changes].join(SEPARATOR)
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_answers_are_changed_and_notes_are_read_later() {
    const OK: &[u8] = b"HTTP/1.1 200 OK\r\nx-version: 1\r\ncontent-length: 2\r\n\r\nok";
    let service = RawUpstream::serving(OK).await;
    let transformation = r#"
      request:
        set: [{name: ":path", value: "'/v2' + request.path"}, {name: x-user, value: "request.headers['x-none']"}]
        remove: [x-debug]
        metadata: {path: request.path}
      response:
        set: [{name: x-code, value: string(response.code)}]
        remove: [x-version]
        body: "'for ' + request.path""#;
    let objects = changing(service.port(), transformation);
    let (gateway, _servers) = before_demo(&objects).await;
    let url = format!("{}/changed", gateway.url("mcp"));
    let answer = post(&url, &[("x-user", "root"), ("x-debug", "1")], "tell me").await;
    assert_eq!(answer.status(), StatusCode::OK, "{answer:?}");
    assert_eq!(answer.headers()["x-code"], "200");
    assert!(!answer.headers().contains_key("x-version"));
    assert_eq!(answer.body(), "for /v2/changed");
    let asked = service.requests().remove(0);
    assert!(
        asked.head.starts_with("POST /v2/changed HTTP/1.1"),
        "{asked:?}"
    );
    // Whose value could not be made is not the client's.
    assert_eq!(asked.values("x-user"), [""; 0]);
    assert_eq!(asked.values("x-debug"), [""; 0]);
    assert_eq!(asked.body, b"tell me");

    let denied = post(&format!("{url}/secret"), &[], "tell me").await;
    assert_eq!(denied.status(), StatusCode::FORBIDDEN);
    assert_eq!(service.begun(), 1);

    // A call of a protocol, too: its answer says what the policy writes.
    let list = call(&gateway.url("mcp"), None, "tools/list", json!({})).await;
    assert_eq!(list.headers()["x-code"], "200", "{list:?}");
    assert_eq!(list.body(), "for /v2/mcp");
}

/// A backend behind a filter, a transformation of its rule and one of its own.
fn speaking(kind: &str, own: &str) -> String {
    let spec = format!(
        "{{{kind}, policies: {{{own}transformation: {{request: {{
  set: [{{name: x-both, value: \"'backend'\"}}, {{name: x-none, value: \"request.headers['x-missing']\"}}],
  remove: [x-gone]}}}}}}}}"
    );
    let filters = "filters:
    - {type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}
    - type: RequestHeaderModifier
      requestHeaderModifier: {set: [{name: x-filter, value: kept}, {name: x-filtered, value: early}]}";
    let field = "traffic:
    transformation:
      request:
        set:
        - {name: x-who, value: \"'by ' + request.method\"}
        - {name: x-both, value: \"'rule'\"}
        - {name: x-gone, value: \"'rule'\"}
        - {name: x-filtered, value: \"'late'\"}
        - {name: authorization, value: \"'Bearer written'\"}
        add: [{name: x-added, value: \"'own'\"}]";
    let changes = policy("changes", &of_route("changed"), field);
    [served("llm", "changed", &spec, filters), changes].join(SEPARATOR)
}

/// What an upstream of a protocol got of a request, and whether the credential is the endpoint's.
fn written(asked: &RawRequest, authorization: &str) {
    for (name, expected) in [
        ("x-who", &["by POST"][..]),
        ("x-both", &["backend"]),
        ("x-gone", &[]),
        ("x-none", &[]),
        ("x-filter", &["kept"]),
        ("x-filtered", &["late"]),
        // What the client has sent beside it is on no list.
        ("x-added", &["own"]),
        ("x-client", &[]),
        ("authorization", &[authorization]),
    ] {
        assert_eq!(asked.values(name), expected, "{name}: {asked:?}");
    }
}

const CLIENTS: [(&str, &str); 5] = [
    ("accept", "application/json, text/event-stream"),
    ("x-none", "client"),
    ("x-gone", "client"),
    ("x-added", "client"),
    ("x-client", "client"),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_reaches_the_upstream_of_every_protocol() {
    const OK: &[u8] =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    let service = RawUpstream::serving(OK).await;
    let at = format!("host: 127.0.0.1, port: {}", service.port());
    let (mcp, llm, a2a) = (
        format!("mcp: {{targets: [{{name: t, static: {{{at}}}}}]}}"),
        format!("ai: {{groups: [{{providers: [{{name: m, {at}, openai: {{}}}}]}}]}}"),
        format!("a2a: {{{at}}}"),
    );
    let list = r#"{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{}}"#;
    let chat = r#"{"model":"m","messages":[]}"#;
    let send = r#"{"jsonrpc":"2.0","id":7,"method":"SendMessage","params":{}}"#;
    let key = "auth: {key: secret}, ";
    for (kind, own, path, body, authorization) in [
        (&mcp, "", "mcp", list, "Bearer written"),
        (&llm, "", "v1/chat/completions", chat, "Bearer written"),
        (&llm, key, "v1/chat/completions", chat, "Bearer secret"),
        (&a2a, "", "", send, "Bearer written"),
    ] {
        let (gateway, _servers) = before_demo(&speaking(kind, own)).await;
        let url = format!("{}/changed/{path}", gateway.url("llm"));
        let answer = post(&url, &CLIENTS, body).await;
        let Some(asked) = service.requests().pop() else {
            panic!("{kind}: {answer:?}");
        };
        written(&asked, authorization);
    }
    // An agent is asked for its card before it is sent a message.
    assert_eq!(service.calls().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_read_by_expressions_and_go_on_as_they_came() {
    const ANSWERS: [(&str, &str); 2] = [
        ("x-version: 7\r\n", "said"),
        ("x-version: 7\r\ncontent-encoding: br\r\n", ""),
    ];
    let transformation = r#"
      request:
        set: [{name: x-said, value: request.body}, {name: x-tone, value: json(request.body).tone}]
      response:
        set: [{name: x-both, value: "request.body + '/' + response.body + '/' + response.headers['x-version']"}]"#;
    for (fields, told) in ANSWERS {
        let answer = format!("HTTP/1.1 200 OK\r\n{fields}content-length: 4\r\n\r\nsaid");
        let service = RawUpstream::serving(answer).await;
        let (gateway, _servers) = before_demo(&changing(service.port(), transformation)).await;
        let url = format!("{}/changed", gateway.url("mcp"));
        let answer = post(&url, &[], r#"{"tone":"kind"}"#).await;
        assert_eq!(answer.body(), "said", "{answer:?}");
        let both = answer
            .headers()
            .get("x-both")
            .map(|it| it.to_str().unwrap());
        let expected = format!(r#"{{"tone":"kind"}}/{told}/7"#);
        assert_eq!(both, (!told.is_empty()).then_some(expected.as_str()));
        let coded = [("content-encoding", "br"), ("x-said", "client")];
        post(&url, &coded, "coded").await;
        post(&url, &[], "a".repeat(1024 * 1024 + 1)).await;
        let asked = service.requests();
        let said = |at: usize| (asked[at].values("x-said"), asked[at].body.len());
        assert_eq!(said(0), (vec![r#"{"tone":"kind"}"#], 15));
        assert_eq!(asked[0].values("x-tone"), ["kind"]);
        assert_eq!(said(1), (vec![], 5));
        assert_eq!(said(2), (vec![], 1024 * 1024 + 1));
    }
}
