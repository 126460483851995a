use agentgateway_core::{body::Peeked, context::MountPath};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use http_body_util::{BodyExt, Full};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

use super::support::{Script, exchange, get, json, post, rpc};
use crate::{
    A2a, A2aBinding, A2aCall, A2aLayer, A2aOperation, A2aVersion, TaskState, wire::ResultKind,
};

const TASK: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"task":{"id":"t","contextId":"c","status":{"state":"TASK_STATE_COMPLETED"}}}}"#;

#[tokio::test]
async fn reads_a_call_and_forwards_its_bytes() {
    let body = r#" {"id":"x","jsonrpc":"2.0","method":"SendMessage", "params":{"tenant":"acme","message":{"messageId":"m","contextId":"c","parts":[{"data":1e400}]}}}"#;
    let mut request = rpc(body);
    let headers = request.headers_mut();
    headers.insert("a2a-version", "1.0".parse().unwrap());
    headers.insert(
        "a2a-extensions",
        "https://a/x, https://b/y".parse().unwrap(),
    );
    headers.insert("x-a2a-extensions", "https://a/x".parse().unwrap());
    headers.insert("accept-encoding", "gzip".parse().unwrap());
    let exchange = exchange(A2aLayer::new(), request, json(200, TASK)).await;

    let call = exchange.call();
    assert_eq!(*call.operation(), A2aOperation::SendMessage);
    assert_eq!(call.binding(), A2aBinding::JsonRpc);
    assert!(call.is_consistent());
    assert_eq!(call.version(), A2aVersion::V1_0);
    assert_eq!(call.id().unwrap().as_raw(), b"\"x\"");
    assert_eq!(call.tenant(), Some("acme"));
    assert_eq!(call.message_id(), Some("m"));
    assert_eq!(call.context_id(), Some("c"));
    let extensions: Vec<_> = call.extensions().collect();
    assert_eq!(extensions, ["https://a/x", "https://b/y"]);
    let seen = exchange.seen.as_ref().unwrap();
    assert_eq!(seen.body, body);
    assert!(!seen.head.headers.contains_key("accept-encoding"));

    assert_eq!(exchange.text(), TASK);
    let told = exchange.only();
    assert_eq!((told.end, told.report.failed), ("complete", false));
    assert_eq!(told.report.task_id.as_deref(), Some("t"));
    assert_eq!(told.report.context_id.as_deref(), Some("c"));
    assert_eq!(told.report.state, Some(TaskState::Completed));
    assert_eq!(told.report.result, Some(ResultKind::Task));
}

#[tokio::test]
async fn the_method_tells_the_version_that_is_written() {
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"id":"t"}}"#;
    let of_v0_3 = exchange(A2aLayer::new(), rpc(body), json(200, TASK)).await;
    assert!(of_v0_3.call().is_consistent());
    assert_eq!(of_v0_3.call().task_id(), Some("t"));

    let body = r#"{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{"id":"t"}}"#;
    let undeclared = exchange(A2aLayer::new(), rpc(body), json(200, TASK)).await;
    assert_eq!(undeclared.call().version(), A2aVersion::V1_0);
    assert!(!undeclared.call().is_consistent());

    let mut by_query = rpc(body);
    *by_query.uri_mut() = "/a2a?A2A-Version=1.0".parse().unwrap();
    let declared = exchange(A2aLayer::new(), by_query, json(200, TASK)).await;
    assert!(declared.call().is_consistent());
}

/// Fault A21 (part): methods and paths of both versions in any spelling; what is unknown passes to the agent.
#[tokio::test]
async fn an_unknown_method_goes_to_the_agent() {
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tasks/dance","params":[1]}"#;
    let answer = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}"#;
    let exchange = exchange(A2aLayer::new(), rpc(body), json(200, answer)).await;
    let unknown = A2aOperation::Unknown("tasks/dance".into());
    assert_eq!(*exchange.call().operation(), unknown);
    let report = &exchange.only().report;
    assert!(report.failed);
    assert_eq!(report.error_code, Some(-32601));
    assert_eq!(report.error_reason.as_deref(), Some("METHOD_NOT_FOUND"));
}

#[tokio::test]
async fn reads_routes_of_http_json() {
    let task = r#"{"id":"a/b","status":{"state":"TASK_STATE_WORKING"}}"#;
    let by_get = exchange(A2aLayer::new(), get("/acme/tasks/a%2Fb"), json(200, task)).await;
    let call = by_get.call();
    assert_eq!(*call.operation(), A2aOperation::GetTask);
    assert_eq!(call.binding(), A2aBinding::HttpJson);
    assert_eq!(call.task_id(), Some("a/b"));
    assert_eq!(call.tenant(), Some("acme"));
    assert_eq!(by_get.only().report.state, Some(TaskState::Working));

    let body = r#"{"message":{"messageId":"m","content":[]},"configuration":{"blocking":true}}"#;
    let of_v0_3 = exchange(
        A2aLayer::new(),
        post("/v1/message:send", body),
        json(200, r#"{"message":{"messageId":"n"}}"#),
    )
    .await;
    let call = of_v0_3.call();
    assert_eq!(call.version(), A2aVersion::V0_3);
    assert_eq!(call.return_immediately(), Some(false));
    assert_eq!((call.tenant(), call.id()), (None, None));
    assert_eq!(of_v0_3.seen.as_ref().unwrap().body, body);
    assert_eq!(of_v0_3.only().report.result, Some(ResultKind::Message));
}

#[tokio::test]
async fn the_path_stands_above_the_body() {
    let request = post(
        "/acme/tasks/t:cancel?A2A-Version=1.0",
        r#"{"id":"other","tenant":"acme"}"#,
    );
    let exchange = exchange(A2aLayer::new(), request, json(200, "{}")).await;
    assert_eq!(exchange.call().task_id(), Some("t"));
    assert_eq!(exchange.call().tenant(), Some("acme"));
}

/// Fault A09 (part): the tenant in path, query and body disagree.
#[tokio::test]
async fn tenants_that_disagree_are_refused() {
    for (path, body) in [
        ("/acme/tasks/t:cancel", r#"{"tenant":"evil"}"#),
        ("/tasks/t:cancel?tenant=acme", r#"{"tenant":"evil"}"#),
        ("/acme/tasks/t:cancel?tenant=evil", r#"{"tenant":"acme"}"#),
        ("/acme/tasks/t:cancel?tenant=evil", "{}"),
    ] {
        let request = post(path, body);
        let exchange = exchange(A2aLayer::new(), request, json(200, "{}")).await;
        assert!(exchange.seen.is_none(), "{path} {body}");
        assert_eq!(exchange.answer.status(), 400, "{path} {body}");
    }
}

#[tokio::test]
async fn the_public_path_is_no_tenant() {
    let layer = || A2aLayer::new().public_url("https://x.example/agents/planner".parse().unwrap());
    for (path, tenant) in [
        ("/agents/planner/message:send", None),
        ("/agents/planner/acme/message:send", Some("acme")),
        ("/acme/message:send", Some("acme")),
        ("/a/b/c/message:send", None),
        ("/message:send", None),
    ] {
        let exchange = exchange(layer(), post(path, "{}"), json(200, "{}")).await;
        assert_eq!(exchange.call().tenant(), tenant, "{path}");
    }
}

#[tokio::test]
async fn what_a_router_took_off_does_not_hide_a_tenant() {
    for (public, mount, path, tenant) in [
        (
            "https://x.example/planner",
            "/planner",
            "/planner/message:send",
            Some("planner"),
        ),
        (
            "https://x.example/planner",
            "/planner",
            "/message:send",
            None,
        ),
        (
            "https://x.example/a/planner",
            "/a",
            "/planner/t/message:send",
            Some("t"),
        ),
        (
            "https://x.example/a/planner",
            "/planner",
            "/a/message:send",
            Some("a"),
        ),
        (
            "https://x.example/planner",
            "",
            "/planner/message:send",
            None,
        ),
    ] {
        let layer = A2aLayer::new().public_url(public.parse().unwrap());
        let mut request = post(path, "{}");
        request.extensions_mut().insert(MountPath::new(mount));
        let exchange = exchange(layer, request, json(200, "{}")).await;
        assert_eq!(exchange.call().tenant(), tenant, "{public} {mount} {path}");
    }
}

#[tokio::test]
async fn a_route_without_json_is_a_call_by_its_head() {
    let request = Request::post("/tasks/t:cancel")
        .body(Full::new(Bytes::from("x")))
        .unwrap();
    let exchange = exchange(A2aLayer::new(), request, json(200, "{}")).await;
    assert_eq!(*exchange.call().operation(), A2aOperation::CancelTask);
    assert_eq!(exchange.seen.unwrap().body, "x");
}

/// A body that never comes.
struct Silent;

impl HttpBody for Silent {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        std::task::Poll::Pending
    }
}

#[tokio::test]
async fn a_grpc_call_passes_before_its_body_has_come() {
    let agent = service_fn(|request: Request<Peeked<Silent>>| async move {
        assert!(request.extensions().get::<A2aCall>().is_none());
        assert_eq!(request.headers()["accept-encoding"], "gzip");
        Ok::<_, std::convert::Infallible>(Response::new(Full::new(Bytes::from("frames"))))
    });
    let request = Request::post("/lf.a2a.v1.A2AService/SendStreamingMessage")
        .header("content-type", "application/grpc+proto")
        .header("accept-encoding", "gzip")
        .body(Silent)
        .unwrap();
    let answer = A2aLayer::new().layer(agent).oneshot(request).await.unwrap();
    assert_eq!(
        answer.into_body().collect().await.unwrap().to_bytes(),
        "frames"
    );
}

/// Fault S13 (part): gRPC frames pass both ways as they came, however they are cut, and whatever length they declare.
#[tokio::test]
async fn grpc_frames_pass_as_they_came_however_they_are_cut() {
    // A message, an empty one, and one that declares 4 GiB and never comes.
    let frames = b"\0\0\0\0\x03abc\0\0\0\0\0\x01\xff\xff\xff\xff";
    let echo = service_fn(|request: Request<Peeked<Script>>| async move {
        Ok::<_, std::convert::Infallible>(Response::new(request.into_body()))
    });
    for first in 0..=frames.len() {
        for second in first..=frames.len() {
            let pieces = [&frames[..first], &frames[first..second], &frames[second..]];
            let request = Request::post("/lf.a2a.v1.A2AService/SendStreamingMessage")
                .header("content-type", "application/grpc")
                .body(Script::new(pieces.map(Bytes::from_static)))
                .unwrap();
            let Ok(answer) = A2aLayer::new().layer(echo).oneshot(request).await;
            let mut body = answer.into_body();
            for piece in pieces {
                let frame = body.frame().await.unwrap().unwrap();
                assert_eq!(
                    frame.into_data().unwrap(),
                    piece,
                    "cut at {first}, {second}"
                );
            }
            assert!(body.frame().await.is_none());
        }
    }
}

#[tokio::test]
async fn all_else_passes_without_a_call() {
    for layer in [A2aLayer::new(), A2aLayer::new().enabled(false)] {
        let request = Request::post("/upload")
            .header("content-type", "text/plain")
            .body(Full::new(Bytes::from("{")))
            .unwrap();
        let exchange = exchange(layer, request, json(200, "{")).await;
        assert_eq!(exchange.text(), "{");
        assert!(exchange.told.is_empty());
        let seen = exchange.seen.unwrap();
        assert!(seen.head.extensions.get::<A2aCall>().is_none());
    }
}

/// Fault A25 (part): an agent that answers with an error or fails: reported, and said in the binding's form.
#[tokio::test]
async fn failures_of_the_agent_are_reported() {
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"id":"t"}}"#;
    let html = Response::builder()
        .status(500)
        .body(Script::new(["<html>"]));
    let plain = exchange(A2aLayer::new(), rpc(body), Ok(html.unwrap())).await;
    assert_eq!((plain.text(), plain.only().report.failed), ("<html>", true));

    let error = r#"{"error":{"code":404,"status":"NOT_FOUND","message":"no","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"TASK_NOT_FOUND","domain":"a2a-protocol.org"}]}}"#;
    let rest = exchange(A2aLayer::new(), get("/tasks/t"), json(404, error)).await;
    assert_eq!(rest.text(), error);
    let report = &rest.only().report;
    assert!(report.failed);
    assert_eq!(report.error_reason.as_deref(), Some("TASK_NOT_FOUND"));
}

#[test]
fn services_are_shared_and_futures_are_sent() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    fn sent<T: Send>(_: T) {}

    let agent = service_fn(|_: Request<_>| async { json(200, "{}") });
    let layer = A2aLayer::new();
    shared(&layer);
    let service: A2a<_> = layer.layer(agent);
    shared(&service);
    sent(async move {
        let answer = service.oneshot(rpc("{}")).await.unwrap();
        sent(answer.into_body());
    });
}

/// Fault A21: method name case: what some frameworks take for a method or a route, since they do not tell cases
/// apart, is refused, and no agent is asked.
#[tokio::test]
async fn another_case_is_another_method() {
    for method in [
        "canceltask",
        "CANCELTASK",
        "Tasks/Cancel",
        "gettask",
        " GetTask",
    ] {
        let body =
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{"id":"7"}}}}"#);
        let told = exchange(A2aLayer::new(), rpc(&body), json(200, "{}")).await;
        assert!(told.seen.is_none(), "{method}");
        assert!(told.text().contains("-32601"), "{}", told.text());
    }
    let sneaky = r#"{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{"id":"mine"},"message":{"taskId":"theirs"}}"#;
    for request in [
        get("/Tasks/7"),
        get("/TASKS"),
        get("/acme/taskS/7/pushnotificationconfigs/c"),
        get("/tasks/7:Subscribe"),
        get("/ExtendedAgentCard"),
        get("/V1/card"),
        post("/Tasks/7:cancel", "{}"),
        post("/tasks/7%3ACancel/", "{}"),
        post("/message:SEND", sneaky),
        post("/%4dessage:send", sneaky),
    ] {
        let uri = request.uri().clone();
        let told = exchange(A2aLayer::new(), request, json(200, "{}")).await;
        assert!(told.seen.is_none(), "{uri}");
        assert_eq!(told.answer.status(), 404, "{uri}");
    }
    // Ids and tenants are in any case, and what is nobody's route is the agent's.
    for path in [
        "/Tasks/tasks/7",
        "/tasks/Card",
        "/tasks/V1",
        "/Docs",
        "/Tasks/a/b",
    ] {
        let told = exchange(A2aLayer::new(), get(path), json(200, "{}")).await;
        assert!(told.seen.is_some(), "{path}");
    }
}

/// Fault A21: a path in which an agent that decodes it first finds another route is refused.
#[tokio::test]
async fn encoded_slashes_hide_no_route() {
    for (method, path) in [
        ("GET", "/tasks%2Fvictim"),
        ("GET", "/acme%2ftasks/victim"),
        ("GET", "/tasks/7%2FpushNotificationConfigs%2Fc1"),
        ("POST", "/tasks%2Fvictim:cancel"),
    ] {
        let request = Request::builder().method(method).uri(path);
        let told = exchange(
            A2aLayer::new(),
            request.body(Full::default()).unwrap(),
            json(200, "{}"),
        )
        .await;
        assert_eq!(told.answer.status(), 400, "{path}");
        assert!(told.seen.is_none(), "{path}");
    }
}

/// Fault A20 (part): a content type of gRPC makes no other request unseen.
#[tokio::test]
async fn routes_are_calls_whatever_they_say_they_hold() {
    for (method, path, operation) in [
        ("GET", "/tasks/7", A2aOperation::GetTask),
        ("POST", "/message:send", A2aOperation::SendMessage),
        (
            "GET",
            "/.well-known/agent-card.json",
            A2aOperation::AgentCard,
        ),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "gw.example")
            .header("content-type", "Application/GRPC");
        let told = exchange(
            A2aLayer::new(),
            request.body(Full::default()).unwrap(),
            json(200, "{}"),
        )
        .await;
        assert!(told.call().is(&operation), "{path}");
    }
}

/// Fault A20 (part): the same member in another casing, which some agents take for it, is refused.
#[tokio::test]
async fn members_in_two_casings_are_refused() {
    for params in [
        r#"{"id":"mine","ID":"victim"}"#,
        r#"{"id":"mine","Tenant":"other","tenant":"own"}"#,
    ] {
        let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{params}}}"#);
        let told = exchange(A2aLayer::new(), post("/", &body), json(200, "{}")).await;
        assert!(told.seen.is_none(), "{params}");
        assert!(told.text().contains("-32602"), "{}", told.text());
    }
}
