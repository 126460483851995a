//! Guards that cannot be understood keep out everybody.

use super::*;

fn guarded(traffic: &str) -> String {
    let all = "{group: gateway.networking.k8s.io, kind: Gateway, name: gateway}";
    policy("guard", all, &format!("traffic: {traffic}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_with_a_fault_lets_nobody_pass() {
    for traffic in [
        r#"{authorization: {policy: {matchExpressions: ["mcp.toool == 'a'"]}}}"#,
        "{apiKeyAuthentication: {secretRef: {name: none}}}",
        "{basicAuthentication: {users: [nonsense]}}",
        "{jwtAuthentication: {providers: [{issuer: a, jwks: {inline: \"{}\"}}]}}",
    ] {
        let (gateway, _servers) = before_demo(&guarded(traffic)).await;
        let answer = call(&gateway.url("mcp"), None, "tools/list", json!({})).await;
        assert_eq!(
            status(&answer),
            StatusCode::INTERNAL_SERVER_ERROR,
            "{traffic}"
        );
    }
}
