use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use agentgateway_core::{
    Body,
    context::{AuthMethod, Principal},
    policy::PolicyLayer,
};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tower::{ServiceBuilder, ServiceExt, service_fn};

use super::TaskOwners;
use crate::A2aLayer;

/// The gateway before an agent that says the same to everything, and counts.
#[derive(Clone)]
struct World {
    owners: TaskOwners,
    asked: Arc<AtomicUsize>,
}

impl World {
    fn new() -> Self {
        Self {
            owners: TaskOwners::new(),
            asked: Arc::default(),
        }
    }

    async fn send(
        &self,
        caller: &str,
        mut request: Request<Full<Bytes>>,
        media: &'static str,
        says: &str,
    ) -> (StatusCode, String) {
        let (asked, says) = (self.asked.clone(), Bytes::from(says.to_owned()));
        let layer = A2aLayer::new().agent("planner");
        #[cfg(feature = "grpc")]
        let layer = layer.grpc(true);
        let service = ServiceBuilder::new()
            .layer(layer)
            .layer(PolicyLayer::new(self.owners.clone()))
            .service(service_fn(move |_: Request<_>| {
                asked.fetch_add(1, Ordering::Relaxed);
                let response = Response::builder().header("content-type", media);
                let response = response.body(Body::from(says.clone())).unwrap();
                async move { Ok::<_, Infallible>(response) }
            }));
        if !caller.is_empty() {
            let caller = Principal::new(AuthMethod::ApiKey, caller);
            caller.insert(request.extensions_mut());
        }
        let answer = service.oneshot(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn rpc(&self, caller: &str, method: &str, params: &str, says: &str) -> String {
        let request = rpc(method, params);
        self.send(caller, request, "application/json", says).await.1
    }

    /// A task of this caller.
    async fn begin(&self, caller: &str, task: &str, context: &str) {
        let says = format!(
            r#"{{"jsonrpc":"2.0","id":1,"result":{{"task":{{"id":"{task}","contextId":"{context}","status":{{"state":"TASK_STATE_WORKING"}}}}}}}}"#
        );
        self.rpc(caller, "SendMessage", MESSAGE, &says).await;
    }

    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::Relaxed)
    }
}

const MESSAGE: &str = r#"{"message":{"messageId":"m","parts":[]}}"#;
const FINE: &str = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;

fn rpc(method: &str, params: &str) -> Request<Full<Bytes>> {
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
    Request::post("/")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))
        .unwrap()
}

fn rest(method: &str, path: &str, body: &str) -> Request<Full<Bytes>> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap()
}

/// Fault A07: `tasks/get`, `cancel`, `subscribe`, push-config of another tenant's task id: the same answer as for an unknown id, and the agent is not asked.
#[tokio::test]
async fn a_task_of_another_is_one_that_is_not_there() {
    let world = World::new();
    world.begin("alice", "t1", "c1").await;
    world.asked();
    for (method, params) in [
        ("GetTask", r#"{"id":"ID"}"#),
        ("tasks/get", r#"{"id":"ID"}"#),
        ("CancelTask", r#"{"id":"ID"}"#),
        ("SubscribeToTask", r#"{"id":"ID"}"#),
        ("tasks/resubscribe", r#"{"id":"ID"}"#),
        (
            "CreateTaskPushNotificationConfig",
            r#"{"taskId":"ID","id":"p","url":"https://x"}"#,
        ),
        (
            "tasks/pushNotificationConfig/set",
            r#"{"taskId":"ID","pushNotificationConfig":{"url":"https://x"}}"#,
        ),
        (
            "GetTaskPushNotificationConfig",
            r#"{"taskId":"ID","id":"p"}"#,
        ),
        ("ListTaskPushNotificationConfigs", r#"{"taskId":"ID"}"#),
        (
            "DeleteTaskPushNotificationConfig",
            r#"{"taskId":"ID","id":"p"}"#,
        ),
        (
            "SendMessage",
            r#"{"message":{"messageId":"m","taskId":"ID","parts":[]}}"#,
        ),
    ] {
        let of = |id: &str| params.replace("ID", id);
        let theirs = world.rpc("mallory", method, &of("t1"), FINE).await;
        let unknown = world.rpc("mallory", method, &of("none"), FINE).await;
        assert!(theirs.contains(r#""code":-32001"#), "{method}: {theirs}");
        assert_eq!(theirs, unknown, "{method}");
        assert_eq!(
            world.rpc("", method, &of("t1"), FINE).await,
            theirs,
            "{method}"
        );
        assert_eq!(world.asked(), 0, "{method}");
        assert_eq!(
            world.rpc("alice", method, &of("t1"), FINE).await,
            FINE,
            "{method}"
        );
        assert_eq!(world.asked(), 1, "{method}");
    }
    // A read that names no task is no way around.
    let none = world.rpc("mallory", "CancelTask", "{}", FINE).await;
    assert!(none.contains(r#""code":-32001"#), "{none}");
}

/// Fault A07: the same over HTTP+JSON, by paths in any spelling, and with a body that does not say what it is.
#[tokio::test]
async fn over_http_json_it_is_not_found() {
    let world = World::new();
    let stream = "data: {\"task\":{\"id\":\"t1\",\"contextId\":\"c1\",\"status\":{\"state\":\"TASK_STATE_COMPLETED\"}}}\n\n";
    let sent = rest("POST", "/message:stream", MESSAGE);
    world.send("alice", sent, "text/event-stream", stream).await;
    world.asked();
    for (method, path) in [
        ("GET", "/tasks/t1"),
        ("GET", "/v1/tasks/t1"),
        ("GET", "/tasks/t%31"),
        ("POST", "/tasks/t1:cancel"),
        ("POST", "/tasks/t1%3Acancel"),
        ("GET", "/tasks/t1/pushNotificationConfigs/p"),
    ] {
        let answer = |caller| world.send(caller, rest(method, path, ""), "application/json", "{}");
        let (status, said) = answer("mallory").await;
        assert_eq!(status, 404, "{path}: {said}");
        assert!(said.contains(r#""status":"NOT_FOUND""#), "{said}");
        assert!(said.contains(r#""reason":"TASK_NOT_FOUND""#), "{said}");
        assert_eq!(world.asked(), 0);
        assert_eq!(answer("alice").await.0, 200, "{path}");
        world.asked();
    }
    let mut sly = rest("POST", "/message:send", r#"{"message":{"taskId":"t1"}}"#);
    sly.headers_mut()
        .insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(
        world.send("mallory", sly, "application/json", "{}").await.0,
        415
    );
    let unknown = world
        .rpc("mallory", "tasks/steal", r#"{"id":"t1"}"#, FINE)
        .await;
    assert!(unknown.contains(r#""code":-32601"#), "{unknown}");
    assert_eq!(world.asked(), 0);
}

/// Fault A08: `ListTasks` without filters, with a forged `tenant`: only own tasks, and no count of others.
#[tokio::test]
async fn lists_hold_the_callers_own_tasks() {
    let world = World::new();
    world.begin("alice", "a1", "ca").await;
    world.begin("bob", "b1", "cb").await;
    world.begin("alice", "a2", "ca").await;
    let tasks = r#"{"tasks": [{"id":"b1", "n":1.0},{"id":"a1", "n":1.0},{"x":0},{"id":"b1","id":"a1"},{"id":"a2"},{"id":"z"}],"nextPageToken":"p","totalSize":6,"pageSize":50}"#;
    let mine = r#"{"tasks": [{"id":"a1", "n":1.0},{"id":"a2"}],"nextPageToken":"p","totalSize":2,"pageSize":50}"#;
    for params in ["{}", r#"{"tenant":"bob"}"#] {
        let says = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{tasks}}}"#);
        let said = world.rpc("alice", "ListTasks", params, &says).await;
        assert_eq!(
            said,
            format!(r#"{{"jsonrpc":"2.0","id":1,"result":{mine}}}"#)
        );
    }
    for path in ["/tasks", "/bob/tasks", "/tasks?pageSize=9"] {
        let request = rest("GET", path, "");
        let (_, said) = world
            .send("alice", request, "application/json", tasks)
            .await;
        assert_eq!(said, mine);
    }
    let request = rest("GET", "/tasks", "");
    let (_, nobody) = world
        .send("carol", request, "application/json", tasks)
        .await;
    assert!(
        nobody.contains(r#""tasks": [],"#) && nobody.contains(r#""totalSize":0"#),
        "{nobody}"
    );
    // What is no list that can be read shows nothing.
    for (media, says) in [
        (
            "text/plain",
            tasks.replace(r#"{"tasks""#, r#"{"tasks":[],"tasks""#),
        ),
        (
            "application/json",
            r#"{"result":{"tasks":[{"id":"b1"}]},"error":{"code":1}}"#.to_owned(),
        ),
    ] {
        let request = rpc("ListTasks", "{}");
        let (status, said) = world.send("alice", request, media, &says).await;
        assert_eq!(status, 502, "{said}");
        assert!(!said.contains("b1"), "{said}");
    }
    let failed = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"no"}}"#;
    assert_eq!(world.rpc("alice", "ListTasks", "{}", failed).await, failed);
}

/// Fault A08: forged page cursor; cursor from another tenant: a page that was not given to this caller is none.
#[tokio::test]
async fn a_page_is_for_whom_it_was_given_to() {
    let world = World::new();
    let list = |page: &str| {
        format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"tasks":[],"nextPageToken":"{page}"}}}}"#)
    };
    let ask = |caller, params: &'static str, page: &str| {
        let says = list(page);
        let world = world.clone();
        async move { world.rpc(caller, "ListTasks", params, &says).await }
    };
    let page_2 = r#"{"pageToken":"2"}"#;
    let refused = |said: &str| said.contains(r#""code":-32602"#) && said.contains("pageToken");
    assert!(refused(&ask("alice", page_2, "").await), "made up");
    assert_eq!(ask("alice", "{}", "2").await, list("2"));
    assert!(refused(&ask("bob", page_2, "").await), "of another");
    let of_tenant = r#"{"pageToken":"2","tenant":"other"}"#;
    assert!(refused(&ask("alice", of_tenant, "").await), "of a tenant");
    assert_eq!(world.asked(), 1);
    assert_eq!(ask("alice", page_2, "").await, list(""));
    // The same token may be given to both, and counts in each binding.
    assert_eq!(ask("bob", "{}", "2").await, list("2"));
    for (caller, path, status) in [
        ("bob", "/tasks?pageToken=%32", 200),
        ("bob", "/tasks?page_token=2", 200),
        ("alice", "/tasks?pageToken=3", 400),
        ("carol", "/tasks?page_token=2", 400),
        // An agent might take the other one.
        ("bob", "/tasks?pageToken=2&pageToken=3", 400),
        ("bob", "/tasks?pageToken=2&page_token=3", 400),
        ("bob", "/tasks?pageToken=2&PageToken=3", 400),
    ] {
        let request = rest("GET", path, "");
        let says = r#"{"tasks":[]}"#;
        let (told, said) = world.send(caller, request, "application/json", says).await;
        assert_eq!(told, status, "{caller} {path} {said}");
    }
}

/// Fault A10: `contextId` of another user: rejected; one that nobody has is the caller's from then on.
#[tokio::test]
async fn a_context_of_another_is_refused() {
    let world = World::new();
    world.begin("alice", "t1", "c1").await;
    world.asked();
    let into = |context: &str| {
        format!(r#"{{"message":{{"messageId":"m","contextId":"{context}","parts":[]}}}}"#)
    };
    for method in ["SendMessage", "message/send"] {
        let refused = world.rpc("mallory", method, &into("c1"), FINE).await;
        assert!(refused.contains(r#""code":-32602"#), "{refused}");
    }
    let listed = world
        .rpc("mallory", "ListTasks", r#"{"contextId":"c1"}"#, FINE)
        .await;
    assert!(listed.contains(r#""code":-32602"#), "{listed}");
    assert_eq!(world.asked(), 0);
    assert_eq!(
        world.rpc("alice", "SendMessage", &into("c1"), FINE).await,
        FINE
    );
    assert_eq!(
        world.rpc("alice", "SendMessage", &into("new"), FINE).await,
        FINE
    );
    let late = world
        .rpc("mallory", "SendMessage", &into("new"), FINE)
        .await;
    assert!(late.contains(r#""code":-32602"#), "{late}");
}

/// An agent that names a task of another does not give it away.
#[tokio::test]
async fn who_has_a_task_keeps_it() {
    let world = World::new();
    world.begin("alice", "t1", "c1").await;
    world.begin("mallory", "t1", "c1").await;
    let said = world
        .rpc("mallory", "GetTask", r#"{"id":"t1"}"#, FINE)
        .await;
    assert!(said.contains(r#""code":-32001"#), "{said}");
    assert_eq!(
        world.rpc("alice", "GetTask", r#"{"id":"t1"}"#, FINE).await,
        FINE
    );
}

/// Fault A07: over gRPC, a task of another is not found either, in the protocol's words, and one that was begun there is the caller's.
#[cfg(feature = "grpc")]
#[tokio::test]
async fn over_grpc_it_is_not_found() {
    use crate::{A2aOperation, A2aVersion, wire::grpc};

    let world = World::new();
    let version = A2aVersion::V1_0;
    let call = |operation: A2aOperation, json: &str| {
        let asked = grpc::request_from_json(version, &operation, json.as_bytes()).unwrap();
        Request::post(grpc::method_path(version, &operation).unwrap())
            .header("content-type", "application/grpc")
            .body(Full::new(grpc::frame(&asked.bytes).unwrap()))
            .unwrap()
    };
    let task = r#"{"task":{"id":"t1","contextId":"c1","status":{"state":"TASK_STATE_WORKING"}}}"#;
    let task = grpc::response_from_json(version, &A2aOperation::SendMessage, task.as_bytes());
    let task = grpc::frame(&task.unwrap().bytes).unwrap();
    let task = std::str::from_utf8(&task).unwrap();
    let begun = call(A2aOperation::SendMessage, MESSAGE);
    world.send("alice", begun, "application/grpc", task).await;
    world.asked();
    let get = || call(A2aOperation::GetTask, r#"{"id":"t1"}"#);
    let (status, said) = world.send("mallory", get(), "application/grpc", "").await;
    assert_eq!((status.as_u16(), &*said, world.asked()), (200, "", 0));
    world.send("alice", get(), "application/grpc", "").await;
    assert_eq!(world.asked(), 1);
    let list = call(A2aOperation::ListTasks, "{}");
    world.send("mallory", list, "application/grpc", "").await;
    assert_eq!(world.asked(), 0);
}
