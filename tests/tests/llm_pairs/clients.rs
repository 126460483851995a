//! The official SDKs.

use std::{path::PathBuf, process::Stdio, time::Duration};

use agentgateway_tests::{here, python};
use serde_json::{Map, Value};
use tokio::{process::Command, time::timeout};

/// How long a client may take for all of its scenes with all providers.
const LIMIT: Duration = Duration::from_secs(120);

/// The rows of the matrix: languages and dialects.
pub(crate) const CLIENTS: [&str; 8] = [
    "py-chat",
    "py-responses",
    "py-messages",
    "py-gemini",
    "py-converse",
    "ts-chat",
    "ts-responses",
    "ts-messages",
];

const SCRIPTS: [&str; 6] = [
    "llm_pairs_openai.py",
    "llm_pairs_anthropic.py",
    "llm_pairs_genai.py",
    "llm_pairs_boto3.py",
    "llm_pairs_openai.mjs",
    "llm_pairs_anthropic.mjs",
];

/// What came of every scene, by client and target. Two of the SDKs run at once.
pub(crate) async fn play(targets: &[String]) -> Map<String, Value> {
    let (python, node) = SCRIPTS.split_at(4);
    let (one, other) = tokio::join!(all(python, targets), all(node, targets));
    one.into_iter().chain(other).collect()
}

async fn all(scripts: &[&str], targets: &[String]) -> Map<String, Value> {
    let mut told = Map::new();
    for script in scripts {
        told.extend(run(script, targets).await);
    }
    told
}

/// What a script of `tests/clients` prints.
pub(crate) async fn run(script: &str, arguments: &[String]) -> Map<String, Value> {
    let is_node = script.ends_with(".mjs");
    let program = if is_node {
        PathBuf::from("node")
    } else {
        python("py")
    };
    let mut command = Command::new(program);
    command
        .arg(here().join("clients").join(script))
        .args(arguments)
        .current_dir(here())
        .env("PYTHONWARNINGS", "ignore")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = timeout(LIMIT, command.output()).await;
    let output = output
        .unwrap_or_else(|_| panic!("{script} took too long"))
        .expect("the client runs");
    let complained = String::from_utf8_lossy(&output.stderr);
    // Shown when the test fails.
    println!("{complained}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        let said = String::from_utf8_lossy(&output.stdout);
        panic!("{script}: {error}: {said} {complained}")
    })
}
