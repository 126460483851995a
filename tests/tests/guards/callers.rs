//! Callers of servers of tools, known by keys.

use agentgateway_tests::raw::RawUpstream;

use super::*;

const KEYS: &str = r#"
apiVersion: v1
kind: Secret
metadata: {name: keys, namespace: default}
stringData:
  alice: '{"key": "k-alice-3q7v9dJq0yW1", "metadata": {"group": "admin"}}'
  bob: k-bob-9dJq0yW13q7v
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {name: callers, namespace: default}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: gateway, sectionName: mcp}]
  traffic:
    apiKeyAuthentication: {secretRef: {name: keys}}
    authorization:
      action: Require
      policy:
        matchExpressions:
        - mcp.method != "tools/call" || (has(apiKey.group) && apiKey.group == "admin")
"#;

const ALICE: Option<&str> = Some("k-alice-3q7v9dJq0yW1");
const BOB: Option<&str> = Some("k-bob-9dJq0yW13q7v");

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_is_known_and_may_do_what_the_rules_say() {
    let (gateway, _servers) = before_demo(KEYS).await;
    let url = gateway.url("mcp");
    let list = |key| call(&url, key, "tools/list", json!({}));

    let unknown = list(None).await;
    assert_eq!(status(&unknown), StatusCode::UNAUTHORIZED);
    assert!(unknown.headers().contains_key("www-authenticate"));
    assert_eq!(said(&unknown)["jsonrpc"], "2.0", "{unknown:?}");
    let wrong = list(Some("k-guess")).await;
    assert_eq!(status(&wrong), StatusCode::UNAUTHORIZED);

    let known = list(BOB).await;
    assert_eq!(status(&known), StatusCode::OK, "{known:?}");
    let call = |key| {
        call(
            &url,
            key,
            "tools/call",
            json!({ "name": "echo", "arguments": {} }),
        )
    };
    let refused = call(BOB).await;
    assert_eq!(status(&refused), StatusCode::FORBIDDEN, "{refused:?}");
    let told = said(&refused);
    assert_eq!(told["id"], 7, "{told}");
    let text = told.to_string();
    assert!(
        !text.contains("apiKey") && !text.contains("callers"),
        "{text}"
    );
    assert_eq!(status(&call(ALICE).await), StatusCode::OK);

    // The policy is for one listener.
    let other = agentgateway_tests::get(&format!("{}/v1/models", gateway.url("llm"))).await;
    assert_ne!(other.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_told_to_known_callers_alone() {
    let route = "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: moved, namespace: default}
spec:
  parentRefs: [{name: gateway, sectionName: mcp}]
  rules:
  - matches: [{path: {type: PathPrefix, value: /old}}]
    filters: [{type: RequestRedirect, requestRedirect: {hostname: new.example, statusCode: 301}}]
---
";
    let (gateway, _servers) = before_demo(&format!("{route}{}", KEYS.trim_start())).await;
    let url = format!("{}/old", gateway.url("mcp"));
    let unknown = agentgateway_tests::get(&url).await;
    assert_eq!(unknown.status(), StatusCode::UNAUTHORIZED);
    assert!(!unknown.headers().contains_key("location"));
    let known = async |key: Option<&str>| {
        let bearer = format!("Bearer {}", key.unwrap());
        post(&url, &[("authorization", &bearer)], "{}").await
    };
    // No method of tools is named there: only who is an admin fulfils what is required.
    assert_eq!(known(BOB).await.status(), StatusCode::FORBIDDEN);
    let admin = known(ALICE).await;
    assert_eq!(admin.status(), StatusCode::MOVED_PERMANENTLY);
    assert!(admin.headers().contains_key("location"));
}

/// A rule may ask which server, agent or provider a call is for.
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_knows_what_a_call_is_for() {
    const OK: &[u8] =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    let service = RawUpstream::serving(OK).await;
    let at = format!("host: 127.0.0.1, port: {}", service.port());
    let list = r#"{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{}}"#;
    let chat = r#"{"model":"m","messages":[]}"#;
    let send = r#"{"jsonrpc":"2.0","id":7,"method":"GetTask","params":{"id":"t"}}"#;
    for (spec, path, body, rule) in [
        (
            format!("{{mcp: {{targets: [{{name: files, static: {{{at}}}}}]}}}}"),
            "mcp",
            list,
            "mcp.target == 'files'",
        ),
        (
            format!("{{a2a: {{{at}}}}}"),
            "",
            send,
            "a2a.agent == 'service'",
        ),
        (
            format!("{{ai: {{provider: {{{at}, anthropic: {{}}}}}}}}"),
            "v1/messages",
            chat,
            "llm.provider == 'anthropic'",
        ),
    ] {
        for (rule, is_allowed) in [(rule.to_owned(), true), (format!("!({rule})"), false)] {
            let field = format!(
                "traffic: {{authorization: {{action: Require, policy: {{matchExpressions: [\"{rule}\"]}}}}}}"
            );
            let objects = [
                served("llm", "service", &spec, FROM_THE_ROOT),
                policy("rules", &of_route("service"), &field),
            ];
            let (gateway, _servers) = before_demo(&objects.join(SEPARATOR)).await;
            let accept = [("accept", "application/json, text/event-stream")];
            let url = format!("{}/service/{path}", gateway.url("llm"));
            let answer = post(&url, &accept, body).await;
            let is_forbidden = answer.status() == StatusCode::FORBIDDEN;
            assert_eq!(is_forbidden, !is_allowed, "{rule}: {answer:?}");
        }
    }
    assert_eq!(service.begun(), 3);
}
