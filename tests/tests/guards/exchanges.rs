//! Tokens of callers that are exchanged for tokens of the servers behind.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use agentgateway_tests::{get, raw::RawUpstream};

use super::{
    resources::{ISSUER, Signer},
    *,
};

const OK: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
const RESOURCE: &str = "https://mcp.example.org/team";

/// An authorization server that issues `t1`, `t2` and so on, and refuses those who come with this text.
pub(super) async fn exchange(refused: &'static str) -> RawUpstream {
    let issued = Arc::new(AtomicUsize::new(0));
    RawUpstream::start(move |mut connection| {
        let issued = issued.clone();
        async move {
            while let Some(request) = connection.request().await {
                let form = String::from_utf8(request.body).unwrap();
                let (status, said) = if !refused.is_empty() && form.contains(refused) {
                    ("400 Bad Request", json!({"error": "invalid_grant"}))
                } else {
                    let token = format!("t{}", issued.fetch_add(1, Ordering::Relaxed) + 1);
                    let said =
                        json!({"access_token": token, "token_type": "Bearer", "expires_in": 300});
                    ("200 OK", said)
                };
                let said = said.to_string();
                let length = said.len();
                let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\n");
                connection
                    .send(format!("{head}content-length: {length}\r\n\r\n{said}"))
                    .await;
            }
        }
    })
    .await
}

/// A server of MCP whose callers' tokens are exchanged at this port.
fn objects(signer: &Signer, server: u16, exchange: u16) -> String {
    let keys = signer.keys.port();
    let auth = format!(
        "{{oauthTokenExchange: {{url: 'http://127.0.0.1:{exchange}/token', clientAuth: {{clientId: \
         gateway, secretRef: {{name: own}}}}, resources: ['https://files.example.org/mcp'], \
         audiences: [files], scopes: [read, write]}}}}"
    );
    let server = format!(
        "{{mcp: {{targets: [{{name: a, static: {{host: 127.0.0.1, port: {server}}}}}]}}, \
         policies: {{auth: {auth}}}}}"
    );
    let field = format!(
        "backend: {{mcp: {{authentication: {{issuer: '{ISSUER}', jwks: {{url: \
         'http://127.0.0.1:{keys}/jwks.json'}}, resourceMetadata: {{resource: '{RESOURCE}'}}}}}}}}"
    );
    let secret = "
apiVersion: v1
kind: Secret
metadata: {name: own, namespace: default}
stringData: {clientSecret: hidden}
";
    [
        served("mcp", "team", &server, ""),
        policy("tokens", &of_route("team"), &field),
        secret.to_owned(),
    ]
    .join(SEPARATOR)
}

pub(super) async fn called(url: &str, token: &str) -> StatusCode {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("accept", "application/json, text/event-stream"),
        ("authorization", &bearer),
    ];
    let body = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x"}}"#;
    status(&post(&format!("{url}/team"), &headers, body).await)
}

/// Fault M34: a server that wants its callers' own tokens: it is sent one that was issued for it, to each caller
/// another, and what the caller has come with stays here.
#[tokio::test(flavor = "multi_thread")]
async fn each_caller_has_a_token_of_the_server_of_its_own() {
    let (signer, server, issuer) = (
        Signer::start().await,
        RawUpstream::serving(OK).await,
        exchange("").await,
    );
    let (gateway, _servers) = before_demo(&objects(&signer, server.port(), issuer.port())).await;
    let url = gateway.url("mcp");
    let (alice, bob) = (
        signer.token(&json!({})),
        signer.token(&json!({"sub": "bob"})),
    );
    for token in [&alice, &alice, &bob, &alice] {
        assert_eq!(called(&url, token).await, StatusCode::OK);
    }
    let sent: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.values("authorization").join("|"))
        .collect();
    assert_eq!(sent, ["Bearer t1", "Bearer t1", "Bearer t2", "Bearer t1"]);
    let asked = issuer.requests();
    assert_eq!(asked.len(), 2);
    assert!(
        asked[0].head.starts_with("POST /token "),
        "{}",
        asked[0].head
    );
    // gateway:hidden
    assert_eq!(
        asked[0].values("authorization"),
        ["Basic Z2F0ZXdheTpoaWRkZW4="]
    );
    let form = String::from_utf8(asked[0].body.clone()).unwrap();
    for said in [
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange",
        &format!("subject_token={alice}"),
        "resource=https%3A%2F%2Ffiles.example.org%2Fmcp",
        "audience=files",
        "scope=read+write",
    ] {
        assert!(form.contains(said), "{said}: {form}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_of_its_own_the_server_is_not_called() {
    let (signer, server) = (Signer::start().await, RawUpstream::serving(OK).await);
    let alice = signer.token(&json!({}));
    let refuses = exchange("subject_token").await;
    let objects_of = |exchange: u16| objects(&signer, server.port(), exchange);
    let (gateway, _servers) = before_demo(&objects_of(refuses.port())).await;
    assert_eq!(
        called(&gateway.url("mcp"), &alice).await,
        StatusCode::FORBIDDEN
    );
    let away = agentgateway_tests::free_port();
    let (gateway, _servers) = before_demo(&objects_of(away)).await;
    assert_eq!(
        called(&gateway.url("mcp"), &alice).await,
        StatusCode::BAD_GATEWAY
    );
    assert_eq!(server.begun(), 0);
}

/// The same before a server that is none of MCP, for callers that the route knows, by an assertion, at a service that
/// an object names.
#[tokio::test(flavor = "multi_thread")]
async fn a_callers_token_may_be_an_assertion_for_any_backend() {
    let (signer, server, issuer) = (
        Signer::start().await,
        RawUpstream::serving(OK).await,
        exchange("").await,
    );
    let auth = "auth: {oauthTokenExchange: {grantType: JwtBearer, path: /oauth2/token, backendRef: \
                {group: agentgateway.dev, kind: AgentgatewayBackend, name: issuer}}}";
    let keys = signer.keys.port();
    let callers = format!(
        "traffic: {{jwtAuthentication: {{providers: [{{issuer: '{ISSUER}', jwks: {{remote: {{url: \
         'http://127.0.0.1:{keys}/jwks.json'}}}}}}]}}}}"
    );
    let objects = [
        served(
            "mcp",
            "plain",
            &at(server.port(), &format!("policies: {{{auth}}}")),
            "",
        ),
        backend(
            "issuer",
            &format!("{{static: {{host: 127.0.0.1, port: {}}}}}", issuer.port()),
        ),
        policy("callers", &of_route("plain"), &callers),
    ]
    .join(SEPARATOR);
    let (gateway, _servers) = before_demo(&objects).await;
    let url = format!("{}/plain", gateway.url("mcp"));
    assert_eq!(status(&get(&url).await), StatusCode::UNAUTHORIZED);
    let token = signer.token(&json!({}));
    let bearer = format!("Bearer {token}");
    let answer = post(&url, &[("authorization", &bearer)], "{}").await;
    assert_eq!(status(&answer), StatusCode::OK, "{answer:?}");
    let [request] = server.requests().try_into().unwrap();
    assert_eq!(request.values("authorization"), ["Bearer t1"]);
    let [asked] = issuer.requests().try_into().unwrap();
    assert!(
        asked.head.starts_with("POST /oauth2/token "),
        "{}",
        asked.head
    );
    let form = String::from_utf8(asked.body).unwrap();
    assert!(form.ends_with(&format!("&assertion={token}")), "{form}");
}
