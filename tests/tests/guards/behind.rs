//! What is decided before one backend, by policies at its side.

use agentgateway_tests::{get, raw::RawUpstream};

use super::*;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nx-version: 1\r\ncontent-length: 0\r\n\r\n";
const NO: &[u8] = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";

/// A policy with these fields under `backend`, for all backends of the Gateway's listener `mcp`.
fn of_backends(fields: &str) -> String {
    policy("behind", &of_listener("mcp"), &format!("backend: {fields}"))
}

async fn tool(url: &str, name: &str) -> Response<Bytes> {
    let params = json!({ "name": name, "arguments": {} });
    call(url, None, "tools/call", params).await
}

/// What a tool is answered that nobody has.
fn unknown(tool: &str) -> Value {
    let message = format!("Unknown tool: {tool}");
    json!({ "jsonrpc": "2.0", "id": 7, "error": { "code": -32602, "message": message } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_the_rules_of_its_backend_do_not_allow_is_not_there() {
    for (action, rule) in [
        ("Allow", r#"mcp.tool == \"echo\""#),
        (
            "Require",
            r#"mcp.method != \"tools/call\" || mcp.tool == \"echo\""#,
        ),
        ("Deny", r#"mcp.tool in [\"add\", \"count\", \"drop\"]"#),
    ] {
        let rules = format!(
            "{{mcp: {{authorization: {{action: {action}, policy: {{matchExpressions: [\"{rule}\"]}}}}}}}}"
        );
        let (gateway, _servers) = before_demo(&of_backends(&rules)).await;
        let url = gateway.url("mcp");
        let allowed = tool(&url, "echo").await;
        assert_eq!(status(&allowed), StatusCode::OK, "{allowed:?}");
        assert!(said(&allowed).get("error").is_none(), "{allowed:?}");
        // One that the server has, and one that it has not: nobody can tell them apart, or reads a rule.
        for name in ["add", "drop"] {
            let denied = tool(&url, name).await;
            assert_eq!(status(&denied), StatusCode::OK, "{denied:?}");
            assert_eq!(said(&denied), unknown(name));
        }
        // The list is that of the same rules.
        let list = call(&url, None, "tools/list", json!({})).await;
        let tools = &said(&list)["result"]["tools"];
        let names: Vec<_> = tools
            .as_array()
            .unwrap()
            .iter()
            .map(|tool| &tool["name"])
            .collect();
        assert_eq!(names, ["echo"], "{action}");
        // What names no tool is none of their business, and other protocols are not.
        let hello = json!({"protocolVersion": "2025-11-25", "capabilities": {},
                           "clientInfo": {"name": "test", "version": "1"}});
        let hello = call(&url, None, "initialize", hello).await;
        assert!(
            said(&hello)["result"]["protocolVersion"].is_string(),
            "{hello:?}"
        );
        let models = get(&format!("{}/v1/models", gateway.url("llm"))).await;
        assert_eq!(models.status(), StatusCode::OK);
    }
}

/// The policy of the guide, whose target is called otherwise here.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_tool_policy_does_what_its_guide_says() {
    let guide = include_str!("../../../docs/guides/first-tool-policy.md");
    let (_, policy) = guide.split_once("```yaml\n").unwrap();
    let (policy, _) = policy.split_once("```").unwrap();
    let theirs = "{group: agentgateway.dev, kind: AgentgatewayBackend, name: tools}";
    assert!(policy.contains(theirs));
    let policy = policy.replace(theirs, &of_listener("mcp"));
    let (gateway, _servers) = before_demo(&policy).await;
    let url = gateway.url("mcp");
    let add = json!({ "name": "add", "arguments": { "a": 1, "b": 2 } });
    let add = call(&url, None, "tools/call", add).await;
    assert_eq!(
        said(&add)["result"]["structuredContent"]["sum"],
        3,
        "{add:?}"
    );
    assert_eq!(said(&tool(&url, "count").await), unknown("count"));
    let list = call(&url, None, "tools/list", json!({})).await;
    let list = &said(&list)["result"]["tools"];
    assert_eq!(list.as_array().unwrap().len(), 2, "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_that_of_the_one_who_asks() {
    let rule =
        r#"mcp.tool == 'echo' || request.headers['x-team'] == 'blue' && mcp.target == 'demo'"#;
    let rules =
        format!("{{mcp: {{authorization: {{policy: {{matchExpressions: [\"{rule}\"]}}}}}}}}");
    let (gateway, _servers) = before_demo(&of_backends(&rules)).await;
    let url = format!("{}/mcp", gateway.url("mcp"));
    let names = async |team: &str| {
        let list = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/list" });
        let answer = post(&url, &[("x-team", team)], list.to_string()).await;
        let said = said(&answer);
        let tools = said["result"]["tools"].as_array().unwrap().clone();
        tools
            .iter()
            .map(|tool| tool["name"].to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("red").await, [r#""echo""#]);
    assert_eq!(names("blue").await, [r#""echo""#, r#""add""#, r#""count""#]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_of_the_route_and_of_the_backend_must_both_be_content() {
    let both = |route: &str, backend: &str| {
        let of =
            |tool: &str| format!("{{policy: {{matchExpressions: ['mcp.tool == \"{tool}\"']}}}}");
        format!(
            "{}  traffic: {{authorization: {}}}\n",
            of_backends(&format!("{{mcp: {{authorization: {}}}}}", of(backend))),
            of(route)
        )
    };
    let (gateway, _servers) = before_demo(&both("echo", "echo")).await;
    let passed = tool(&gateway.url("mcp"), "echo").await;
    assert_eq!(status(&passed), StatusCode::OK, "{passed:?}");
    let (gateway, _servers) = before_demo(&both("echo", "other")).await;
    let denied = tool(&gateway.url("mcp"), "echo").await;
    assert_eq!(said(&denied), unknown("echo"));
    let (gateway, _servers) = before_demo(&both("other", "echo")).await;
    let denied = tool(&gateway.url("mcp"), "echo").await;
    assert_eq!(status(&denied), StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_asked_before_its_backend_alone_and_copies_do_not_pass_it() {
    let (service, other, copies) = (
        RawUpstream::serving(OK).await,
        RawUpstream::serving(OK).await,
        RawUpstream::serving(OK).await,
    );
    let judge = RawUpstream::serving(NO).await;
    let asks = format!(
        "policies: {{extAuth: {{url: 'http://127.0.0.1:{}', http: {{}}, forwardBody: {{maxSize: 1Ki}}}}}}",
        judge.port()
    );
    let mirror = |to: &str| {
        format!(
            "filters: [{{type: RequestMirror, requestMirror: {{backendRef: {{group: agentgateway.dev, kind: \
             AgentgatewayBackend, name: {to}}}}}}}]"
        )
    };
    // One that is guarded with a copy to one that is not, and the reverse.
    let objects = [
        backend("copies", &at(copies.port(), "")),
        served(
            "mcp",
            "guarded",
            &at(service.port(), &asks),
            &mirror("copies"),
        ),
        served("mcp", "open", &at(other.port(), ""), &mirror("guarded")),
    ];
    let (gateway, _servers) = before_demo(&objects.join(SEPARATOR)).await;
    let url = gateway.url("mcp");
    for _ in 0..3 {
        let refused = post(&format!("{url}/guarded"), &[], "{}").await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{refused:?}");
        let passed = post(&format!("{url}/open"), &[], "{}").await;
        assert_eq!(passed.status(), StatusCode::OK, "{passed:?}");
    }
    // Each has asked, since its body was read: three requests and three copies to the guarded one, and three
    // copies of what it refused.
    judge.requested(9).await;
    assert_eq!((service.begun(), copies.begun(), other.begun()), (0, 0, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_sees_what_its_transformation_writes_and_others_do_not() {
    let (service, other) = (
        RawUpstream::serving(OK).await,
        RawUpstream::serving(OK).await,
    );
    let changes = r#"policies: {transformation: {
      request: {set: [{name: x-tenant, value: "'blue'"}, {name: ":path", value: "'/v2' + request.path"}]},
      response: {remove: [x-version]}}}"#;
    let objects = [
        served("mcp", "changed", &at(service.port(), changes), ""),
        served("mcp", "same", &at(other.port(), ""), ""),
    ];
    let (gateway, _servers) = before_demo(&objects.join(SEPARATOR)).await;
    let url = gateway.url("mcp");
    let answer = post(&format!("{url}/changed"), &[("x-tenant", "mine")], "{}").await;
    assert_eq!(answer.status(), StatusCode::OK, "{answer:?}");
    assert!(!answer.headers().contains_key("x-version"));
    let asked = service.requests().remove(0);
    assert!(asked.head.starts_with("POST /v2/changed "), "{asked:?}");
    assert_eq!(asked.values("x-tenant"), ["blue"]);
    let answer = post(&format!("{url}/same"), &[("x-tenant", "mine")], "{}").await;
    assert!(answer.headers().contains_key("x-version"));
    let asked = other.requests().remove(0);
    assert!(asked.head.starts_with("POST /same "), "{asked:?}");
    assert_eq!(asked.values("x-tenant"), ["mine"]);
}

/// An agent is sent the headers that are on a list, and those that a service which is asked has written.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_writes_reaches_a_backend_that_takes_headers_by_a_list() {
    let service = RawUpstream::serving(OK).await;
    const ALICE: &[u8] = b"HTTP/1.1 200 OK\r\nx-user: alice\r\ncontent-length: 0\r\n\r\n";
    let judge = RawUpstream::serving(ALICE).await;
    let agent = format!(
        "{{a2a: {{host: 127.0.0.1, port: {}}}, policies: {{extAuth: {{url: 'http://127.0.0.1:{}',
        http: {{allowedResponseHeaders: [x-user]}}}}}}}}",
        service.port(),
        judge.port()
    );
    let (gateway, _servers) = before_demo(&served("mcp", "agent", &agent, "")).await;
    let call = r#"{"jsonrpc": "2.0", "id": 1, "method": "GetTask", "params": {"id": "t"}}"#;
    let sent = [("x-own", "mine"), ("x-user", "root")];
    let answer = post(&format!("{}/agent", gateway.url("mcp")), &sent, call).await;
    let asked = service.requests().pop();
    let asked = asked.unwrap_or_else(|| panic!("{answer:?}"));
    assert_eq!(asked.values("x-user"), ["alice"]);
    assert!(asked.values("x-own").is_empty(), "{asked:?}");
}

/// Fault C01: a guard of backends that cannot be understood, or a credential that is not there, closes them.
#[tokio::test(flavor = "multi_thread")]
async fn a_guard_of_backends_with_a_fault_lets_nobody_pass() {
    for fault in [
        "{mcp: {authorization: {policy: {matchExpressions: [\"mcp.toool == 'a'\"]}}}}",
        "{extAuth: {backendRef: {name: none, port: 1}, grpc: {}}}",
        "{transformation: {request: {set: [{name: x, value: '1 +'}]}}}",
        "{auth: {secretRef: {name: none}}}",
    ] {
        let (gateway, _servers) = before_demo(&of_backends(fault)).await;
        let answer = call(&gateway.url("mcp"), None, "tools/list", json!({})).await;
        assert_eq!(
            status(&answer),
            StatusCode::INTERNAL_SERVER_ERROR,
            "{fault}"
        );
    }
}
