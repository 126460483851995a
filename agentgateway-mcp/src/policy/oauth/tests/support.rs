use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use agentgateway_core::{
    Error, Peeked,
    auth::jwt::{Jwt, KeySet},
    context::Principal,
    policy::{Policy, PolicyLayer},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};

use crate::{McpLayer, McpUpstreamLayer, policy::oauth::*};

pub(super) const URL: &str = "https://mcp.example.org/team";
pub(super) const ISSUER: &str = "https://id.example.org";
pub(super) const METADATA: &str =
    "https://mcp.example.org/.well-known/oauth-protected-resource/team";
/// When the tokens of these tests are made.
pub(super) const MADE: u64 = 1_700_000_000;

pub(super) fn resource() -> ProtectedResource {
    ProtectedResource::new(URL, [ISSUER])
        .unwrap()
        .scopes(["mcp"])
}

fn pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

pub(super) fn public() -> Vec<u8> {
    pair().public_key().as_ref().to_vec()
}

/// Signs a header and claims as they are written.
pub(super) fn signs(header: &Value, claims: &Value) -> String {
    let (header, claims) = (header.to_string(), claims.to_string());
    let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
    let signature = BASE64.encode(pair().sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

pub(super) fn header() -> Value {
    json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "k"})
}

/// Claims of a token that is good for an hour.
pub(super) fn good() -> Value {
    json!({
        "iss": ISSUER, "sub": "alice", "aud": URL, "exp": MADE + 3600, "scope": "mcp"
    })
}

/// The same with other values.
pub(super) fn but(change: &Value) -> Value {
    let mut claims = good();
    for (name, value) in change.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

pub(super) fn token(claims: &Value) -> String {
    signs(&header(), claims)
}

/// The resource's server, at the time when the tokens were made.
pub(super) fn server(resource: &ProtectedResource) -> ResourceServer {
    let key = json!({"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": BASE64.encode(public())});
    let keys = KeySet::from_jwks(json!({"keys": [key]}).to_string().as_bytes()).unwrap();
    let now = || SystemTime::UNIX_EPOCH + Duration::from_secs(MADE);
    let method = Jwt::new([resource.issuer(ISSUER, keys)]).with_clock(now);
    ResourceServer::judged_by(resource.clone(), method)
}

/// What a client reads, and what the server behind has seen: its headers, and who calls.
pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) reached: Option<(HeaderMap, Option<String>)>,
}

impl Answered {
    pub(super) fn challenge(&self) -> &str {
        self.headers[header::WWW_AUTHENTICATE].to_str().unwrap()
    }
}

/// Sends a request through the layer, these policies and an upstream.
pub(super) async fn asked(
    policies: Vec<Arc<dyn Policy>>,
    request: Request<Full<Bytes>>,
) -> Answered {
    let reached = Arc::new(Mutex::new(None));
    let client = service_fn({
        let reached = Arc::clone(&reached);
        move |request: Request<Peeked<Full<Bytes>>>| {
            let caller = request.extensions().get::<Principal>();
            let caller = caller.map(|caller| caller.name().to_owned());
            *reached.lock().unwrap() = Some((request.headers().clone(), caller));
            async { Ok::<_, Error>(Response::new(Full::<Bytes>::from("{}"))) }
        }
    });
    let upstream = McpUpstreamLayer::new("http://server/mcp".parse().unwrap());
    let policed = PolicyLayer::all(policies).layer(upstream.layer(client));
    let answer = McpLayer::new()
        .layer(policed)
        .oneshot(request)
        .await
        .unwrap();
    let (head, body) = answer.into_parts();
    Answered {
        status: head.status,
        headers: head.headers,
        body: body.collect().await.unwrap().to_bytes(),
        reached: reached.lock().unwrap().take(),
    }
}

/// A call of a tool.
pub(super) fn call(tool: &str, token: Option<&str>) -> Request<Full<Bytes>> {
    let body = json!({
        "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": tool}
    });
    let mut request = Request::post("/team").header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(Full::from(body.to_string())).unwrap()
}
