//! Settings of the gateway's own for servers of MCP: `rawConfig.mcp` of a Gateway's parameters.

use agentgateway_tests::{Manifests, TestGateway, raw::RawUpstream};

use super::{
    exchanges::{called, exchange},
    resources::{ISSUER, Signer},
    *,
};

const OK: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
const RESOURCE: &str = "https://mcp.example.org/team";
const SECRET: &str = "
apiVersion: v1
kind: Secret
metadata: {name: own, namespace: default}
stringData: {id: hidden}
";

/// A server of MCP at this port, below `/team`, in a Gateway with this `rawConfig`.
async fn gateway(raw: &str, server: u16, objects: &[String]) -> TestGateway {
    let server =
        format!("{{mcp: {{targets: [{{name: a, static: {{host: 127.0.0.1, port: {server}}}}}]}}}}");
    let mut all = vec![served("mcp", "team", &server, "")];
    all.extend(objects.iter().cloned());
    let manifests = Manifests::default()
        .parameters(&format!("{{rawConfig: {raw}}}"))
        .and(&all.join(SEPARATOR));
    TestGateway::serve(&manifests).await
}

/// Callers are known by tokens for the server.
fn tokens(signer: &Signer) -> String {
    let keys = signer.keys.port();
    let field = format!(
        "traffic: {{jwtAuthentication: {{providers: [{{issuer: '{ISSUER}', audiences: ['{RESOURCE}'], jwks: \
         {{remote: {{url: 'http://127.0.0.1:{keys}/jwks.json'}}}}}}], mcp: {{resourceMetadata: {{resource: \
         '{RESOURCE}'}}}}}}}}"
    );
    policy("tokens", &of_route("team"), &field)
}

async fn tool(gateway: &TestGateway, token: &str, name: &str) -> Response<Bytes> {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("accept", "application/json, text/event-stream"),
        ("authorization", &*bearer),
    ];
    let body = json!({
        "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": name, "arguments": {}}
    });
    let url = format!("{}/team", gateway.url("mcp"));
    post(&url, &headers, body.to_string()).await
}

/// A token without the scopes of a tool: 403 with all that the call needs, and the server sees nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_tool_is_for_tokens_that_have_its_scopes() {
    let (signer, server) = (Signer::start().await, RawUpstream::serving(OK).await);
    let raw = "{mcp: {requiredScopes: [
        {backend: {name: team}, tool: 'delete_*', scopes: ['files:write', 'files:admin']},
        {backend: {name: other}, tool: '*', scopes: [nobody]},
        {scopes: [mcp]}], impliedScopes: {root: ['files:write', 'files:admin']}}}";
    let other = backend("other", "{static: {host: 127.0.0.1, port: 1}}");
    let gateway = gateway(raw, server.port(), &[tokens(&signer), other]).await;

    let plain = signer.token(&json!({}));
    let free = tool(&gateway, &plain, "search").await;
    assert_eq!(status(&free), StatusCode::OK, "{free:?}");
    assert_eq!(server.requests().len(), 1);
    let half = signer.token(&json!({"scope": "mcp files:write"}));
    for token in [&plain, &half] {
        let refused = tool(&gateway, token, "delete_file").await;
        assert_eq!(status(&refused), StatusCode::FORBIDDEN, "{refused:?}");
        let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
        assert!(
            challenge.contains("error=\"insufficient_scope\"")
                && challenge.contains("scope=\"mcp files:write files:admin\"")
                && challenge.contains("resource_metadata=\""),
            "{challenge}"
        );
        assert_eq!(said(&refused)["jsonrpc"], "2.0", "{refused:?}");
    }
    // What every request needs.
    let none = signer.token(&json!({"scope": "openid"}));
    assert_eq!(
        status(&tool(&gateway, &none, "search").await),
        StatusCode::FORBIDDEN
    );
    assert_eq!(server.requests().len(), 1);
    for scope in ["mcp files:admin files:write", "mcp root"] {
        let token = signer.token(&json!({"scope": scope}));
        let passed = tool(&gateway, &token, "delete_file").await;
        assert_eq!(status(&passed), StatusCode::OK, "{passed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_call_that_needs_scopes_reaches_no_server_that_reads_none() {
    let (signer, server) = (Signer::start().await, RawUpstream::serving(OK).await);
    let (reads, none) = (
        RawUpstream::serving(OK).await,
        RawUpstream::serving(OK).await,
    );
    let raw = "{mcp: {requiredScopes: [{tool: drop, scopes: [root]}]}}";
    let mirror = |name: &str| {
        format!(
            "{{type: RequestMirror, requestMirror: {{backendRef: {{group: agentgateway.dev, kind: \
             AgentgatewayBackend, name: {name}}}}}}}"
        )
    };
    let filters = format!("filters: [{}, {}]", mirror("reads"), mirror("none"));
    let of = |port: u16| {
        format!("{{mcp: {{targets: [{{name: a, static: {{host: 127.0.0.1, port: {port}}}}}]}}}}")
    };
    let objects = [
        served("mcp", "team", &of(server.port()), &filters),
        backend("reads", &of(reads.port())),
        backend("none", &at(none.port(), "")),
        tokens(&signer),
    ];
    let manifests = Manifests::default()
        .parameters(&format!("{{rawConfig: {raw}}}"))
        .and(&objects.join(SEPARATOR));
    let gateway = TestGateway::serve(&manifests).await;
    let token = signer.token(&json!({}));
    assert_eq!(
        status(&tool(&gateway, &token, "drop").await),
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        status(&tool(&gateway, &token, "search").await),
        StatusCode::OK
    );
    reads.requested(1).await;
    let copies = reads.requests();
    assert!(
        copies
            .iter()
            .all(|it| !String::from_utf8_lossy(&it.body).contains("drop")),
        "{copies:?}"
    );
    assert_eq!(none.begun(), 0);
}

/// Nobody knows which scopes a caller has who is asked for no token: nothing is served, rather than everything.
#[tokio::test(flavor = "multi_thread")]
async fn without_callers_that_are_known_what_needs_scopes_is_closed() {
    let server = RawUpstream::serving(OK).await;
    let raw = "{mcp: {requiredScopes: [{tool: drop, scopes: [root]}]}}";
    let gateway = gateway(raw, server.port(), &[]).await;
    let answer = tool(&gateway, "none", "search").await;
    assert_eq!(status(&answer), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(server.begun(), 0);
}

/// A server that knows the gateway alone: it is sent the gateway's own token, whoever calls.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_sent_the_gateways_own_token() {
    let (server, issuer) = (RawUpstream::serving(OK).await, exchange("").await);
    let at = issuer.port();
    let raw = format!(
        "{{mcp: {{clientCredentials: [{{backend: {{name: team}}, tokenEndpoint: 'http://127.0.0.1:{at}/token', \
         clientId: gateway, clientSecretRef: {{name: own, key: id}}, scopes: [read, write], resources: \
         ['https://files.example.org/mcp']}}]}}}}"
    );
    let gateway = gateway(&raw, server.port(), &[SECRET.to_owned()]).await;
    let url = gateway.url("mcp");
    for caller in ["alice", "bob"] {
        assert_eq!(called(&url, caller).await, StatusCode::OK);
    }
    let sent: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.values("authorization").join("|"))
        .collect();
    assert_eq!(sent, ["Bearer t1", "Bearer t1"]);
    let [asked] = issuer.requests().try_into().unwrap();
    assert!(asked.head.starts_with("POST /token "), "{}", asked.head);
    // gateway:hidden
    assert_eq!(
        asked.values("authorization"),
        ["Basic Z2F0ZXdheTpoaWRkZW4="]
    );
    let form = String::from_utf8(asked.body).unwrap();
    for said in [
        "grant_type=client_credentials",
        "scope=read+write",
        "resource=https%3A%2F%2Ffiles.example.org%2Fmcp",
    ] {
        assert!(form.contains(said), "{said}: {form}");
    }
}

/// Of several servers each has its own token, or none.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_may_be_for_one_target_alone() {
    let (one, two) = (
        RawUpstream::serving(OK).await,
        RawUpstream::serving(OK).await,
    );
    let issuer = exchange("").await;
    let raw = format!(
        "{{mcp: {{clientCredentials: [{{backend: {{name: both}}, target: one, tokenEndpoint: \
         'http://127.0.0.1:{}/token', clientId: gateway, clientSecretRef: {{name: own, key: id}}, \
         secretInForm: true}}]}}}}",
        issuer.port()
    );
    let target = |name: &str, port: u16| {
        format!("{{name: {name}, static: {{host: 127.0.0.1, port: {port}}}}}")
    };
    let both = format!(
        "{{mcp: {{targets: [{}, {}]}}}}",
        target("one", one.port()),
        target("two", two.port())
    );
    let objects = [served("mcp", "both", &both, ""), SECRET.to_owned()];
    let manifests = Manifests::default()
        .parameters(&format!("{{rawConfig: {raw}}}"))
        .and(&objects.join(SEPARATOR));
    let gateway = TestGateway::serve(&manifests).await;
    let url = format!("{}/both", gateway.url("mcp"));
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    });
    let list =
        json!({"jsonrpc": "2.0", "id": 7, "method": "tools/list", "params": {"_meta": meta}});
    let headers = [
        ("accept", "application/json, text/event-stream"),
        ("authorization", "Bearer alice"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/list"),
    ];
    let _ = post(&url, &headers, list.to_string()).await;
    one.requested(1).await;
    two.requested(1).await;
    let sent = |server: &RawUpstream| {
        let requests = server.requests();
        let values = requests.iter().flat_map(|it| it.values("authorization"));
        values.map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(sent(&one).iter().all(|value| value == "Bearer t1"));
    assert!(!sent(&one).is_empty());
    assert_eq!(sent(&two), [] as [String; 0]);
    let [asked] = issuer.requests().try_into().unwrap();
    assert!(
        String::from_utf8(asked.body)
            .unwrap()
            .contains("client_secret=hidden")
    );
}

/// What a tool may take is for its calls, of all callers together; what may take more passes.
#[tokio::test(flavor = "multi_thread")]
async fn calls_of_a_tool_have_limits_of_their_own() {
    const LONG: &[u8] =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 62\r\n\r\n\
          {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"content\":[],\"more\":\"....\"}}";
    let server = RawUpstream::serving(LONG).await;
    let raw = "{mcp: {toolLimits: [
        {backend: {name: team}, tool: 'search*', callsPerMinute: 2},
        {tool: read, maxResultBytes: 40},
        {backend: {name: other}, tool: '*', callsPerMinute: 1}]}}";
    let other = backend("other", "{static: {host: 127.0.0.1, port: 1}}");
    let gateway = gateway(raw, server.port(), &[other]).await;
    for (name, code) in [
        ("search", None),
        ("write", None),
        ("search_all", None),
        ("search", Some(-31429)),
        ("search_all", Some(-31429)),
        ("write", None),
    ] {
        let said = said(&tool(&gateway, "none", name).await);
        assert_eq!(said["error"]["code"].as_i64(), code, "{name}: {said}");
    }
    assert_eq!(server.requests().len(), 4);
    let said = said(&tool(&gateway, "none", "read").await);
    assert_eq!(said["result"]["isError"], true, "{said}");
}
