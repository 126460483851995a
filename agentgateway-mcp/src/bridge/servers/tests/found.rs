use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response};
use serde_json::{Value, json};

use super::support::{Script, answered, ask, call, json_of, status};
use crate::{
    Era, McpCall, McpServer,
    bridge::{AnyServer, Found, LegacyServer, Offered},
    call::{Facts, McpKind},
    upstream::{Answering, Serve},
    wire::{McpMethod, SessionId},
};
use agentgateway_core::Body;

fn found(script: &Script) -> Found {
    AnyServer::new(script.server()).found()
}

fn refused(with: u16, code: i64, data: &Value) -> Response<Body> {
    let error = json!({"code": code, "message": "no", "data": data});
    let mut answer = json_of(&json!({"jsonrpc": "2.0", "id": null, "error": error}));
    *answer.status_mut() = with.try_into().unwrap();
    answer
}

/// What only servers of 2026-07-28 say.
fn complete() -> Response<Body> {
    json_of(&json!({"jsonrpc": "2.0", "id": "mine", "result": {"resultType": "complete"}}))
}

fn legacy(method: &str) -> Request<Bytes> {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": {"name": "t"}});
    let body = Bytes::from(body.to_string());
    let mut request = Request::post("/mcp").body(body).unwrap();
    let call = McpCall::read(&HeaderMap::new(), request.body()).unwrap();
    request.extensions_mut().insert(call);
    request
}

fn get(session: Option<&str>) -> Request<Bytes> {
    let mut facts = Facts::new(McpKind::ListenStream);
    let headers = session.map(|id| ("mcp-session-id", id));
    let headers = headers.map(|(name, id)| (HeaderName::from_static(name), id.parse().unwrap()));
    facts.session_id = SessionId::from_headers(&headers.into_iter().collect());
    let mut request = Request::get("/mcp").body(Bytes::new()).unwrap();
    request.extensions_mut().insert(McpCall::from(facts));
    request
}

/// What was sent, in its order.
fn sent(script: &Script) -> Vec<String> {
    let seen = script.seen.lock().unwrap();
    seen.iter().map(|seen| seen.rpc().to_owned()).collect()
}

async fn is_bridged(found: &Found, request: Request<Bytes>) -> bool {
    let offered = found.offer(Era::Legacy, request).await.unwrap();
    matches!(offered, Offered::NotSpoken(_))
}

#[tokio::test]
async fn the_first_request_is_all_that_a_server_is_sent() {
    let script = Script::default();
    let found = found(&script);
    script.on("tools/call", complete());
    let (status, _) = answered(found.serve(call("t")).await.unwrap()).await;
    assert_eq!(
        (status.as_u16(), sent(&script)),
        (200, vec!["tools/call".to_owned()])
    );
    assert_eq!(found.speaks(Era::Modern), Some(true));
    assert_eq!(found.speaks(Era::Legacy), None);
    assert!(!is_bridged(&found, legacy("initialize")).await);
    assert_eq!(sent(&script), ["tools/call", "initialize"]);
    assert_eq!(found.speaks(Era::Legacy), Some(true));
}

#[tokio::test]
async fn who_refuses_as_an_earlier_server_does_is_asked_and_bridged() {
    let script = Script::default();
    let found = found(&script);
    script.on("tools/call", refused(400, -32000, &json!(null)));
    script.on("server/discover", refused(400, -32000, &json!(null)));
    let (_, messages) = answered(found.serve(call("t")).await.unwrap()).await;
    assert_eq!(messages[0]["result"]["done"], "tools/call");
    let all = [
        "tools/call",
        "server/discover",
        "initialize",
        "notifications/initialized",
        // The stream on which it may ask; it has none.
        "",
        "tools/call",
    ];
    assert_eq!(sent(&script), all);
    let (_, messages) = answered(found.serve(call("t")).await.unwrap()).await;
    assert_eq!(messages[0]["result"]["done"], "tools/call");
    assert_eq!(sent(&script).len(), all.len() + 1, "it is remembered");
}

#[tokio::test]
async fn who_says_what_it_speaks_is_not_asked() {
    let script = Script::default();
    let found = found(&script);
    let data = json!({"supported": ["2025-06-18"]});
    script.on("tools/call", refused(400, -32022, &data));
    let (_, messages) = answered(found.serve(call("t")).await.unwrap()).await;
    assert_eq!(messages[0]["result"]["done"], "tools/call");
    assert!(!sent(&script).contains(&"server/discover".to_owned()));

    for code in [-32020, -32022] {
        let script = Script::default();
        let found = self::found(&script);
        let data = json!({"supported": ["2026-07-28"]});
        script.on("initialize", refused(400, code, &data));
        assert!(is_bridged(&found, legacy("initialize")).await, "{code}");
        assert_eq!(sent(&script), ["initialize"]);
        assert!(is_bridged(&found, legacy("tools/list")).await, "{code}");
        assert_eq!(sent(&script), ["initialize"]);
    }
}

#[tokio::test]
async fn who_agrees_on_a_revision_without_a_handshake_is_bridged() {
    let script = Script::default();
    let found = found(&script);
    let agreed = json!({"protocolVersion": "2026-07-28", "capabilities": {}});
    let agreed = json!({"jsonrpc": "2.0", "id": 1, "result": agreed});
    script.on("initialize", json_of(&agreed));
    assert!(is_bridged(&found, legacy("initialize")).await);
    assert_eq!(sent(&script), ["initialize"]);
    assert_eq!(found.speaks(Era::Modern), Some(true));
}

#[tokio::test]
async fn discover_is_judged_by_what_it_says() {
    let script = Script::default();
    let found = found(&script);
    // It was another one before.
    script.on("tools/call", complete());
    drop(found.serve(call("t")).await.unwrap());
    script.on("server/discover", refused(200, -32601, &json!(null)));
    script.on("server/discover", refused(200, -32601, &json!(null)));
    let discover = || ask(&McpMethod::SERVER_DISCOVER, json!({}), "alice");
    drop(found.serve(discover()).await.unwrap());
    assert_eq!(found.speaks(Era::Modern), Some(false));

    let script = Script::default();
    let found = self::found(&script);
    script.on("server/discover", refused(200, -32601, &json!(null)));
    script.on("server/discover", refused(200, -32601, &json!(null)));
    let (_, messages) = answered(found.serve(discover()).await.unwrap()).await;
    assert_eq!(
        messages[0]["result"]["supportedVersions"],
        json!(["2026-07-28"])
    );
}

#[tokio::test]
async fn what_tells_nothing_is_the_clients_and_is_not_remembered() {
    for code in [401, 403, 429, 500, 503] {
        let script = Script::default();
        let found = found(&script);
        script.on("tools/call", status(code));
        let (answer, _) = answered(found.serve(call("t")).await.unwrap()).await;
        assert_eq!((answer.as_u16(), sent(&script).len()), (code, 1));
        assert_eq!(found.speaks(Era::Modern), None);
        script.on("initialize", status(code));
        assert!(!is_bridged(&found, legacy("initialize")).await);
        assert_eq!((found.speaks(Era::Legacy), sent(&script).len()), (None, 2));
    }
}

#[tokio::test]
async fn an_earlier_client_is_the_servers_until_that_says_no() {
    let script = Script::default();
    let found = found(&script);
    script.on("tools/call", refused(400, -32000, &json!(null)));
    assert!(!is_bridged(&found, legacy("tools/call")).await);
    assert_eq!(sent(&script), ["tools/call"]);
    script.on("", status(405));
    assert!(!is_bridged(&found, get(Some("s1"))).await);
    assert_eq!(sent(&script).len(), 2);

    // The first of a client of 2024-11-05, which a modern server refuses as many others do.
    script.on("", status(405));
    script.on(
        "server/discover",
        json_of(&json!({"jsonrpc": "2.0", "id": "discover", "result": {
            "supportedVersions": ["2026-07-28"],
        }})),
    );
    assert!(is_bridged(&found, get(None)).await);
    assert_eq!(sent(&script)[3], "server/discover");
}

#[tokio::test]
async fn a_refused_handshake_is_asked_about() {
    for (versions, bridged) in [
        (json!(["2026-07-28"]), true),
        (json!(["2025-06-18"]), false),
    ] {
        let script = Script::default();
        let found = found(&script);
        script.on("initialize", refused(400, -32600, &json!(null)));
        script.on(
            "server/discover",
            json_of(&json!({"jsonrpc": "2.0", "id": "discover", "result": {
                "supportedVersions": versions,
            }})),
        );
        assert_eq!(is_bridged(&found, legacy("initialize")).await, bridged);
    }
}

#[tokio::test]
async fn a_server_whose_era_is_told_is_not_judged() {
    let script = Script::default();
    let found = AnyServer::new(script.server()).era(Era::Modern).found();
    script.on("tools/call", refused(400, -32000, &json!(null)));
    let (status, _) = answered(McpServer::of(found).send(call("t")).await.unwrap()).await;
    assert_eq!((status.as_u16(), sent(&script).len()), (400, 1));
}

#[tokio::test]
async fn an_error_with_status_200_is_asked_about() {
    let script = Script::default();
    let found = found(&script);
    script.on("tools/call", refused(200, -32602, &json!(null)));
    script.on("server/discover", refused(200, -32602, &json!(null)));
    let (_, messages) = answered(found.serve(call("t")).await.unwrap()).await;
    assert_eq!(messages[0]["result"]["done"], "tools/call");
    assert_eq!(sent(&script)[1..3], ["server/discover", "initialize"]);
}

#[tokio::test]
async fn what_is_done_is_not_done_again() {
    let script = Script::default();
    let found = found(&script);
    script.on("server/discover", refused(200, -32601, &json!(null)));
    let (_, messages) = answered(found.serve(call("t")).await.unwrap()).await;
    assert_eq!(messages[0]["result"], json!({"done": "tools/call"}));
    assert_eq!(sent(&script), ["tools/call", "server/discover"]);
    assert_eq!(found.speaks(Era::Modern), Some(false));
}

#[tokio::test]
async fn what_something_on_the_way_says_is_not_remembered() {
    let script = Script::default();
    let found = found(&script);
    for method in ["tools/call", "server/discover", "initialize"] {
        script.on(method, status(404));
    }
    assert!(found.serve(call("t")).await.is_err());
    script.on("tools/call", complete());
    let (_, messages) = answered(found.serve(call("t")).await.unwrap()).await;
    assert_eq!(messages[0]["result"], json!({"resultType": "complete"}));
    assert_eq!(found.speaks(Era::Modern), Some(true));
}

#[tokio::test]
async fn a_server_in_the_place_of_an_earlier_one_is_found_out() {
    let script = Script::default();
    let found = found(&script);
    let supported = |version: &str| json!({"supported": [version]});
    script.on("tools/call", refused(400, -32022, &supported("2025-06-18")));
    drop(found.serve(call("t")).await.unwrap());
    assert_eq!(found.speaks(Era::Modern), Some(false));
    let last = script.sent("tools/call").pop().unwrap();
    let next = last.body["id"].as_u64().unwrap() + 1;
    let error = json!({"code": -32022, "message": "no", "data": supported("2026-07-28")});
    let mut refusal = json_of(&json!({"jsonrpc": "2.0", "id": next, "error": error}));
    *refusal.status_mut() = http::StatusCode::BAD_REQUEST;
    script.on("tools/call", refusal);
    script.on("tools/call", complete());
    let (_, messages) = answered(found.serve(call("t")).await.unwrap()).await;
    assert_eq!(messages[0]["result"], json!({"resultType": "complete"}));
    assert_eq!(found.speaks(Era::Modern), Some(true));

    // And back again.
    script.on("tools/call", refused(400, -32000, &json!(null)));
    drop(found.serve(call("t")).await.unwrap());
    assert_eq!(found.speaks(Era::Modern), None);
}

/// A process that says nothing to what it does not know, as earlier ones may.
struct Silent(McpServer);

impl Serve for Silent {
    fn serve(&self, request: Request<Bytes>) -> Answering {
        let call = request.extensions().get::<McpCall>().unwrap();
        if call.is(&McpMethod::SERVER_DISCOVER) {
            return Box::pin(std::future::pending());
        }
        self.0.send(request)
    }

    fn is_pipe(&self) -> bool {
        true
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_does_not_say_what_it_speaks_is_an_earlier_one() {
    let script = Script::default();
    let silent = McpServer::of(Silent(script.server().server().clone()));
    let found = AnyServer::new(LegacyServer::new(silent)).found();
    let (_, messages) = answered(found.serve(call("t")).await.unwrap()).await;
    assert_eq!(messages[0]["result"]["done"], "tools/call");
    assert_eq!(sent(&script)[0], "initialize");
}

#[tokio::test]
async fn an_era_that_is_told_outlasts_a_handshake_that_failed() {
    let script = Script::default();
    let found = AnyServer::new(script.server()).era(Era::Legacy).found();
    script.on("initialize", status(404));
    assert!(found.serve(call("t")).await.is_err());
    let (_, messages) = answered(found.serve(call("t")).await.unwrap()).await;
    assert_eq!(messages[0]["result"]["done"], "tools/call");
    assert_eq!(sent(&script)[..2], ["initialize", "initialize"]);
}
