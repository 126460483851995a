//! What policies answer by themselves.

use super::*;

const ROUTES: &str = r#"
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: bare, namespace: default}
spec:
  parentRefs: [{name: gateway, sectionName: mcp}]
  rules:
  - matches: [{path: {type: PathPrefix, value: /bare}}]
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {name: answer, namespace: default}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: bare}]
  traffic:
    csrf: {additionalOrigins: ["https://app.example"]}
    delay: {duration: "1"}
    directResponse:
      status: 418
      bodyExpression: "'no ' + request.path"
      headers: [{name: x-method, value: request.method}]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_route_without_a_backend_is_answered_by_its_policy() {
    let (gateway, _servers) = before_demo(ROUTES).await;
    let url = format!("{}/bare/x", gateway.url("mcp"));
    let answer = post(&url, &[], "{}").await;
    assert_eq!(answer.status(), StatusCode::IM_A_TEAPOT, "{answer:?}");
    assert_eq!(answer.body(), "no /bare/x");
    assert_eq!(answer.headers()["x-method"], "POST");

    let foreign = post(&url, &[("origin", "https://evil.example")], "{}").await;
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    let allowed = post(&url, &[("origin", "https://app.example")], "{}").await;
    assert_eq!(allowed.status(), StatusCode::IM_A_TEAPOT);
}
