//! Certificates in Secrets of a directory, and what becomes of them.

use std::fs;

use agentgateway_tests::{Process, free_port, get};
use base64::Engine;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::{
    scene::{Scene, replace},
    tls::{Pair, asks, pair, shake_at},
};

fn manifests(secure: u16, plain: u16) -> String {
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
  - {{name: plain, port: {plain}, protocol: HTTP}}
  - name: secure
    port: {secure}
    protocol: HTTPS
    tls: {{certificateRefs: [{{name: pair}}]}}
"
    )
}

fn secret(chain: &str, key: &str) -> String {
    let packed = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: pair, namespace: default}}\n\
         type: kubernetes.io/tls\ndata:\n  tls.crt: {}\n  tls.key: {}\n",
        packed(chain),
        packed(key)
    )
}

async fn shake(scene: &Scene, trusted: &Pair) -> std::io::Result<TlsStream<TcpStream>> {
    shake_at(scene.process.addr("secure"), "localhost", trusted).await
}

/// Waits until something that was not seen before is refused; gives its problem.
async fn refused(scene: &Scene, seen: &mut Value) -> String {
    let before = seen.clone();
    let is_so = |status: &Value| {
        status["onDisk"]["applied"] == false && status["onDisk"]["fingerprint"] != before
    };
    let status = scene.until("the refusal", is_so).await;
    *seen = status["onDisk"]["fingerprint"].clone();
    status["onDisk"]["problems"][0].as_str().unwrap().to_owned()
}

/// Fault C09: certificate and key of a Secret in a file, changed in the wrong order: the old pair is shown until both belong together; and rotated at once.
/// Fault C03: a Secret that is broken, lacks its key, or is gone leaves the last good pair serving; it is told with the place of the reference, by the admin listener and by `status`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_in_a_file_is_broken_changed_and_rotated() {
    let (old, new, last) = (pair("localhost"), pair("localhost"), pair("localhost"));
    let folder = tempfile::tempdir().unwrap();
    let text = manifests(free_port(), free_port());
    replace(&folder.path().join("gateway.yaml"), &text);
    replace(
        &folder.path().join("secret.yaml"),
        &secret(&old.chain, &old.key),
    );
    let scene = Scene::over(folder, "", text).await;
    let said = scene.process.said();
    assert!(
        said.contains("secure     https://") && said.contains("plain      http://"),
        "{said}"
    );
    let path = scene.folder.path().join("secret.yaml");
    let mut seen = Value::Null;
    let mut open = shake(&scene, &old).await.unwrap();
    asks(&mut open).await;

    replace(&path, &secret(&new.chain, &old.key));
    let problem = refused(&scene, &mut seen).await;
    let place =
        "gateway.yaml:16:29, Gateway default/edge: spec.listeners[1].tls.certificateRefs[0]: ";
    assert!(
        problem.starts_with(place) && problem.contains("Secret default/pair: "),
        "{problem}"
    );
    asks(&mut shake(&scene, &old).await.unwrap()).await;
    let admin = scene.process.addr("admin").to_string();
    let status = ["status", "--admin", &admin];
    let (code, out, _) = Process::output(scene.folder.path(), &status).await;
    assert_eq!(code, Some(1));
    assert!(out.contains(place) && !out.contains("PRIVATE"), "{out}");

    replace(&path, &secret(&new.chain, &new.key));
    scene.runs(2).await;
    assert!(shake(&scene, &old).await.is_err());
    asks(&mut shake(&scene, &new).await.unwrap()).await;
    asks(&mut open).await;

    let broken = secret("hunter2", &new.key);
    let lacking = broken.replace("tls.key", "tls.kee");
    for (text, part) in [
        (Some(broken), "Secret default/pair: "),
        (Some(lacking), "Secret default/pair has no key \"tls.key\""),
        (None, "Secret default/pair not found"),
    ] {
        match text {
            Some(text) => replace(&path, &text),
            None => fs::remove_file(&path).unwrap(),
        }
        let problem = refused(&scene, &mut seen).await;
        assert!(
            problem.starts_with(place) && problem.contains(part),
            "{part}: {problem}"
        );
        asks(&mut shake(&scene, &new).await.unwrap()).await;
        let plain = get(&scene.process.url("plain")).await;
        assert_eq!(plain.status().as_u16(), 404, "the others serve on");
    }
    replace(&path, &secret(&last.chain, &last.key));
    scene.runs(3).await;
    asks(&mut shake(&scene, &last).await.unwrap()).await;
    let log = scene.process.log();
    assert!(
        !log.contains("hunter2") && !log.contains("PRIVATE"),
        "{log}"
    );
}
