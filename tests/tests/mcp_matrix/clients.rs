//! The clients, and the revisions that each speaks.

use std::{collections::BTreeMap, path::PathBuf, process::Stdio, time::Duration};

use agentgateway_tests::{here, python};
use serde::Deserialize;
use serde_json::Value;
use tokio::{process::Command, time::timeout};

use crate::{inspector, plan::Step, rust};

/// How long a client may take for all its steps.
const LIMIT: Duration = Duration::from_secs(180);

const HANDSHAKE: &[&str] = &["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
const ALL: &[&str] = &[
    "2024-11-05",
    "2025-03-26",
    "2025-06-18",
    "2025-11-25",
    "2026-07-28",
];
/// Its command line knows the eras alone, and takes the latest revision of each.
const LATEST: &[&str] = &["2025-11-25", "2026-07-28"];

pub(crate) const CLIENTS: [Client; 6] = [
    Client::new("TypeScript 1.32", HANDSHAKE, Runs::Node("v1")),
    Client::new("TypeScript 2.4", ALL, Runs::Node("v2")),
    Client::new("Python 1.30", HANDSHAKE, Runs::Python("py-mcp1")),
    Client::new("Python 2.3", ALL, Runs::Python("py")),
    Client::new("rmcp 3.11", ALL, Runs::Rust),
    Client::new("inspector 2.12", LATEST, Runs::Inspector),
];

#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    pub(crate) name: &'static str,
    pub(crate) revisions: &'static [&'static str],
    runs: Runs,
}

#[derive(Clone, Copy, Debug)]
enum Runs {
    /// With this SDK.
    Node(&'static str),
    /// In this environment.
    Python(&'static str),
    Rust,
    Inspector,
}

/// By server, the first step that failed.
pub(crate) type Faults = BTreeMap<String, String>;

/// What a client says at its end.
#[derive(Debug, Deserialize)]
struct Report {
    /// The revision agreed on.
    revision: String,
    faults: Faults,
}

// === impl Client ===

impl Client {
    const fn new(name: &'static str, revisions: &'static [&'static str], runs: Runs) -> Self {
        Self {
            name,
            revisions,
            runs,
        }
    }

    /// Takes these steps.
    ///
    /// # Errors
    /// Why it took none of them.
    pub(crate) async fn takes(
        self,
        url: &str,
        revision: &str,
        steps: &[Step],
    ) -> Result<Faults, String> {
        let run = async {
            match self.runs {
                Runs::Node(sdk) => {
                    script(
                        "node".into(),
                        "mcp_matrix.mjs",
                        &["--sdk", sdk],
                        url,
                        revision,
                        steps,
                    )
                    .await
                }
                Runs::Python(environment) => {
                    script(
                        python(environment),
                        "mcp_matrix.py",
                        &[],
                        url,
                        revision,
                        steps,
                    )
                    .await
                }
                Runs::Rust => rust::takes(url, revision, steps).await,
                Runs::Inspector => Ok(inspector::takes(url, revision, steps).await),
            }
        };
        let late = |_| Err(format!("no end after {LIMIT:?}"));
        timeout(LIMIT, run).await.unwrap_or_else(late)
    }
}

/// Runs a script of `tests/clients`, which takes all steps.
async fn script(
    program: PathBuf,
    name: &str,
    more: &[&str],
    url: &str,
    revision: &str,
    steps: &[Step],
) -> Result<Faults, String> {
    let plan: Value = steps.iter().map(Step::to_json).collect();
    let output = Command::new(program)
        .arg(here().join("clients").join(name))
        .args([url, "--revision", revision, "--plan", &plan.to_string()])
        .args(more)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .expect("it runs");
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let report: Report = serde_json::from_slice(&output.stdout).map_err(|it| it.to_string())?;
    if report.revision != revision {
        return Err(format!("agreed on {}", report.revision));
    }
    Ok(report.faults)
}
