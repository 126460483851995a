//! What an official SDK client is answered through the gateway, and what it is answered directly.
//!
//! `tests/clients/mcp_answers.mjs` lists, calls and reads everything that a peer has, and answers what it is
//! asked meanwhile. The answers are equal but for:
//! * members that one era alone has: `resultType`, `ttlMs`, `cacheScope`, the server's name in `_meta`;
//! * the key of a question, which a peer of earlier revisions hints at in `_meta`;
//! * the code of a resource that is not there, -32002 before and -32602 now;
//! * the words of errors: SDKs put theirs before them, and the gateway says itself what no server has;
//! * what the progress tool says, since that is the token that the request bore.
//!
//! Whatever else differs is a fault.

use std::{process::Stdio, time::Duration};

use agentgateway_tests::{Peer, here};
use serde_json::{Map, Value, json};
use tokio::{process::Command, time::timeout};

use crate::before;

/// How long a client may take for all; it takes two seconds.
const LIMIT: Duration = Duration::from_secs(60);

/// The SDKs, and the revisions that they are held to.
const CLIENTS: [[&str; 2]; 3] = [
    ["v1", "2025-11-25"],
    ["v2", "2025-11-25"],
    ["v2", "2026-07-28"],
];

const LISTS: [&str; 4] = ["tools", "prompts", "resources", "resourceTemplates"];

/// A peer has more to say than this.
const ANSWERS: usize = 45;

/// How the server stands behind the gateway.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stands {
    Alone,
    Beside,
    BesidePrefixed,
}

/// What a client says that it got.
async fn answers(url: &str, [sdk, revision]: [&str; 2], prefix: &str) -> String {
    let client = Command::new("node")
        .arg(here().join("clients/mcp_answers.mjs"))
        .args([url, "--sdk", sdk, "--revision", revision])
        .args(["--prefix", prefix])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(LIMIT, client).await;
    let output = output.expect("it ends").expect("node runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{sdk} at {revision}: {error}");
    String::from_utf8(output.stdout).expect("text")
}

/// Removes a member of `_meta`, and the rest of it when that is empty.
fn without_meta(object: &mut Value, key: &str) {
    let Some(object) = object.as_object_mut() else {
        return;
    };
    if let Some(meta) = object.get_mut("_meta").and_then(Value::as_object_mut) {
        meta.remove(key);
        if meta.is_empty() {
            object.remove("_meta");
        }
    }
}

/// Takes away what the head of this file names.
fn stripped(name: &str, answer: &mut Value) {
    let members = answer.as_object_mut().expect("an outcome");
    if let Some(result) = members.get_mut("result") {
        without_meta(result, "io.modelcontextprotocol/serverInfo");
        let result = result.as_object_mut().expect("an object");
        for key in ["resultType", "ttlMs", "cacheScope"] {
            result.remove(key);
        }
        if name == "tool test_tool_with_progress" {
            let text = &mut result["content"][0]["text"];
            assert_ne!(*text, "no progress token");
            *text = Value::Null;
        }
    }
    if let Some(error) = members.get_mut("error").and_then(Value::as_object_mut) {
        error.remove("message");
        if error["code"] == -32002 {
            error["code"] = json!(-32602);
        }
    }
    for question in members["asked"].as_array_mut().expect("a list") {
        without_meta(&mut question["params"], "agentgateway.dev/input-key");
        if question["params"].is_null() {
            question["params"] = json!({});
        }
    }
}

/// The answers by name, and the lists, of what a client said.
fn read(said: &str) -> Map<String, Value> {
    let mut said: Value = serde_json::from_str(said).expect("JSON");
    let mut all = said["said"].take();
    let all = all.as_object_mut().expect("answers");
    for (name, answer) in all.iter_mut() {
        stripped(name, answer);
    }
    for list in LISTS {
        all.insert(list.to_owned(), said["lists"][list].take());
    }
    all.insert("capabilities".to_owned(), said["capabilities"].take());
    std::mem::take(all)
}

/// The items of a list whose names another list has, too.
fn only(items: &Value, wanted: &Value) -> Value {
    let names = |list: &Value| {
        let list = list.as_array().into_iter().flatten();
        list.map(|item| item["name"].clone()).collect::<Vec<_>>()
    };
    let wanted = names(wanted);
    let items = items.as_array().expect("a list").iter();
    items
        .filter(|item| wanted.contains(&item["name"]))
        .cloned()
        .collect()
}

/// What differs, in words.
fn differences(
    direct: &Map<String, Value>,
    got: &Map<String, Value>,
    stands: Stands,
) -> Vec<String> {
    let mut different = Vec::new();
    let mut names: Vec<_> = direct.keys().chain(got.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let [direct, got] = [direct, got].map(|all| all.get(name).cloned().unwrap_or_default());
        let got = match name.as_str() {
            // Another server's are there, too.
            "capabilities" if stands != Stands::Alone => continue,
            list if LISTS.contains(&list) && stands != Stands::Alone => only(&got, &direct),
            _ => got,
        };
        if got != direct {
            different.push(format!("{name}:\n   direct {direct}\n  gateway {got}"));
        }
    }
    different
}

/// Clients of both eras are answered by this server's words.
async fn equal(server: &str, revision: &str, stands: Stands) {
    let peer = Peer::node(&format!("mcp/{server}.mjs"), &[]).await;
    let other = Peer::node("everything.mjs", &[]).await;
    let both = [("one", &peer), ("everything", &other)];
    let (servers, fields) = match stands {
        Stands::Alone => (&both[..1], ""),
        Stands::Beside => (&both[..], ", prefixMode: Never"),
        Stands::BesidePrefixed => (&both[..], ""),
    };
    let gateway = before(servers, fields).await;
    let own = format!("http://127.0.0.1:{}/mcp", peer.port());
    let direct = read(&answers(&own, ["v2", revision], "").await);
    assert!(direct.len() > ANSWERS, "{}", direct.len());
    let url = format!("{}/mcp", gateway.url("mcp"));
    let mut faults = Vec::new();
    for client in CLIENTS {
        let said = match stands {
            Stands::BesidePrefixed => {
                let said = answers(&url, client, "one").await;
                said.replace("\"one_", "\"").replace("\"one+", "\"")
            }
            _ => answers(&url, client, "").await,
        };
        let got = read(&said);
        let different = differences(&direct, &got, stands);
        println!(
            "{client:?}: {} answers, {} differ",
            got.len(),
            different.len()
        );
        faults.extend(different.iter().map(|what| format!("{client:?} {what}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_legacy_server_says_the_same_through_the_gateway() {
    equal("legacy", "2025-11-25", Stands::Alone).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modern_server_says_the_same_through_the_gateway() {
    equal("modern", "2026-07-28", Stands::Alone).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_legacy_server_beside_another_says_the_same() {
    equal("legacy", "2025-11-25", Stands::Beside).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modern_server_beside_another_says_the_same() {
    equal("modern", "2026-07-28", Stands::Beside).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_legacy_server_says_the_same_under_names_of_its_target() {
    equal("legacy", "2025-11-25", Stands::BesidePrefixed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modern_server_says_the_same_under_names_of_its_target() {
    equal("modern", "2026-07-28", Stands::BesidePrefixed).await;
}
