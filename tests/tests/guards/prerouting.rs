//! What policies of the phase PreRouting decide before a route is chosen.

use agentgateway_tests::raw::{RawAnswer, RawClient, RawUpstream};

use super::*;

/// Callers known by keys, whose team chooses the service; of the team `red` nobody may delete.
fn teams(red: u16, any: u16) -> String {
    format!(
        r#"
apiVersion: v1
kind: Secret
metadata: {{name: keys, namespace: default}}
stringData:
  alice: '{{"key": "k-alice-3q7v9dJq0yW1", "metadata": {{"team": "red"}}}}'
  bob: '{{"key": "k-bob-9dJq0yW13q7v", "metadata": {{"team": "blue"}}}}'
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: teams, namespace: default}}
spec:
  parentRefs: [{{name: gateway, sectionName: llm}}]
  rules:
  - matches: [{{path: {{type: PathPrefix, value: /work}}}}]
    backendRefs: [{{group: agentgateway.dev, kind: AgentgatewayBackend, name: any}}]
  - matches: [{{path: {{type: PathPrefix, value: /work}}, headers: [{{name: x-team, value: red}}]}}]
    backendRefs: [{{group: agentgateway.dev, kind: AgentgatewayBackend, name: red}}]
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {{name: early, namespace: default}}
spec:
  targetRefs: [{{group: gateway.networking.k8s.io, kind: Gateway, name: gateway, sectionName: llm}}]
  traffic:
    phase: PreRouting
    cors: {{allowOrigins: ['https://a.example']}}
    apiKeyAuthentication: {{secretRef: {{name: keys}}}}
    transformation: {{request: {{set: [{{name: x-team, value: apiKey.team}}]}}}}
    authorization:
      action: Deny
      policy: {{matchExpressions: ['apiKey.team == "red" && request.method == "DELETE"']}}
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {{name: late, namespace: default}}
spec:
  targetRefs: [{{group: gateway.networking.k8s.io, kind: HTTPRoute, name: teams}}]
  traffic:
    authorization:
      action: Deny
      policy: {{matchExpressions: ['principal.name == "bob" && request.path == "/work/secret"']}}
---
{}---
{}"#,
        backend("red", &at(red, "")),
        backend("any", &at(any, ""))
    )
}

const ALICE: &str = "Bearer k-alice-3q7v9dJq0yW1";
const BOB: &str = "Bearer k-bob-9dJq0yW13q7v";

async fn asked(url: &str, method: &str, headers: &[(&str, &str)]) -> RawAnswer {
    let rest = url.strip_prefix("http://").unwrap();
    let (addr, path) = rest.split_once('/').unwrap();
    let mut client = RawClient::connect(addr.parse().unwrap()).await;
    let fields = headers.iter();
    let fields: String = fields
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    client
        .send(format!(
            "{method} /{path} HTTP/1.1\r\nhost: localhost\r\n{fields}\r\n"
        ))
        .await;
    client.answer().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_calls_chooses_the_route() {
    const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let (red, any) = (
        RawUpstream::serving(OK).await,
        RawUpstream::serving(OK).await,
    );
    let (gateway, _servers) = before_demo(&teams(red.port(), any.port())).await;
    let url = format!("{}/work", gateway.url("llm"));
    // Whatever a client says of itself.
    let lie = ("x-team", "red");
    for (key, served, other) in [(ALICE, &red, &any), (BOB, &any, &red)] {
        let before = (served.begun(), other.begun());
        let answer = asked(&url, "GET", &[("authorization", key), lie]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!((served.begun(), other.begun()), (before.0 + 1, before.1));
        let head = served.requests().pop().unwrap();
        let team = if key == ALICE { "red" } else { "blue" };
        assert_eq!(head.values("x-team"), [team]);
    }
    let begun = red.begun() + any.begun();

    let unknown = asked(&url, "GET", &[]).await;
    assert_eq!(unknown.status, 401);
    // Nobody learns from outside which paths there are.
    let nowhere = format!("{}/nowhere", gateway.url("llm"));
    assert_eq!(asked(&nowhere, "GET", &[]).await.status, 401);
    let known = asked(&nowhere, "GET", &[("authorization", BOB)]).await;
    assert_eq!(known.status, 404);
    let denied = asked(&url, "DELETE", &[("authorization", ALICE)]).await;
    assert_eq!(denied.status, 403);
    // The caller is known to the policies of the route, which come after.
    let late = asked(&format!("{url}/secret"), "GET", &[("authorization", BOB)]).await;
    assert_eq!(late.status, 403);
    assert_eq!(red.begun() + any.begun(), begun);

    // Other listeners are nobody's concern.
    let other = call(&gateway.url("mcp"), None, "tools/list", json!({})).await;
    assert_eq!(other.status(), StatusCode::OK);
    let metrics = agentgateway_tests::get(&format!("{}/metrics", gateway.admin())).await;
    let metrics = String::from_utf8(metrics.into_body().to_vec()).unwrap();
    for (outcome, count) in [("complete", 2), ("error", 5)] {
        let line = format!(
            "agentgateway_requests_total{{protocol=\"http\",outcome=\"{outcome}\"}} {count}"
        );
        assert!(metrics.contains(&line), "{line} in {metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_ask_leave_before_they_are_asked_who_they_are() {
    const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let service = RawUpstream::serving(OK).await;
    let (gateway, _servers) = before_demo(&teams(service.port(), service.port())).await;
    let url = format!("{}/work", gateway.url("llm"));
    const ALLOWED: &str = "access-control-allow-origin";
    let origin = ("origin", "https://a.example");
    let preflight = [origin, ("access-control-request-method", "GET")];
    let answer = asked(&url, "OPTIONS", &preflight).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.values(ALLOWED), ["https://a.example"]);
    assert_eq!(service.begun(), 0);
    for (headers, status) in [
        (vec![origin, ("authorization", BOB)], 200),
        (vec![origin], 401),
    ] {
        let answer = asked(&url, "GET", &headers).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.values(ALLOWED), ["https://a.example"]);
    }
}
