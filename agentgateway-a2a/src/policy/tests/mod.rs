use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use agentgateway_core::{
    Body,
    authz::{Authorization, Rule},
    body::Peeked,
    expression::{Expression, Vocabulary},
    policy::{Policy, PolicyLayer},
};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tower::{ServiceBuilder, ServiceExt, service_fn};

use super::{Content, Open, TokenTenant, Unfinished};
use crate::{A2aCall, A2aLayer};

#[cfg(feature = "grpc")]
mod bindings;

/// What came to the agent.
type Bodies = Arc<Mutex<Vec<Bytes>>>;

/// Sends a request through a policy to an agent that answers so; what came back and what came to the agent.
async fn through(
    policy: impl Policy,
    request: Request<Full<Bytes>>,
    says: &'static str,
) -> (StatusCode, http::HeaderMap, String, Vec<Bytes>) {
    let bodies = Bodies::default();
    let record = bodies.clone();
    let layer = A2aLayer::new().agent("planner");
    #[cfg(feature = "grpc")]
    let layer = layer.grpc(true);
    let service = ServiceBuilder::new()
        .layer(layer)
        .layer(PolicyLayer::new(policy))
        .service(service_fn(move |request: Request<Peeked<Full<Bytes>>>| {
            let record = record.clone();
            async move {
                let body = request.into_body().collect().await.unwrap().to_bytes();
                record.lock().unwrap().push(body);
                let response = Response::builder().header("content-type", "application/json");
                Ok::<_, Infallible>(response.body(Body::from(Bytes::from(says))).unwrap())
            }
        }));
    let answer = service.oneshot(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let bodies = bodies.lock().unwrap().clone();
    let text = String::from_utf8(body.to_vec()).unwrap();
    (head.status, head.headers, text, bodies)
}

fn rpc(method: &str, params: &str) -> Request<Full<Bytes>> {
    let body = format!(r#"{{"jsonrpc":"2.0","id":"q","method":"{method}","params":{params}}}"#);
    post("/", &body)
}

fn post(path: &str, body: &str) -> Request<Full<Bytes>> {
    Request::post(path)
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap()
}

fn get(path: &str) -> Request<Full<Bytes>> {
    Request::get(path).body(Full::default()).unwrap()
}

fn rules(text: &str) -> Authorization {
    let names = Vocabulary::request().with_call::<A2aCall>();
    let condition = Expression::compile_bool(text, &names).unwrap();
    Authorization::new([Rule::deny("rule", condition)])
}

#[cfg(feature = "grpc")]
fn grpc(path: &str, operation: &crate::A2aOperation, json: &str) -> Request<Full<Bytes>> {
    use crate::{A2aVersion, wire::grpc};

    let version = if path.starts_with("/lf.") {
        A2aVersion::V1_0
    } else {
        A2aVersion::V0_3
    };
    let message = grpc::request_from_json(version, operation, json.as_bytes()).unwrap();
    let (mut head, _) = post(path, "").into_parts();
    let media = "application/grpc".parse().unwrap();
    head.headers.insert("content-type", media);
    Request::from_parts(head, Full::new(grpc::frame(&message.bytes).unwrap()))
}

/// Fault A20: JSON-RPC and REST and gRPC forms of one call with different ids and paths: the same authorisation result for each binding.
#[tokio::test]
async fn one_call_has_one_verdict_in_every_binding() {
    let rule = "a2a.operation == 'CancelTask' && a2a.task == 'secret'";
    let forms = |task: &str| {
        let by_id = format!(r#"{{"id":"{task}"}}"#);
        let calls = vec![
            rpc("CancelTask", &by_id),
            rpc("tasks/cancel", &by_id),
            post(&format!("/tasks/{task}:cancel"), ""),
            post(&format!("/tasks/{task}:cancel/"), "{}"),
            post(&format!("/tasks/{task}%3Acancel"), "{}"),
            post(&format!("/v1/tasks/{task}:cancel"), "{}"),
            post(&format!("/acme/tasks/{task}:cancel"), r#"{"id":"other"}"#),
            post(
                &format!("/tasks/%{:x}{}:cancel", task.as_bytes()[0], &task[1..]),
                "{}",
            ),
        ];
        #[cfg(feature = "grpc")]
        let calls = {
            let (mut calls, cancel) = (calls, crate::A2aOperation::CancelTask);
            let v1_0 = "/lf.a2a.v1.A2AService/CancelTask";
            let v0_3 = "/a2a.v1.A2AService/CancelTask";
            calls.push(grpc(v1_0, &cancel, &by_id));
            let by_name = format!(r#"{{"name":"tasks/{task}"}}"#);
            calls.push(grpc(v0_3, &cancel, &by_name));
            calls
        };
        calls
    };
    for call in forms("secret") {
        let path = call.uri().clone();
        let (status, headers, said, bodies) = through(rules(rule), call, "{}").await;
        assert!(bodies.is_empty(), "{path}");
        match headers.get("grpc-status") {
            Some(number) => assert_eq!((status.as_u16(), number.as_bytes()), (200, &b"7"[..])),
            None => assert_eq!(status, 403, "{path}: {said}"),
        }
    }
    for call in forms("public") {
        let path = call.uri().clone();
        let (_, headers, _, bodies) = through(rules(rule), call, "{}").await;
        assert_eq!(
            (bodies.len(), headers.get("grpc-status")),
            (1, None),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_rule_may_ask_for_the_skill_that_is_hinted_at() {
    for (skills, refused) in [
        (&["pay"][..], true),
        (&[" pay "], true),
        (&["plan"], false),
        (&[], false),
    ] {
        let mut call = rpc("SendMessage", "{}");
        for skill in skills {
            call.headers_mut()
                .append("x-a2a-skill", skill.parse().unwrap());
        }
        let (status, ..) = through(rules("a2a.skill == 'pay'"), call, "{}").await;
        assert_eq!(status == 403, refused, "{skills:?}");
    }
}

fn message(parts: &str) -> String {
    format!(r#"{{"message":{{"messageId":"m","parts":[{parts}]}}}}"#)
}

/// Fault A23: file part with `uri` to a private address: not fetched by the gateway, and passed on as it is; refused where URLs are.
#[tokio::test]
async fn a_file_by_url_is_passed_on_or_refused_and_never_fetched() {
    // A listener that would see who fetches.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let v1_0 = message(&format!(
        r#"{{"url":"http://127.0.0.1:{port}/latest/meta-data"}}"#
    ));
    let v0_3 = message(&format!(
        r#"{{"kind":"file","file":{{"uri":"http://127.0.0.1:{port}/latest/meta-data"}}}}"#
    ));
    for (method, params) in [("SendMessage", &v1_0), ("message/send", &v0_3)] {
        let (_, _, _, bodies) = through(Content::new(), rpc(method, params), "{}").await;
        let sent = format!(r#"{{"jsonrpc":"2.0","id":"q","method":"{method}","params":{params}}}"#);
        assert_eq!(bodies, [sent]);
        let none = Content::new().urls(false);
        let (status, _, said, bodies) = through(none, rpc(method, params), "{}").await;
        assert!(bodies.is_empty());
        assert_eq!(status, 200);
        assert!(
            said.contains(r#""id":"q","error":{"code":-32005"#),
            "{said}"
        );
    }
    assert!(listener.accept().is_err(), "nobody came");
}

/// Fault A23: inline bytes over the cap, and media types off the list: refused, over JSON-RPC and over HTTP+JSON.
#[tokio::test]
async fn sizes_and_media_types_are_limited() {
    let policy = Content::new()
        .media_types(["text/*", "application/JSON", "image/png"])
        .output_modes(["text/plain"])
        .max_inline_bytes(8);
    let modes = |modes: &str| {
        format!(
            r#"{{"message":{{"parts":[]}},"configuration":{{"acceptedOutputModes":[{modes}]}}}}"#
        )
    };
    for (params, code) in [
        (message(r#"{"text":"hi"},{"data":{}}"#), None),
        (
            message(r#"{"raw":"AAAAAAAA","mediaType":"image/png"}"#),
            None,
        ),
        (
            message(r#"{"raw":"AAAAAAAAA","mediaType":"image/png"}"#),
            Some(413),
        ),
        (
            message(r#"{"raw":"AAAA","mediaType":"image/svg+xml"}"#),
            Some(-32005),
        ),
        (message(r#"{"raw":"AAAA"}"#), Some(-32005)),
        (
            message(r#"{"text":"a","mediaType":"text/x","mimeType":"evil/x"}"#),
            Some(-32005),
        ),
        (modes(r#""text/plain","video/mp4""#), None),
        (modes(r#""text/*""#), None),
        (modes(r#""video/mp4""#), Some(-32005)),
    ] {
        let by_rpc = through(policy.clone(), rpc("SendMessage", &params), "{}").await;
        let by_rest = through(policy.clone(), post("/message:send", &params), "{}").await;
        match code {
            None => assert_eq!((by_rpc.3.len(), by_rest.3.len()), (1, 1), "{params}"),
            Some(413) => assert_eq!((by_rpc.0.as_u16(), by_rest.0.as_u16()), (413, 413)),
            Some(code) => {
                assert!(
                    by_rpc.2.contains(&format!(r#""code":{code}"#)),
                    "{params}: {}",
                    by_rpc.2
                );
                assert_eq!(
                    (by_rpc.0.as_u16(), by_rest.0.as_u16()),
                    (200, 400),
                    "{params}"
                );
                let reason = "CONTENT_TYPE_NOT_SUPPORTED";
                assert!(by_rest.2.contains(reason), "{}", by_rest.2);
            }
        }
    }
    let mut unread = post("/message:send", &message(r#"{"raw":"AAAA"}"#));
    unread
        .headers_mut()
        .insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(through(policy, unread, "{}").await.0, 415);
}

/// Fault A24: auth-required state replayed as an authorisation for a later message: a state alone grants nothing.
#[tokio::test]
async fn a_state_grants_nothing() {
    let asks = r#"{"jsonrpc":"2.0","id":"q","result":{"task":{"id":"t","contextId":"c","status":{"state":"TASK_STATE_AUTH_REQUIRED"}}}}"#;
    let rule = Arc::new(rules("!('authorization' in request.headers)"));
    let mut first = rpc("SendMessage", &message(""));
    let token = "Bearer x".parse().unwrap();
    first.headers_mut().insert("authorization", token);
    assert_eq!(through(rule.clone(), first, asks).await.2, asks);
    // The same task, its state, and what the agent said, sent back without the credential.
    for params in [
        r#"{"message":{"messageId":"n","taskId":"t","contextId":"c","parts":[]}}"#,
        r#"{"message":{"messageId":"n","taskId":"t","parts":[]},"metadata":{"status":{"state":"TASK_STATE_AUTH_REQUIRED"},"authorized":true}}"#,
    ] {
        let (status, _, _, bodies) = through(rule.clone(), rpc("SendMessage", params), asks).await;
        assert_eq!((status.as_u16(), bodies.len()), (403, 0));
    }
}

/// Fault A22: required extension not supported: the agent's error passes as it is, with no fallback.
#[tokio::test]
async fn extensions_are_the_agents_to_judge() {
    let refused = r#"{"jsonrpc":"2.0","id":"q","error":{"code":-32008,"message":"activate https://ext.example/v1"}}"#;
    let (status, _, said, bodies) =
        through(Content::new(), rpc("SendMessage", &message("")), refused).await;
    assert_eq!((status.as_u16(), &*said, bodies.len()), (200, refused, 1));
}

/// Fault A09: `tenant` in path, query, body and token disagree: rejected; the token is the one source.
#[tokio::test]
async fn the_token_says_the_tenant() {
    use agentgateway_core::context::{AuthMethod, Principal};

    let of = |request: Request<Full<Bytes>>, tenant: Option<&str>| {
        let mut request = request;
        let mut claims = serde_json::Map::new();
        claims.extend(tenant.map(|tenant| ("org".to_owned(), tenant.into())));
        let caller = Principal::new(AuthMethod::Jwt, "alice").with_claims(claims);
        caller.insert(request.extensions_mut());
        async move { through(TokenTenant::claim("org"), request, "{}").await }
    };
    let get = |path: &str| {
        let mut request = get(path);
        let version = "1.0".parse().unwrap();
        request.headers_mut().insert("a2a-version", version);
        request
    };
    for (request, status) in [
        (get("/acme/tasks/7"), 200),
        (get("/tasks/7?tenant=acme"), 200),
        (get("/tasks/7"), 200),
        (get("/other/tasks/7"), 403),
        (get("/tasks/7?tenant=other"), 403),
        // Each of these names two.
        (get("/acme/tasks/7?tenant=other"), 400),
        (get("/tasks/7?tenant=acme&tenant=other"), 400),
        (get("/tasks/7?tenant=acme&Tenant=other"), 400),
        (get("/tasks/7?Tenant=acme"), 400),
        (
            post("/acme/message:send", r#"{"tenant":"other","message":{}}"#),
            400,
        ),
        (
            post("/other/message:send", r#"{"tenant":"other","message":{}}"#),
            403,
        ),
        (rpc("GetTask", r#"{"id":"7","tenant":"acme"}"#), 200),
        (rpc("GetTask", r#"{"id":"7"}"#), 200),
        (rpc("GetTask", r#"{"id":"7","tenant":"other"}"#), 403),
        (rpc("tasks/get", r#"{"id":"7"}"#), 200),
    ] {
        let uri = request.uri().clone();
        let (told, _, said, bodies) = of(request, Some("acme")).await;
        assert_eq!(told, status, "{uri}: {said}");
        assert_eq!(bodies.len(), usize::from(status == 200), "{uri}");
    }
    let unread = {
        let mut request = post("/message:send", r#"{"tenant":"other","message":{}}"#);
        let text = "text/plain".parse().unwrap();
        request.headers_mut().insert("content-type", text);
        request
    };
    assert_eq!(of(unread, Some("acme")).await.0, 415);
    let unknown = of(rpc("tasks/steal", r#"{"tenant":"other"}"#), Some("acme")).await;
    assert!(unknown.2.contains("-32601"), "{}", unknown.2);
    for claim in [None, Some("")] {
        assert_eq!(of(get("/tasks/7"), claim).await.0, 403);
        let mut card = get("/.well-known/agent-card.json");
        card.headers_mut().insert("host", "gw".parse().unwrap());
        assert_eq!(of(card, claim).await.3.len(), 1, "cards are for all");
    }
    #[cfg(feature = "grpc")]
    {
        let operation = crate::A2aOperation::GetTask;
        let path = "/lf.a2a.v1.A2AService/GetTask";
        let call = grpc(path, &operation, r#"{"id":"7","tenant":"other"}"#);
        let (_, headers, _, bodies) = of(call, Some("acme")).await;
        assert_eq!(
            (&headers["grpc-status"], bodies.len()),
            (&"7".parse().unwrap(), 0)
        );
    }
}

#[tokio::test]
async fn streams_of_a_caller_are_counted_until_they_end() {
    let open = Open::streams(1);
    let service = ServiceBuilder::new()
        .layer(A2aLayer::new())
        .layer(PolicyLayer::new(open))
        .service(service_fn(|_: Request<_>| async {
            let response = Response::builder().header("content-type", "text/event-stream");
            let event = r#"data: {"result":{"message":{"messageId":"m"}}}"#;
            let body = Body::from(Bytes::from(format!("{event}\n\n")));
            Ok::<_, Infallible>(response.body(body).unwrap())
        }));
    let call = |method| service.clone().oneshot(rpc(method, &message("")));
    let first = call("SendStreamingMessage").await.unwrap();
    assert_eq!(first.status(), 200);
    assert_eq!(call("message/stream").await.unwrap().status(), 429);
    assert_eq!(
        service
            .clone()
            .oneshot(get("/tasks/t:subscribe"))
            .await
            .unwrap()
            .status(),
        429
    );
    // What does not stream is not counted.
    assert_eq!(call("SendMessage").await.unwrap().status(), 200);
    first.into_body().collect().await.unwrap();
    assert_eq!(call("SendStreamingMessage").await.unwrap().status(), 200);
}

#[tokio::test(start_paused = true)]
async fn unfinished_tasks_of_a_caller_are_counted() {
    fn task(id: &str, state: &str) -> &'static str {
        let text = format!(
            r#"{{"jsonrpc":"2.0","id":"q","result":{{"task":{{"id":"{id}","contextId":"c","status":{{"state":"TASK_STATE_{state}"}}}}}}}}"#
        );
        text.leak()
    }
    let policy = Unfinished::tasks(2).lifetime(std::time::Duration::from_secs(60));
    let begin = |says| through(policy.clone(), rpc("SendMessage", &message("")), says);
    for (says, passes) in [
        (task("a", "WORKING"), true),
        (task("b", "COMPLETED"), true),
        (task("c", "INPUT_REQUIRED"), true),
        (task("d", "WORKING"), false),
    ] {
        assert_eq!(begin(says).await.3.len() == 1, passes, "{says}");
    }
    // A message to a task that stands goes on, and what is over makes room.
    let more = r#"{"message":{"messageId":"m","taskId":"c","parts":[]}}"#;
    let more = through(
        policy.clone(),
        rpc("SendMessage", more),
        task("c", "COMPLETED"),
    )
    .await;
    assert_eq!(more.3.len(), 1);
    assert_eq!(begin(task("e", "WORKING")).await.3.len(), 1);
    assert_eq!(begin(task("f", "WORKING")).await.0, 429);
    let get = rpc("GetTask", r#"{"id":"a"}"#);
    let bare = r#"{"jsonrpc":"2.0","id":"q","result":{"id":"a","status":{"state":"TASK_STATE_CANCELED"}}}"#;
    through(policy.clone(), get, bare).await;
    assert_eq!(begin(task("g", "WORKING")).await.3.len(), 1);
    assert_eq!(begin(task("h", "WORKING")).await.0, 429);
    // What nobody asks for is forgotten.
    tokio::time::advance(std::time::Duration::from_secs(61)).await;
    assert_eq!(begin(task("i", "WORKING")).await.3.len(), 1);
}
