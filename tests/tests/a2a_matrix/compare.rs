//! What a client was told, held against what is expected.

use serde_json::Value;

use crate::{
    agents::Kind,
    clients::{Client, Sdk},
};

/// Names that SDKs give to what is wrong with a request.
const MALFORMED: [&str; 5] = [
    "InvalidParams",
    "InvalidRequest",
    "RequestMalformed",
    "-32600",
    "A2A",
];

/// Where two outcomes differ, in words; what is allowed to differ is left out.
pub(crate) fn differences(
    client: &Client,
    agent: &Kind,
    expected: &Value,
    outcome: &Value,
) -> Vec<String> {
    let mut found = Vec::new();
    differ(
        "",
        &expected["steps"],
        &outcome["steps"],
        &mut |path, one, other| {
            if !is_allowed(client, agent, path, (one, other)) {
                found.push(format!("{path}: expected {one}, got {other}"));
            }
        },
    );
    found
}

fn differ(
    path: &str,
    expected: &Value,
    outcome: &Value,
    tell: &mut impl FnMut(&str, &Value, &Value),
) {
    match (expected, outcome) {
        (Value::Object(one), Value::Object(other)) => {
            let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                let path = format!("{path}/{name}");
                differ(&path, &expected[name], &outcome[name], tell);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (at, (one, other)) in one.iter().zip(other).enumerate() {
                differ(&format!("{path}/{at}"), one, other, tell);
            }
        }
        _ if expected != outcome => tell(path, expected, outcome),
        _ => {}
    }
}

/// Whether a difference is no fault of the gateway's.
fn is_allowed(
    client: &Client,
    agent: &Kind,
    path: &str,
    (expected, got): (&Value, &Value),
) -> bool {
    let starts = |prefix: &str| path.starts_with(prefix);
    let ends = |suffix: &str| path.ends_with(suffix);
    // Words of errors hold ids, and what the client's own SDK says around them.
    if starts("/errors/ok/") && ends("/text") {
        return true;
    }
    // v0.3 cannot list tasks.
    if starts("/list") && client.is_v0_3() != agent.is_v0_3() {
        return true;
    }
    if starts("/errors/ok/") && ends("/name") && are_alike(agent, path, expected, got) {
        return true;
    }
    // A stream of v1.0 begins with the task; between bindings the bridge speaks v1.0.
    if path == "/subscribe/ok/first" && got == "task" {
        return true;
    }
    is_the_agents(client, agent, path, expected, got) || is_the_clients(client, path, got)
}

/// `UnsupportedOperation` for SDKs of v0.3: its number, and its status.
const UNSUPPORTED: [&str; 3] = ["UnsupportedOperation", "-32004", "501"];

/// SDKs name the same error by other words.
fn are_alike(agent: &Kind, path: &str, expected: &Value, got: &Value) -> bool {
    let one_of = |names: &[&str]| {
        let is_one = |name: &Value| name.as_str().is_some_and(|name| names.contains(&name));
        is_one(expected) && is_one(got)
    };
    // The Python SDK of v0.3 over HTTP+JSON answers a stream that cannot begin with whatever the server says.
    let has_no_word = path.contains("subscribe_done") && agent.sdk == Sdk::Python03;
    one_of(&MALFORMED) || one_of(&UNSUPPORTED) || has_no_word
}

/// What the agent's SDK cannot do.
fn is_the_agents(client: &Client, agent: &Kind, path: &str, expected: &Value, got: &Value) -> bool {
    let is_py03 = agent.sdk == Sdk::Python03;
    let in_protobuf = is_py03 && agent.binding != Some("jsonrpc");
    let lists = ["/push/ok/list", "/push/ok/left", "/push/ok/delete"];
    let is_of_lists = lists.iter().any(|list| path.starts_with(list));
    // Its own client has no word for these, and its servers over protobuf no method.
    if is_of_lists && (expected.is_null() || in_protobuf) {
        return true;
    }
    // It writes bytes in base64 where protobuf has bytes, and cannot read any that are not UTF-8.
    let own = client.sdk == agent.sdk && Some(client.binding) == agent.binding;
    if in_protobuf && !own && (path.starts_with("/send_binary") || tells_sizes(path, got)) {
        return true;
    }
    // Its HTTP+JSON streams stand on many lines, which the Node.js SDK of v0.3 cannot read, nor can it configure
    // pushes there; between them the gateway changes nothing.
    in_protobuf && client.sdk == Sdk::Node03 && Some(client.binding) == agent.binding && {
        let steps = [
            "/cancel",
            "/stream",
            "/subscribe",
            "/push",
            "/errors/ok/subscribe_done",
        ];
        steps.iter().any(|step| path.starts_with(step))
    }
}

/// What the client's SDK cannot do.
fn is_the_clients(client: &Client, path: &str, got: &Value) -> bool {
    let in_protobuf = client.binding != "jsonrpc";
    match client.sdk {
        Sdk::Python03 => {
            let lists = ["/push/ok/list", "/push/ok/left"];
            let lacks = got.is_null() && lists.iter().any(|list| path.starts_with(list));
            // Over HTTP+JSON it says the same of everything that is no stream.
            let no_stream = client.binding == "rest" && path.contains("subscribe_done");
            lacks || no_stream || (in_protobuf && tells_sizes(path, got))
        }
        Sdk::Node03 if in_protobuf => {
            // Names of files, and whether a piece is one of several, are lost on its side; over gRPC it cannot
            // send null.
            path.ends_with("/filename")
                || path.ends_with("/append")
                || path.starts_with("/send_null")
        }
        _ => false,
    }
}

/// The name of an artifact that tells how large what came was.
fn tells_sizes(path: &str, got: &Value) -> bool {
    let sizes = got.as_str().is_some_and(|name| name.contains("raw "));
    path.ends_with("/artifacts/0/name") && sizes
}
