//! What the verbs say of a gateway that does not serve all that is asked of it.

use std::{fs, path::Path, time::Duration};

use agentgateway_tests::{Configured, Manifests, Process, free_port, get, raw::eventually};
use serde_json::Value;
use tokio::time::{Instant, sleep};

struct Gateway {
    folder: tempfile::TempDir,
    process: Process,
}

impl Gateway {
    async fn serving(text: &str, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("gateway.yaml"), text).unwrap();
        let config = folder.path().to_str().unwrap();
        let mut arguments = vec!["--config", config, "--bind", "127.0.0.1"];
        arguments.extend(["--admin", "127.0.0.1:0", "--drain-delay", "0"]);
        arguments.extend(more);
        let process = Process::start(&arguments, &[]).await;
        Self { folder, process }
    }

    fn write(&self, text: &str) {
        let (new, path) = (".new", "gateway.yaml");
        fs::write(self.folder.path().join(new), text).unwrap();
        fs::rename(self.folder.path().join(new), self.folder.path().join(path)).unwrap();
    }

    async fn ask(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let admin = self.process.addr("admin").to_string();
        let arguments = [arguments, &["--admin", &admin]].concat();
        Process::output(self.folder.path(), &arguments).await
    }

    /// What `status` says when it says this.
    async fn status_with(&self, part: &str) -> (Option<i32>, String) {
        let begun = Instant::now();
        loop {
            let (status, out, err) = self.ask(&["status"]).await;
            if out.contains(part) {
                return (status, out);
            }
            assert!(begun.elapsed().as_secs() < 20, "no {part}: {out}{err}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn page(&self, path: &str) -> (u16, String) {
        let answer = get(&format!("{}{path}", self.process.url("admin"))).await;
        let text = String::from_utf8(answer.body().to_vec()).unwrap();
        (answer.status().as_u16(), text)
    }
}

/// One listener, with parameters that give the process a variable.
fn parametrized(port: u16, value: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {{name: agentgateway}}
spec: {{controllerName: agentgateway.dev/agentgateway}}
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayParameters
metadata: {{name: p, namespace: default}}
spec: {{env: [{{name: ZONE, value: {value}}}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{name: edge, namespace: default}}
spec:
  gatewayClassName: agentgateway
  infrastructure: {{parametersRef: {{group: agentgateway.dev, kind: AgentgatewayParameters, name: p}}}}
  listeners:
  - {{name: web, port: {port}, protocol: HTTP}}
"
    )
}

/// Fault C08: a variable of the process that is changed in a directory is named in the log, in `status` and in the metrics as waiting for a restart, and the rest of the change is served.
/// Fault C02: what is refused on disk is told by `status`, with its place, and its exit status is 1.
#[tokio::test(flavor = "multi_thread")]
async fn status_tells_what_waits_and_what_is_refused() {
    let port = free_port();
    let gateway = Gateway::serving(&parametrized(port, "a"), &[]).await;
    let (status, out) = gateway.status_with("Configuration: generation 1").await;
    assert_eq!(status, Some(0), "{out}");
    gateway.write(&parametrized(port, "b"));
    let pending = "pending restart: AgentgatewayParameters default/p: spec.env ZONE";
    let (status, out) = gateway.status_with(pending).await;
    assert_eq!(status, Some(0), "it is no fault: {out}");
    assert!(out.contains("wait Configuration: generation 2"), "{out}");
    let told = || gateway.process.log().contains("spec.env ZONE");
    eventually("a line of the log", told).await;
    let (_, metrics) = gateway.page("/metrics").await;
    assert!(metrics.contains("config_pending_restart 1\n"), "{metrics}");
    assert!(metrics.contains("config_validating "), "{metrics}");

    gateway.write(&parametrized(port, "b").replace("protocol", "protocl"));
    let (status, out) = gateway.status_with("on disk: refused since").await;
    assert_eq!(status, Some(1), "{out}");
    assert!(
        out.contains("gateway.yaml:18:") && out.contains("protocl"),
        "{out}"
    );
    let (status, out, _) = gateway.ask(&["status", "-o", "json"]).await;
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (status, &told["configuration"]["applied"]),
        (Some(1), &false.into())
    );
    assert_eq!(
        told["configuration"]["restart"][0],
        pending["pending restart: ".len()..]
    );
    let (status, out, err) = gateway.ask(&["status", "gateway/edge"]).await;
    assert_eq!(status, Some(0), "what runs is well: {out}");
    assert!(err.contains("what is on disk is refused"), "{err}");
}

/// A Gateway that nobody serves, and a route to nothing, fail, and nobody is sent to a gateway that serves nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_serves_fails_and_is_not_ready() {
    let text = parametrized(free_port(), "a");
    let lost = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: lost}\nspec: {parentRefs: [{name: edgee}]}\n";
    let misspelled = text.replace(
        "gatewayClassName: agentgateway",
        "gatewayClassName: agentgatewai",
    ) + lost;
    let gateway = Gateway::serving(&misspelled, &[]).await;
    let (status, out, _) = gateway.ask(&["status"]).await;
    assert_eq!(status, Some(1));
    for part in [
        "Accepted=Unknown Pending: waiting for controller: GatewayClass agentgatewai not found; did you mean \"agentgateway\"?",
        "FAIL HTTPRoute default/lost\n",
        "Gateway default/edgee not found; did you mean \"edge\"?",
    ] {
        assert!(out.contains(part), "no {part}: {out}");
    }
    let (ready, words) = gateway.page("/readyz").await;
    assert!(
        ready == 503 && words.contains("default/edge: waiting for"),
        "{words}"
    );
    let (_, page) = gateway.page("/").await;
    assert!(page.contains("edgee not found") && page.contains("\u{2717} agentgateway"));

    let other = text.replace("agentgateway.dev/agentgateway", "example.com/other");
    gateway.write(&other);
    let (status, out) = gateway
        .status_with("left alone: agentgateway is not ours")
        .await;
    assert_eq!(status, Some(1), "nothing is served: {out}");
    assert!(out.contains("ok     Gateway default/edge"), "{out}");
    gateway.write(&text);
    let (status, _) = gateway
        .status_with("ok     Gateway default/edge: 127.0.0.1")
        .await;
    assert_eq!((status, gateway.page("/readyz").await.0), (Some(0), 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_is_programmed_by_the_listeners_that_are_asked_for() {
    let configured = Configured::new(Manifests::default());
    let process = configured
        .start(&["--listener", "mcp", "--listener", "llm"])
        .await;
    let admin = process.addr("admin").to_string();
    let ask = |object: &'static str| {
        let words = ["wait", object, "--timeout", "5s", "--admin", &admin];
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        async move {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            Process::output(Path::new("."), &words).await
        }
    };
    for object in ["gateway/gateway", "listener/mcp"] {
        let (status, _, err) = ask(object).await;
        assert_eq!(status, Some(0), "{object}: {err}");
    }
    let shown = ["status", "listener/a2a", "--admin", &admin];
    let (_, out, _) = Process::output(Path::new("."), &shown).await;
    assert!(out.contains("told to serve other listeners alone"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_lasts_as_long_as_it_was_told_to() {
    let configured = Configured::new(Manifests::default());
    let process = configured.start(&[]).await;
    let admin = process.addr("admin").to_string();
    let begun = Instant::now();
    let words = [
        "wait",
        "gateway/gateway",
        "--for",
        "Ready",
        "--timeout",
        "1s",
        "--admin",
        &admin,
    ];
    let (status, _, err) = Process::output(Path::new("."), &words).await;
    let took = begun.elapsed().as_millis();
    assert_eq!(status, Some(3), "{err}");
    assert!((1000..2500).contains(&took), "{took}");
}

/// Without a configuration the listeners are what there is.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_configuration_there_are_listeners() {
    let free = [
        "--a2a-port",
        "0",
        "--mcp-port",
        "0",
        "--llm-port",
        "0",
        "--admin",
        "127.0.0.1:0",
    ];
    let process = Process::start(&free, &[]).await;
    let admin = process.addr("admin").to_string();
    let ask = |words: &[&str]| {
        let words: Vec<String> = words
            .iter()
            .chain(&["--admin", &admin])
            .map(ToString::to_string)
            .collect();
        async move {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            Process::output(Path::new("."), &words).await
        }
    };
    let (status, out, _) = ask(&["status"]).await;
    assert_eq!(status, Some(0));
    assert!(
        out.starts_with("ok   Configuration: none") && out.contains("ok   Listener mcp: port "),
        "{out}"
    );
    assert_eq!(ask(&["wait", "listener/mcp"]).await.0, Some(0));
    let (status, _, err) = ask(&["explain", "request", "--port", "9090", "/mcp"]).await;
    assert_eq!(status, Some(1));
    assert!(err.contains("without a configuration"), "{err}");
}

/// What is printed at the start names where a policy has spans go.
#[tokio::test(flavor = "multi_thread")]
async fn the_start_says_where_spans_go() {
    let policy = "---
apiVersion: v1
kind: Service
metadata: {name: collector, namespace: default}
spec: {ports: [{port: 4317}]}
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {name: tracing, namespace: default}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]
  frontend: {tracing: {backendRef: {name: collector, port: 4317}, randomSampling: \"true\"}}
";
    let text = parametrized(free_port(), "a");
    let resolve = ["--resolve", "default/collector:4317=127.0.0.1:4317"];
    let gateway = Gateway::serving(&(text.clone() + policy), &resolve).await;
    let said = gateway.process.said();
    assert!(
        said.contains("spans      to http://127.0.0.1:4317 of Gateway default/edge"),
        "{said}"
    );
    drop(gateway);
    let text = parametrized(free_port(), "a");
    let gateway = Gateway::serving(&text, &[]).await;
    assert!(gateway.process.said().contains("spans      not recorded"));
}
