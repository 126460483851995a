//! Guards that cannot be understood keep out everybody.

use super::*;

fn policy(traffic: &str) -> String {
    format!(
        "
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {{name: guard, namespace: default}}
spec:
  targetRefs: [{{group: gateway.networking.k8s.io, kind: Gateway, name: gateway}}]
  traffic: {traffic}
"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_with_a_fault_lets_nobody_pass() {
    for traffic in [
        r#"{authorization: {policy: {matchExpressions: ["mcp.toool == 'a'"]}}}"#,
        "{apiKeyAuthentication: {secretRef: {name: none}}}",
        "{basicAuthentication: {users: [nonsense]}}",
        "{jwtAuthentication: {providers: [{issuer: a, jwks: {inline: \"{}\"}}]}}",
    ] {
        let (gateway, _servers) = before_demo(&policy(traffic)).await;
        let answer = call(&gateway.url("mcp"), None, "tools/list", json!({})).await;
        assert_eq!(
            status(&answer),
            StatusCode::INTERNAL_SERVER_ERROR,
            "{traffic}"
        );
    }
}
