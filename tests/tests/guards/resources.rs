//! A server of tools that is a resource of OAuth, with an issuer whose keys are fetched.

use std::time::{Duration, SystemTime};

use agentgateway_tests::{get, raw::RawUpstream};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use rcgen::{KeyPair, PKCS_ED25519, SigningKey};

use super::*;

pub(super) const ISSUER: &str = "https://id.example.org";
const RESOURCE: &str = "https://mcp.example.org/team";
const METADATA: &str = "https://mcp.example.org/.well-known/oauth-protected-resource/team";
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
const OK: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

/// An issuer of tokens, and its keys behind HTTP.
pub(super) struct Signer {
    pair: KeyPair,
    pub(super) keys: RawUpstream,
}

impl Signer {
    pub(super) async fn start() -> Self {
        let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let key = BASE64.encode(pair.public_key_raw());
        let jwks = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": key}]});
        let jwks = jwks.to_string();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length:";
        let keys = RawUpstream::serving(format!("{head} {}\r\n\r\n{jwks}", jwks.len())).await;
        Self { pair, keys }
    }

    /// A token that is good for some minutes, with these claims beside or in the place of its own.
    pub(super) fn token(&self, claims: &Value) -> String {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap() + Duration::from_secs(300);
        let mut all = json!({
            "iss": ISSUER, "sub": "alice", "aud": RESOURCE, "exp": now.as_secs(), "scope": "mcp"
        });
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        let header = json!({"alg": "EdDSA", "kid": "k"}).to_string();
        let signed = format!(
            "{}.{}",
            BASE64.encode(header),
            BASE64.encode(all.to_string())
        );
        let signature = BASE64.encode(self.pair.sign(signed.as_bytes()).unwrap());
        format!("{signed}.{signature}")
    }

    /// Policies of the server `team`: it is a resource, and its tools are for who has been let in.
    fn objects(&self, server: u16, mode: &str) -> String {
        let keys = self.keys.port();
        let server = format!(
            "{{mcp: {{targets: [{{name: a, static: {{host: 127.0.0.1, port: {server}}}}}]}}, \
             policies: {{auth: {{key: own-of-the-server}}}}}}"
        );
        let field = format!(
            "backend:
    mcp:
      authentication:
        mode: {mode}
        issuer: {ISSUER}
        jwks: {{url: 'http://127.0.0.1:{keys}/jwks.json'}}
        resourceMetadata: {{resource: {RESOURCE}, scopesSupported: [mcp]}}
      authorization:
        action: Deny
        policy: {{matchExpressions: ['mcp.tool == \"drop\" && jwt.sub != \"root\"']}}"
        );
        [
            served("mcp", "team", &server, ""),
            policy("tokens", &of_route("team"), &field),
        ]
        .join(SEPARATOR)
    }
}

async fn tool(url: &str, token: Option<&str>, name: &str) -> Response<Bytes> {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("accept", "application/json, text/event-stream")];
    headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    let body = json!({
        "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": name, "arguments": {}}
    });
    post(&format!("{url}/team"), &headers, body.to_string()).await
}

fn challenge(response: &Response<Bytes>) -> &str {
    response.headers()["www-authenticate"].to_str().unwrap()
}

/// Fault M34: a client's token, and a server with a credential of its own: it is sent that alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_comes_with_a_token_for_the_resource_and_it_goes_no_further() {
    let (signer, server) = (Signer::start().await, RawUpstream::serving(OK).await);
    let objects = signer.objects(server.port(), "Strict");
    let (gateway, _servers) = before_demo(&objects).await;
    let url = gateway.url("mcp");

    let token = signer.token(&json!({}));
    let known = tool(&url, Some(&token), "search").await;
    assert_eq!(status(&known), StatusCode::OK, "{known:?}");
    let [request] = server.requests().try_into().unwrap();
    assert_eq!(
        request.values("authorization"),
        ["Bearer own-of-the-server"]
    );
    assert!(!request.head.contains(&token));

    // The rules know whom the token names.
    let denied = tool(&url, Some(&token), "drop").await;
    let said = String::from_utf8_lossy(denied.body());
    assert!(said.contains("Unknown tool: drop"), "{said}");
    assert_eq!(server.requests().len(), 1);
    let root = signer.token(&json!({"sub": "root"}));
    assert_eq!(
        status(&tool(&url, Some(&root), "drop").await),
        StatusCode::OK
    );

    // Keys are fetched once for all of that, and other servers of the listener ask for nothing.
    assert_eq!(signer.keys.begun(), 1);
    let other = call(&url, None, "tools/list", json!({})).await;
    assert_eq!(status(&other), StatusCode::OK, "{other:?}");
}

/// Fault M32: tokens that are not for this resource, or from nobody who is believed: 401 with where to
/// get another, and the server sees nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_good_token_is_told_where_to_get_one() {
    let (signer, server) = (Signer::start().await, RawUpstream::serving(OK).await);
    let objects = signer.objects(server.port(), "Strict");
    let (gateway, _servers) = before_demo(&objects).await;
    let url = gateway.url("mcp");

    let start =
        format!("Bearer realm=\"Restricted\",resource_metadata=\"{METADATA}\",scope=\"mcp\"");
    let none = tool(&url, None, "search").await;
    assert_eq!(status(&none), StatusCode::UNAUTHORIZED);
    assert_eq!(challenge(&none), start);
    assert_eq!(said(&none)["jsonrpc"], "2.0", "{none:?}");
    let foreign = Signer::start().await;
    for (what, token) in [
        (
            "another audience",
            signer.token(&json!({"aud": "https://mcp.example.org/other"})),
        ),
        ("no audience", signer.token(&json!({"aud": []}))),
        (
            "another issuer",
            signer.token(&json!({"iss": "https://id.example.com"})),
        ),
        ("expired", signer.token(&json!({"exp": 1_000_000_000}))),
        ("another key", foreign.token(&json!({}))),
    ] {
        let refused = tool(&url, Some(&token), "search").await;
        assert_eq!(status(&refused), StatusCode::UNAUTHORIZED, "{what}");
        let expected = format!("{start},error=\"invalid_token\"");
        assert!(
            challenge(&refused).starts_with(&expected),
            "{what}: {refused:?}"
        );
    }
    let query = format!("{url}/team?access_token={}", signer.token(&json!({})));
    let named = post(&query, &[], r#"{"jsonrpc":"2.0","id":7,"method":"ping"}"#).await;
    assert_eq!(status(&named), StatusCode::BAD_REQUEST, "{named:?}");
    assert!(challenge(&named).contains("error=\"invalid_request\""));
    assert_eq!(server.begun(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metadata_are_there_for_anybody() {
    let (signer, server) = (Signer::start().await, RawUpstream::serving(OK).await);
    let objects = signer.objects(server.port(), "Strict");
    let (gateway, _servers) = before_demo(&objects).await;
    let url = gateway.url("mcp");
    for path in [format!("{WELL_KNOWN}/team"), WELL_KNOWN.to_owned()] {
        let found = get(&format!("{url}{path}")).await;
        assert_eq!(status(&found), StatusCode::OK, "{path}: {found:?}");
        assert_eq!(found.headers()["access-control-allow-origin"], "*");
        assert_eq!(
            said(&found),
            json!({
                "resource": RESOURCE,
                "authorization_servers": [ISSUER],
                "bearer_methods_supported": ["header"],
                "scopes_supported": ["mcp"],
            })
        );
    }
    // Neither a path that is no resource's, nor another listener.
    let other = get(&format!("{url}{WELL_KNOWN}/other")).await;
    assert_ne!(status(&other), StatusCode::OK, "{other:?}");
    let other = get(&format!("{}{WELL_KNOWN}/team", gateway.url("llm"))).await;
    assert_ne!(status(&other), StatusCode::OK, "{other:?}");
    assert_eq!(server.begun(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn modes_say_what_becomes_of_who_has_no_token() {
    let (signer, server) = (Signer::start().await, RawUpstream::serving(OK).await);
    let stale = signer.token(&json!({"exp": 1_000_000_000}));
    for (mode, none, invalid) in [
        ("Optional", StatusCode::OK, StatusCode::UNAUTHORIZED),
        ("Permissive", StatusCode::OK, StatusCode::OK),
    ] {
        let objects = signer.objects(server.port(), mode);
        let (gateway, _servers) = before_demo(&objects).await;
        let url = gateway.url("mcp");
        assert_eq!(status(&tool(&url, None, "search").await), none, "{mode}");
        let found = tool(&url, Some(&stale), "search").await;
        assert_eq!(status(&found), invalid, "{mode}");
    }
    let sent = server.requests();
    assert!(sent.iter().all(|request| !request.head.contains(&stale)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_made_for_known_callers_and_holds_no_token() {
    let (signer, server) = (Signer::start().await, RawUpstream::serving(OK).await);
    let twin = RawUpstream::serving(OK).await;
    let mirror = "filters: [{type: RequestMirror, requestMirror: {backendRef: {group: \
                  agentgateway.dev, kind: AgentgatewayBackend, name: twin}}}]";
    let objects = signer.objects(server.port(), "Strict");
    let objects = objects.replacen("backendRefs:", &format!("{mirror}\n    backendRefs:"), 1);
    let twin_of = backend(
        "twin",
        &format!("{{static: {{host: 127.0.0.1, port: {}}}}}", twin.port()),
    );
    let objects = [objects, twin_of].join(SEPARATOR);
    let (gateway, _servers) = before_demo(&objects).await;
    let url = gateway.url("mcp");
    let token = signer.token(&json!({}));
    assert_eq!(
        status(&tool(&url, None, "search").await),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        status(&tool(&url, Some(&token), "search").await),
        StatusCode::OK
    );
    twin.requested(1).await;
    let [copy] = twin.requests().try_into().unwrap();
    assert!(!copy.head.contains(&token), "{}", copy.head);
}
