//! The servers, the gateway before them, and what is done with each.

use std::process::Command;

use agentgateway_tests::{Manifests, Peer, TestGateway, here, post, python};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::plan::{Does, Step};

/// The targets, and columns.
const TARGETS: [&str; 7] = [
    "everything",
    "modern",
    "sse",
    "filesystem",
    "memory",
    "time",
    "git",
];

/// What stands in the file that is read.
const TEXT: &str = "Zwei Dateien, ein Ü.";

#[derive(Debug)]
pub(crate) struct Servers {
    everything: Peer,
    /// Nobody has published a server of 2026-07-28 alone.
    modern: Peer,
    sse: Peer,
    /// What the servers that are processes work on: a file, a graph, a repository.
    folder: TempDir,
}

// === impl Servers ===

impl Servers {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("text.txt"), TEXT).expect("a file");
        let git = Command::new("git")
            .args(["init", "--quiet", "--initial-branch", "trunk", "repository"])
            .current_dir(folder.path())
            .status();
        assert!(git.expect("git runs").success());
        Self {
            everything: Peer::node("everything.mjs", &[]).await,
            modern: Peer::node("mcp/modern.mjs", &[]).await,
            sse: Peer::node("everything.mjs", &["0", "--sse"]).await,
            folder,
        }
    }

    fn path(&self, name: &str) -> String {
        let path = self.folder.path().join(name);
        path.to_str().expect("a path in UTF-8").to_owned()
    }

    /// The command of a server that is a process, and its variables.
    fn process(&self, name: &str) -> (String, Vec<String>, Value) {
        let node = |package: &str, arguments: Vec<String>| {
            let script = format!("node_modules/@modelcontextprotocol/{package}/dist/index.js");
            let script = here().join(script).display().to_string();
            ("node".to_owned(), [vec![script], arguments].concat())
        };
        let (command, arguments) = match name {
            "filesystem" => node("server-filesystem", vec![self.path("")]),
            "memory" => node("server-memory", Vec::new()),
            "time" => module("mcp_server_time", &["--local-timezone", "UTC"]),
            "git" => module(
                "mcp_server_git",
                &["--repository", &self.path("repository")],
            ),
            other => unreachable!("{other} is no process"),
        };
        let variables = match name {
            "memory" => json!({"MEMORY_FILE_PATH": self.path("memory.jsonl")}),
            _ => json!({}),
        };
        (command, arguments, variables)
    }

    /// A gateway with these servers behind one endpoint, whose names have the usual prefixes.
    pub(crate) async fn gateway(&self, names: &[&str]) -> TestGateway {
        let mut manifests = Manifests::default();
        let mut targets = Vec::new();
        for name in names {
            let peer = match *name {
                "everything" => Some((&self.everything, "StreamableHTTP", "/mcp")),
                "modern" => Some((&self.modern, "StreamableHTTP", "/mcp")),
                "sse" => Some((&self.sse, "SSE", "/sse")),
                _ => None,
            };
            let fixed = match peer {
                Some((peer, protocol, path)) => json!({
                    "host": "127.0.0.1", "port": peer.port(), "protocol": protocol, "path": path,
                }),
                None => {
                    manifests = manifests.and(&self.manifest(name));
                    json!({"backendRef": {
                        "group": "gateway.agentgateway.dev", "kind": "LocalProcess", "name": name,
                    }})
                }
            };
            targets.push(json!({"name": name, "static": fixed}));
        }
        let backend = json!({"mcp": {"targets": targets}}).to_string();
        TestGateway::serve(&manifests.route("mcp", "/mcp", None, &backend)).await
    }

    fn manifest(&self, name: &str) -> String {
        let (command, args, env) = self.process(name);
        let object = json!({
            "apiVersion": "gateway.agentgateway.dev/v1alpha1",
            "kind": "LocalProcess",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"command": command, "args": args, "env": env},
        });
        format!("{object}\n")
    }

    /// The steps of a client: those of all servers that it is before.
    pub(crate) fn plan(&self, served: &[&str], client: &str) -> Vec<Step> {
        let of = |name: &&str| self.steps(name, client);
        served.iter().flat_map(of).collect()
    }

    fn steps(&self, name: &str, client: &str) -> Vec<Step> {
        match name {
            "everything" => everything(),
            "modern" => modern(),
            "sse" => {
                let arguments = json!({"message": client});
                Step::calls("sse", "sse_echo", arguments, client).into()
            }
            "filesystem" => {
                let arguments = json!({"path": self.path("text.txt")});
                Step::calls("filesystem", "filesystem_read_text_file", arguments, TEXT).into()
            }
            "memory" => memory(client),
            "time" => {
                let arguments = json!({"timezone": "UTC"});
                Step::calls("time", "time_get_current_time", arguments, "timezone").into()
            }
            _ => {
                let arguments = json!({"repo_path": self.path("repository")});
                Step::calls("git", "git_git_status", arguments, "On branch trunk").into()
            }
        }
    }

    /// The servers that the gateway serves; what it refuses is said.
    pub(crate) async fn served(&self) -> Vec<&'static str> {
        let mut served = Vec::new();
        for name in TARGETS {
            let gateway = self.gateway(&[name]).await;
            let url = format!("{}/mcp", gateway.url("mcp"));
            // Any question: a backend that cannot be made is a 500, whatever is asked.
            if post(&url, &[], "{}").await.status() == 500 {
                println!("skipped: the gateway does not serve {name} yet");
            } else {
                served.push(name);
            }
        }
        served
    }
}

/// A Python module as a process.
fn module(name: &str, arguments: &[&str]) -> (String, Vec<String>) {
    let command = python("py").display().to_string();
    let arguments = [&["-m", name], arguments].concat();
    (command, arguments.iter().map(ToString::to_string).collect())
}

fn everything() -> Vec<Step> {
    const SERVER: &str = "everything";
    let document = "everything+demo://resource/static/document/architecture.md";
    let prompt = "everything_simple-prompt";
    let arguments = json!({"a": 2, "b": 40});
    let mut steps = Vec::from(Step::calls(
        SERVER,
        "everything_get-sum",
        arguments,
        "is 42",
    ));
    steps.extend([
        Step::lists(SERVER, Does::Resources, document),
        Step::gets(SERVER, Does::Resource, document, "Everything Server"),
        Step::lists(SERVER, Does::Prompts, prompt),
        Step::gets(
            SERVER,
            Does::Prompt,
            prompt,
            "simple prompt without arguments",
        ),
    ]);
    steps
}

fn modern() -> Vec<Step> {
    const SERVER: &str = "modern";
    let (uri, prompt) = ("modern+test://static-text", "modern_test_simple_prompt");
    let arguments = json!({"region": "eu", "shard": 7, "dry": true});
    let mut steps = Vec::from(Step::calls(
        SERVER,
        "modern_test_header_parameters",
        arguments,
        "eu",
    ));
    steps.extend([
        Step::lists(SERVER, Does::Resources, uri),
        Step::gets(SERVER, Does::Resource, uri, "the static text resource"),
        Step::lists(SERVER, Does::Prompts, prompt),
        Step::gets(SERVER, Does::Prompt, prompt, "a simple prompt for testing"),
    ]);
    steps
}

fn memory(client: &str) -> Vec<Step> {
    let entity = json!({"name": client, "entityType": "client", "observations": ["was here"]});
    let entities = json!({"entities": [entity]});
    let made = Step::calls("memory", "memory_create_entities", entities, client);
    let seen = Step::calls("memory", "memory_read_graph", json!({}), client);
    made.into_iter().chain(seen).collect()
}
