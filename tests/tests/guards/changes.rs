//! What is changed by expressions.

use agentgateway_tests::raw::RawUpstream;

use super::*;

fn changing(to: u16, transformation: &str) -> String {
    format!(
        "
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayBackend
metadata: {{name: service, namespace: default}}
spec: {{static: {{host: 127.0.0.1, port: {to}}}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: changed, namespace: default}}
spec:
  parentRefs: [{{name: gateway, sectionName: mcp}}]
  rules:
  - matches: [{{path: {{type: PathPrefix, value: /changed}}}}]
    backendRefs: [{{group: agentgateway.dev, kind: AgentgatewayBackend, name: service}}]
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {{name: changes, namespace: default}}
spec:
  targetRefs: [{{group: gateway.networking.k8s.io, kind: Gateway, name: gateway, sectionName: mcp}}]
  traffic:
    authorization: {{action: Deny, policy: {{matchExpressions: ['metadata.path == \"/changed/secret\"']}}}}
    transformation: {transformation}
"
    )
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
