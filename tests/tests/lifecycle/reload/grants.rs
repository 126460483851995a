//! A ReferenceGrant that is gone is revoked, whatever else of the change is refused.

use std::fs;

use agentgateway_tests::{
    free_port, get,
    raw::{RawUpstream, eventually},
};
use serde_json::Value;

use super::scene::{Scene, replace};

const GRANT: &str = "apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: open, namespace: other}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default}]
  to: [{group: agentgateway.dev, kind: AgentgatewayBackend}]
";

/// A route to a backend in another namespace, which needs a grant.
fn manifests(port: u16, upstream: u16) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {{name: agentgateway}}
spec: {{controllerName: agentgateway.dev/agentgateway}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{name: edge, namespace: default}}
spec:
  gatewayClassName: agentgateway
  listeners:
  - {{name: web, port: {port}, protocol: HTTP}}
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayBackend
metadata: {{name: b, namespace: other}}
spec: {{static: {{host: 127.0.0.1, port: {upstream}}}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: r, namespace: default}}
spec:
  parentRefs: [{{name: edge}}]
  rules:
  - backendRefs: [{{group: agentgateway.dev, kind: AgentgatewayBackend, name: b, namespace: other}}]
"
    )
}

struct Granted {
    scene: Scene,
    _upstream: RawUpstream,
}

impl Granted {
    async fn start() -> Self {
        let upstream = RawUpstream::serving("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        let folder = tempfile::tempdir().unwrap();
        let text = manifests(free_port(), upstream.port());
        replace(&folder.path().join("gateway.yaml"), &text);
        replace(&folder.path().join("grant.yaml"), GRANT);
        let scene = Scene::over(folder, "", text).await;
        let granted = Self {
            scene,
            _upstream: upstream,
        };
        assert_eq!(granted.ask().await, 200);
        granted
    }

    async fn ask(&self) -> u16 {
        get(&self.scene.process.url("web")).await.status().as_u16()
    }

    fn put(&self, name: &str, text: &str) {
        replace(&self.scene.folder.path().join(name), text);
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.scene.folder.path().join(name)).unwrap();
    }

    /// Waits until what is on disk is refused, and the grant revoked; gives the problems.
    async fn revoked(&self) -> String {
        let is_so = |status: &Value| {
            status["onDisk"]["applied"] == false
                && status["running"]["revoked"][0] == "ReferenceGrant other/open"
        };
        let status = self.scene.until("the grant is revoked", is_so).await;
        assert_eq!(self.ask().await, 500);
        status["onDisk"]["problems"].to_string()
    }

    async fn runs_whole(&self) {
        let is_so = |status: &Value| {
            status["onDisk"]["applied"] == true
                && status["running"]["revoked"] == Value::Array(Vec::new())
        };
        self.scene.until("all of it runs", is_so).await;
    }
}

/// Fault C06: a grant that is taken away together with a port that is taken is revoked at once, and the rest of the change is refused as a whole; when the grant is back, what ran before is served again.
/// Fault C07: a change with a busy listener is rejected, and nothing of it is added.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_is_revoked_beside_a_port_that_is_taken() {
    let granted = Granted::start().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let busy = format!("  listeners:\n  - {{name: busy, port: {port}, protocol: HTTP}}\n");
    let with_busy = granted.scene.text.replace("  listeners:\n", &busy);
    granted.put("gateway.yaml", &with_busy);
    let refused = |status: &Value| status["onDisk"]["applied"] == false;
    granted.scene.until("the refusal", refused).await;
    assert_eq!(granted.ask().await, 200, "the grant is still there");
    assert_eq!(granted.scene.generation().await, 1);

    granted.remove("grant.yaml");
    let problems = granted.revoked().await;
    assert!(problems.contains("listener busy"), "{problems}");
    assert_eq!(granted.scene.generation().await, 2);
    let told = || {
        granted
            .scene
            .process
            .log()
            .contains("ReferenceGrant other/open")
    };
    eventually("a line of the log", told).await;

    // Asked again, nothing changes.
    granted.scene.process.hang_up().await;
    granted.put("note.yaml", "# nothing\n");
    granted.revoked().await;
    assert_eq!(granted.scene.generation().await, 2);

    granted.put("grant.yaml", GRANT);
    let back = |status: &Value| status["running"]["revoked"][0] == Value::Null;
    granted.scene.until("the grant is back", back).await;
    assert_eq!(granted.ask().await, 200);
    granted.remove("grant.yaml");
    granted.revoked().await;
    drop(taken);
    granted.scene.process.hang_up().await;
    granted.runs_whole().await;
    assert_eq!(granted.ask().await, 500, "it is gone from what runs, too");
}

/// Fault C06: a grant whose file is gone, or was read without a fault and holds it no more, is revoked although another file is none; one that may be in a file that cannot be read is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_is_revoked_beside_a_fault_of_form() {
    let granted = Granted::start().await;
    let refused = |status: &Value| status["onDisk"]["applied"] == false;
    granted.put("grant.yaml", &format!("{GRANT}---\nkind: [\n"));
    granted.scene.until("the refusal", refused).await;
    assert_eq!(granted.ask().await, 200, "it is there");
    let before = granted.scene.status().await["onDisk"]["fingerprint"].clone();
    granted.put("grant.yaml", "kind: [\n");
    let other = |status: &Value| status["onDisk"]["fingerprint"] != before;
    granted.scene.until("the next refusal", other).await;
    assert_eq!(granted.ask().await, 200, "it may be there");

    granted.put("bad.yaml", "kind: [\n");
    granted.put("grant.yaml", &GRANT.replace("HTTPRoute", "GRPCRoute"));
    assert!(granted.revoked().await.contains("bad.yaml"));
    granted.put("grant.yaml", GRANT);
    granted.remove("bad.yaml");
    granted.runs_whole().await;
    assert_eq!(granted.ask().await, 200);
    granted.put("bad.yaml", "kind: [\n");
    granted.remove("grant.yaml");
    assert!(granted.revoked().await.contains("bad.yaml"));
}
