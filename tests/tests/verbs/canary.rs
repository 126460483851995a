//! A directory with a canary in every place for a secret: no verb and no path of the admin listener
//! shows it.

use std::fs;
use std::path::Path;

use agentgateway_tests::{Process, free_port, get};

const CANARY: &str = "hunter2canary";

/// Everything that may hold a credential, in one configuration that is served.
const MANIFESTS: &str = r#"
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: agw}
spec: {controllerName: agentgateway.dev/agentgateway}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: agw
  infrastructure: {parametersRef: {group: agentgateway.dev, kind: AgentgatewayParameters, name: p}}
  listeners: [{name: http, port: PORT, protocol: HTTP}]
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayParameters
metadata: {name: p}
spec:
  env:
  - {name: API_KEY, value: hunter2canary}
  - {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: "http://me:hunter2canary@127.0.0.1:1"}
  - {name: OTEL_EXPORTER_OTLP_HEADERS, value: api-key=hunter2canary}
  rawConfig:
    token: hunter2canary
    mcp: {targets: [hunter2canary], clientCredentials: [{backend: {name: tools}, tokenEndpoint: "http://127.0.0.1:1/t", clientId: gw, clientSecretRef: {name: key, key: Authorization}}]}
    a2a: [{cards: {signed: Resign, signingKeyRef: {name: key, key: Authorization}}}]
---
apiVersion: v1
kind: Secret
metadata: {name: key, annotations: {kubectl.kubernetes.io/last-applied-configuration: hunter2canary}}
stringData: {Authorization: Bearer hunter2canary}
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayBackend
metadata: {name: model}
spec: {ai: {provider: {openai: {}, host: 127.0.0.1, port: 1}}, policies: {auth: {key: hunter2canary}}}
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayBackend
metadata: {name: other}
spec: {ai: {provider: {openai: {}, host: 127.0.0.1, port: 1}}, policies: {auth: {secretRef: {name: key}}}}
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayBackend
metadata: {name: tools}
spec: {mcp: {targets: [{name: a, static: {backendRef: {group: gateway.agentgateway.dev, kind: LocalProcess, name: l}}}]}}
---
apiVersion: gateway.agentgateway.dev/v1alpha1
kind: LocalProcess
metadata: {name: l}
spec: {command: /bin/true, args: [--key, hunter2canary], env: {TOKEN: hunter2canary}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r}
spec:
  parentRefs: [{name: edge}]
  rules:
  - name: models
    matches: [{path: {value: /v1}}]
    filters:
    - type: RequestHeaderModifier
      requestHeaderModifier: {set: [{name: Authorization, value: Bearer hunter2canary}], add: [{name: X-Vault-Token, value: hunter2canary}]}
    - type: ResponseHeaderModifier
      responseHeaderModifier: {set: [{name: x-a, value: hunter2canary}]}
    backendRefs:
    - {group: agentgateway.dev, kind: AgentgatewayBackend, name: model}
    - {group: agentgateway.dev, kind: AgentgatewayBackend, name: other}
  - matches: [{path: {value: /m}, headers: [{name: X-Token, value: hunter2canary}], queryParams: [{name: key, value: hunter2canary}]}]
    backendRefs: [{group: agentgateway.dev, kind: AgentgatewayBackend, name: model}]
  - matches: [{path: {value: /mcp}}]
    backendRefs: [{group: agentgateway.dev, kind: AgentgatewayBackend, name: tools}]
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {name: p}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r}]
  traffic:
    basicAuthentication: {users: ["me:hunter2canary"]}
    headerModifiers: {request: {set: [{name: Ocp-Apim-Subscription-Key, value: hunter2canary}]}}
    transformation: {request: {set: [{name: x-b, value: "'hunter2canary'"}]}}
    extAuth: {url: "http://a", http: {addRequestHeaders: {x-c: "'hunter2canary'"}}}
    jwtAuthentication: {providers: [{issuer: a, jwks: {inline: '{"keys": ["hunter2canary"]}'}}]}
---
apiVersion: v1
kind: Secret
metadata: {name: cert}
type: kubernetes.io/tls
stringData: {tls.crt: hunter2canary, tls.key: hunter2canary}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: tls}
spec:
  gatewayClassName: agw
  listeners: [{name: https, port: 1, protocol: HTTPS, tls: {certificateRefs: [{name: cert}]}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: made}
data: {a: "x ${token}"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec: {template: {spec: {containers: [{env: [{name: A, value: hunter2canary}]}]}}}
"#;

const FLUX: &str = r"
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: k, namespace: flux-system}
spec: {interval: 1m, prune: true, sourceRef: {kind: GitRepository, name: g}, postBuild: {substituteFrom: [{kind: Secret, name: vars}]}}
---
apiVersion: v1
kind: Secret
metadata: {name: vars, namespace: flux-system}
stringData: {token: hunter2canary}
";

fn scene(manifests: &str, port: u16) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("flux")).unwrap();
    let manifests = manifests.replace("PORT", &port.to_string());
    fs::write(folder.path().join("all.yaml"), manifests).unwrap();
    fs::write(folder.path().join("flux/k.yaml"), FLUX).unwrap();
    folder
}

#[track_caller]
fn hides(who: &str, said: &str) {
    assert!(!said.contains(CANARY), "{who}:\n{said}");
    assert!(!said.is_empty(), "{who} says nothing");
}

async fn verbs(folder: &Path, port: u16) {
    let port = port.to_string();
    let verbs: [&[&str]; 16] = [
        &["check", "."],
        &["check", ".", "-o", "json"],
        &["render", "."],
        &["render", ".", "-o", "json"],
        &["render", ".", "--deployment"],
        &["render", ".", "--deployment", "-o", "json"],
        &["status", "--config", "."],
        &["status", "--config", ".", "-o", "json"],
        &["status", "agentgatewaybackend/model", "--config", "."],
        &[
            "explain",
            "request",
            "--config",
            ".",
            "--port",
            &port,
            "/v1/chat/completions",
        ],
        &[
            "explain", "request", "--config", ".", "--port", &port, "/mcp", "-o", "json",
        ],
        &[
            "explain",
            "ref",
            "--config",
            ".",
            "--from",
            "HTTPRoute/default",
            "--to",
            "Service/other/s",
        ],
        &[
            "explain",
            "request",
            "--config",
            ".",
            "--port",
            &port,
            "/m?key=a",
            "-H",
            "x-token: b",
        ],
        &["probe", "otlp", "http://me:hunter2canary@127.0.0.1:1"],
        &["explain", "tracing", "--config", "."],
        &["explain", "tracing", "--config", ".", "-o", "json"],
    ];
    for verb in verbs {
        let (_, out, err) = Process::output(folder, verb).await;
        hides(&verb.join(" "), &format!("{out}{err}"));
    }
}

/// Fault C11: a canary in every place for a secret is shown by no verb, no path of the admin listener and no log.
#[tokio::test(flavor = "multi_thread")]
async fn no_verb_and_no_path_shows_a_secret() {
    let port = free_port();
    let folder = scene(MANIFESTS, port);
    verbs(folder.path(), port).await;
    let config = folder.path().to_str().unwrap();
    let arguments = [
        "--config",
        config,
        "--bind",
        "127.0.0.1",
        "--admin",
        "127.0.0.1:0",
    ];
    let environment = [
        ("RUST_LOG", "trace"),
        (
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "http://me:hunter2canary@127.0.0.1:1",
        ),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2canary"),
    ];
    let process = Process::start(&arguments, &environment).await;
    let _ = get(&format!("http://127.0.0.1:{port}/v1/models")).await;
    let _ = get(&format!("http://127.0.0.1:{port}/m?key=hunter2canary")).await;
    let admin = process.url("admin");
    for path in [
        "/",
        "/status",
        "/config",
        "/overview",
        "/readyz",
        "/metrics",
        "/mcp",
        "/debug/tracing",
        "/debug/tracing.txt",
        &format!("/explain?port={port}&path=/v1/models"),
    ] {
        let answer = get(&format!("{admin}{path}")).await;
        hides(path, &String::from_utf8_lossy(answer.body()));
    }
    hides("the start", process.said());
    let log = process.log();
    assert!(!log.contains(CANARY), "{log}");
}

/// Fault C11: where a value that is secret is not as it should be, the fault does not say it either.
#[tokio::test(flavor = "multi_thread")]
async fn no_fault_shows_a_secret() {
    for (from, to) in [
        ("hunter2canary}", "[hunter2canary]}"),
        ("hunter2canary}", "{hunter2canary: hunter2canary}}"),
        ("kind: Secret", "kind: Sercet"),
        ("stringData", "stringDat"),
        ("{key: hunter2canary}", "{keyy: hunter2canary}"),
        ("env:", "environment:"),
        ("args:", "arg:"),
        (
            "kind: LocalProcess\nmetadata: {name: l}",
            "kind: LocalProces\nmetadata: {name: l}",
        ),
        ("metadata: {name: made}", "metadata: {name: '${token}_'}"),
        (
            "metadata: {name: made}",
            "metadata: {name: made, '${token}': a}",
        ),
        ("metadata: {name: agw}", "metadata: {name: '${token}^'}"),
        ("spec: {command", "\tspec: {command"),
    ] {
        let broken = MANIFESTS.replace(from, to);
        assert_ne!(broken, MANIFESTS, "{from}");
        let folder = scene(&broken, 80);
        for verb in [&["check", "."][..], &["check", ".", "-o", "json"]] {
            let (status, out, err) = Process::output(folder.path(), verb).await;
            assert_eq!(status, Some(1), "{from} {to}");
            // A name that a member has been given by hand is no value.
            let said = format!("{out}{err}").replace("unknown field \"hunter2canary\"", "");
            let said = said.replace(".hunter2canary", "");
            hides(&format!("{verb:?} with {to}"), &said);
        }
    }
}
