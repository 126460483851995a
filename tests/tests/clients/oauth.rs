//! A real client that finds out by itself where tokens are had, and gets one.

use agentgateway_tests::{Configured, Manifests, Peer, free_port, objects, python, run_client};

/// The client's way through a gateway with a policy of this field, made of the issuer's URL and the resource's.
async fn finds_its_way(field: impl Fn(&str, &str) -> String) {
    let issuer = Peer::python("py", "oauth_server.py", &[]).await;
    let server = Peer::python("py", "mcp_server.py", &[]).await;
    let (port, issuer) = (free_port(), format!("http://127.0.0.1:{}", issuer.port()));
    let url = format!("http://127.0.0.1:{port}/mcp");
    let backend = format!(
        "{{mcp: {{targets: [{{name: peer, static: {{host: 127.0.0.1, port: {}}}}}]}}}}",
        server.port()
    );
    let field = field(&issuer, &url);
    let policy = objects::policy("tokens", &objects::of_listener("mcp"), &field);
    let manifests = Manifests::default().route("mcp", "/mcp", None, &backend);
    let manifests = manifests.and(&policy).ports(free_port(), port, free_port());
    let gateway = Configured::new(manifests).start(&[]).await;
    run_client(python("py"), "mcp_oauth.py", &[&url]).await;
    assert_eq!(gateway.stop().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn python_finds_the_authorization_server_and_comes_with_a_token() {
    finds_its_way(|issuer, url| {
        format!(
            "backend: {{mcp: {{authentication: {{issuer: '{issuer}', jwks: {{url: '{issuer}/jwks.json'}}, \
             resourceMetadata: {{resource: '{url}', scopesSupported: [mcp]}}}}}}}}"
        )
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_finds_it_where_the_route_asks_for_the_token_too() {
    finds_its_way(|issuer, url| {
        format!(
            "traffic: {{jwtAuthentication: {{providers: [{{issuer: '{issuer}', jwks: {{remote: {{url: \
             '{issuer}/jwks.json'}}}}}}], mcp: {{resourceMetadata: {{resource: '{url}', scopesSupported: [mcp]}}}}}}}}"
        )
    })
    .await;
}
