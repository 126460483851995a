//! The runner of the suite, and its report.

use std::{process::Stdio, time::Duration};

use agentgateway_tests::here;
use serde_json::Value;
use tokio::{process::Command, time::timeout};

/// How long a set of scenarios may take; it takes a few seconds, and of a client half a minute.
const LIMIT: Duration = Duration::from_secs(240);

/// Runs `mcp-suite` with these arguments and variables to its end; gives its report.
pub(crate) async fn report(arguments: &[&str], environment: &[(&str, &str)]) -> Value {
    let runner = Command::new("node")
        .arg(here().join("mcp-suite"))
        .arg("--json")
        .args(arguments)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(LIMIT, runner)
        .await
        .expect("it ends")
        .expect("node runs");
    let said = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&said).unwrap_or_else(|error| {
        panic!(
            "{error}: {said}\n{}",
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

/// Runs the scenarios that this revision requires; all of them pass.
pub(crate) async fn run(gateway: &str, revision: &str, scenarios: usize) {
    let total = pass(gateway, revision, &[]).await;
    assert_eq!(total, scenarios as u64, "the revision's set");
}

/// Runs these scenarios, or those that the revision requires where none is named; all pass. Gives their number.
pub(crate) async fn pass(gateway: &str, revision: &str, scenarios: &[&str]) -> u64 {
    let url = format!("{gateway}/mcp");
    let arguments = [&[&*url, revision], scenarios].concat();
    let report = report(&arguments, &[]).await;
    let of = |key: &str| report[key].as_u64().unwrap_or_default();
    let failed: Vec<String> = report["scenarios"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|scenario| scenario["ok"] != true)
        .map(ToString::to_string)
        .collect();
    println!("{revision}: {} of {} scenarios", of("passed"), of("total"));
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert_eq!(of("passed"), of("total"));
    of("total")
}
