//! One call in three bindings is one call to every policy.

use std::sync::Mutex;

use agentgateway_core::{
    context::CallFacts,
    policy::{Decision, Policy},
};
use http::request;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use super::{grpc as by_method, *};
use crate::{A2aOperation, A2aVersion, wire::grpc};

/// What a policy has seen of a call; it lets nothing pass.
#[derive(Clone, Default)]
struct Sees(Arc<Mutex<Option<Vec<Option<String>>>>>);

impl Policy for Sees {
    fn name(&self) -> &'static str {
        "sees"
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        let call = head.extensions.get::<A2aCall>().expect("it is a call");
        let names = A2aCall::NAMES.iter().filter(|name| **name != "binding");
        let facts = names.map(|name| call.fact(name).map(|fact| format!("{fact:?}")));
        *self.0.lock().unwrap() = Some(facts.collect());
        Decision::Refuse(agentgateway_core::Error::new(
            agentgateway_core::ErrorKind::Forbidden,
            "no",
        ))
    }
}

/// The facts of a call, and whether the agent was asked.
fn seen(request: Request<Full<Bytes>>) -> (Option<Vec<Option<String>>>, usize) {
    let policy = Sees::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let (_, _, _, bodies) = runtime.block_on(through(policy.clone(), request, "{}"));
    let facts = policy.0.lock().unwrap().take();
    (facts, bodies.len())
}

#[derive(Clone, Debug)]
struct Names {
    task: String,
    config: String,
    context: String,
    tenant: String,
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// The call in JSON-RPC, HTTP+JSON and gRPC.
fn forms(operation: &A2aOperation, names: &Names) -> [Request<Full<Bytes>>; 3] {
    use A2aOperation as Op;

    let segment = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let (task, config, tenant) = (
        segment(&names.task),
        segment(&names.config),
        segment(&names.tenant),
    );
    let base = match &*names.tenant {
        "" => String::new(),
        _ => format!("/{tenant}"),
    };
    let (id, config_id, context) = (
        quoted(&names.task),
        quoted(&names.config),
        quoted(&names.context),
    );
    let message = format!(
        r#""message":{{"messageId":"m","role":"ROLE_USER","taskId":{id},"contextId":{context},"parts":[{{"text":"hi"}}]}}"#
    );
    let configs = format!("{base}/tasks/{task}/pushNotificationConfigs");
    let query = segment(&names.context);
    let (params, method, path, body) = match operation {
        Op::SendMessage => (
            message.clone(),
            "POST",
            format!("{base}/message:send"),
            message,
        ),
        Op::SendStreamingMessage => (
            message.clone(),
            "POST",
            format!("{base}/message:stream"),
            message,
        ),
        Op::GetTask => (
            format!(r#""id":{id}"#),
            "GET",
            format!("{base}/tasks/{task}"),
            String::new(),
        ),
        Op::CancelTask => (
            format!(r#""id":{id}"#),
            "POST",
            format!("{base}/tasks/{task}:cancel"),
            String::new(),
        ),
        Op::SubscribeToTask => (
            format!(r#""id":{id}"#),
            "POST",
            format!("{base}/tasks/{task}%3Asubscribe"),
            String::new(),
        ),
        Op::ListTasks => (
            format!(r#""contextId":{context}"#),
            "GET",
            format!("{base}/tasks?contextId={query}"),
            String::new(),
        ),
        Op::CreateTaskPushNotificationConfig => {
            let push = format!(r#""id":{config_id},"url":"https://x.example/""#);
            (format!(r#""taskId":{id},{push}"#), "POST", configs, push)
        }
        Op::GetTaskPushNotificationConfig | Op::DeleteTaskPushNotificationConfig => {
            let get = *operation == Op::GetTaskPushNotificationConfig;
            (
                format!(r#""taskId":{id},"id":{config_id}"#),
                if get { "GET" } else { "DELETE" },
                format!("{configs}/{config}"),
                String::new(),
            )
        }
        _ => (format!(r#""taskId":{id}"#), "GET", configs, String::new()),
    };
    let named = match &*names.tenant {
        "" => format!("{{{params}}}"),
        tenant => format!(r#"{{{params},"tenant":{}}}"#, quoted(tenant)),
    };
    let mut by_rpc = rpc(operation.as_str(), &named);
    let mut by_rest = post(
        &path,
        &if method == "POST" {
            format!("{{{body}}}")
        } else {
            body
        },
    );
    *by_rest.method_mut() = method.parse().unwrap();
    let path = grpc::method_path(A2aVersion::V1_0, operation).unwrap();
    let mut by_grpc = by_method(path, operation, &named);
    for request in [&mut by_rpc, &mut by_rest, &mut by_grpc] {
        let version = "1.0".parse().unwrap();
        request.headers_mut().insert("a2a-version", version);
    }
    [by_rpc, by_rest, by_grpc]
}

fn operations() -> impl Strategy<Value = A2aOperation> {
    use A2aOperation as Op;

    prop::sample::select(vec![
        Op::SendMessage,
        Op::SendStreamingMessage,
        Op::GetTask,
        Op::CancelTask,
        Op::SubscribeToTask,
        Op::ListTasks,
        Op::CreateTaskPushNotificationConfig,
        Op::GetTaskPushNotificationConfig,
        Op::ListTaskPushNotificationConfigs,
        Op::DeleteTaskPushNotificationConfig,
    ])
}

/// Ids as agents make them, and some that look like words of the protocol. Those with a slash, a colon or a percent
/// sign may be refused as segments of a path, which agents read in several ways.
fn ids() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9ü ._~+-]{1,12}",
        prop::sample::select(vec!["tasks", "Tasks", "v1", "message", "card", "CARD"])
            .prop_map(str::to_owned),
    ]
}

proptest! {
    /// Fault A20: JSON-RPC and REST and gRPC forms of one call: whatever a rule asks for, it is told the same in each
    /// binding, so that its result is the same.
    #[test]
    fn one_call_has_the_same_facts_in_every_binding(
        operation in operations(),
        task in ids(),
        config in ids(),
        context in ids(),
        tenant in prop_oneof!["", "[a-z0-9-]{2,8}"],
    ) {
        // Of a path with `v1` before its route nobody knows whether it is a tenant.
        prop_assume!(tenant != "v1" && tenant != "tasks");
        let names = Names { task, config, context, tenant };
        let [by_rpc, by_rest, by_grpc] = forms(&operation, &names).map(seen);
        prop_assert!(by_rpc.0.is_some(), "{:?} {:?}", operation, names);
        prop_assert_eq!(&by_rpc, &by_rest, "{:?} {:?}", operation, names);
        prop_assert_eq!(&by_rpc, &by_grpc, "{:?} {:?}", operation, names);
        prop_assert_eq!(by_rpc.1, 0);
    }
}
