//! The clients.

use std::{process::Stdio, time::Duration};

use agentgateway_tests::{here, python};
use serde_json::Value;
use tokio::{process::Command, time::timeout};

/// How long a client may take for all of its steps.
const LIMIT: Duration = Duration::from_secs(120);

/// The official SDKs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Sdk {
    Python1,
    Python03,
    Node1,
    Node03,
    Rust1,
}

/// A client of one SDK in one binding.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) name: &'static str,
    pub(crate) sdk: Sdk,
    pub(crate) binding: &'static str,
}

pub(crate) const CLIENTS: [Client; 15] = [
    Client::new("py1 rpc", Sdk::Python1, "jsonrpc"),
    Client::new("py1 rest", Sdk::Python1, "rest"),
    Client::new("py1 grpc", Sdk::Python1, "grpc"),
    Client::new("js1 rpc", Sdk::Node1, "jsonrpc"),
    Client::new("js1 rest", Sdk::Node1, "rest"),
    Client::new("js1 grpc", Sdk::Node1, "grpc"),
    Client::new("rust1 rpc", Sdk::Rust1, "jsonrpc"),
    Client::new("rust1 rest", Sdk::Rust1, "rest"),
    Client::new("rust1 grpc", Sdk::Rust1, "grpc"),
    Client::new("py03 rpc", Sdk::Python03, "jsonrpc"),
    Client::new("py03 rest", Sdk::Python03, "rest"),
    Client::new("py03 grpc", Sdk::Python03, "grpc"),
    Client::new("js03 rpc", Sdk::Node03, "jsonrpc"),
    Client::new("js03 rest", Sdk::Node03, "rest"),
    Client::new("js03 grpc", Sdk::Node03, "grpc"),
];

impl Client {
    const fn new(name: &'static str, sdk: Sdk, binding: &'static str) -> Self {
        Self { name, sdk, binding }
    }

    pub(crate) const fn is_v0_3(&self) -> bool {
        matches!(self.sdk, Sdk::Python03 | Sdk::Node03)
    }

    /// What came of each step, as the client tells it.
    pub(crate) async fn asks(&self, url: &str, token: Option<&str>) -> Result<Value, String> {
        let (program, script, sdk) = match self.sdk {
            Sdk::Python1 => (python("py"), "a2a_matrix.py", None),
            Sdk::Python03 => (python("py-a2a03"), "a2a03_matrix.py", None),
            Sdk::Rust1 => (python("py"), "a2a_lf_matrix.py", None),
            Sdk::Node1 => ("node".into(), "a2a_matrix.mjs", Some("v1")),
            Sdk::Node03 => ("node".into(), "a2a_matrix.mjs", Some("v03")),
        };
        let mut command = Command::new(program);
        command
            .arg(here().join("clients").join(script))
            .args(["--url", url, "--binding", self.binding])
            .current_dir(here())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if let Some(sdk) = sdk {
            command.args(["--sdk", sdk]);
        }
        if let Some(token) = token {
            command.args(["--direct-token", token]);
        }
        let output = timeout(LIMIT, command.output())
            .await
            .map_err(|_| "it took too long".to_owned())?
            .map_err(|error| error.to_string())?;
        let said: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
            let said = String::from_utf8_lossy(&output.stdout);
            let complained = String::from_utf8_lossy(&output.stderr);
            format!("{error}: {said} {complained}")
        })?;
        match said["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(said),
        }
    }
}
