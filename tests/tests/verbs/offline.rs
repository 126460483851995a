//! The verbs that need no gateway that runs.

use std::{fs, path::Path};

use agentgateway_tests::Process;
use serde_json::Value;

async fn json(folder: &Path, arguments: &[&str], status: i32) -> Value {
    let (code, out, err) = Process::output(folder, arguments).await;
    assert_eq!(code, Some(status), "{arguments:?}: {out}{err}");
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {out}"))
}

/// A directory as `init` writes it.
async fn begun() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (status, out, err) = Process::output(folder.path(), &["init", "dir"]).await;
    assert_eq!(status, Some(0), "{err}");
    assert!(out.contains("wrote dir/gateway.yaml"), "{out}");
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn init_writes_what_check_finds_nothing_wrong_with_and_never_twice() {
    let folder = begun().await;
    let said = Process::output(folder.path(), &["check", "dir", "--strict"]).await;
    assert_eq!(said.0, Some(0));
    assert_eq!(said.1, "ok: 1 gateway, 3 listeners, 3 routes\n");
    fs::remove_file(folder.path().join("dir/a2a.yaml")).unwrap();
    let (status, out, err) = Process::output(folder.path(), &["init", "dir"]).await;
    assert_eq!((status, out.as_str()), (Some(2), ""));
    assert!(err.contains("dir/gateway.yaml is there already"), "{err}");
    assert!(!folder.path().join("dir/a2a.yaml").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn check_tells_all_faults_at_once_in_the_order_of_their_places() {
    let folder = begun().await;
    let at = |name: &str| folder.path().join("dir").join(name);
    let text = fs::read_to_string(at("mcp.yaml")).unwrap();
    let text = text
        .replace("port: 8000", "port: many")
        .replace("sectionName", "sectoinName");
    fs::write(at("mcp.yaml"), text).unwrap();
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: k\nstringData:\n  a: [hunter2]\n";
    fs::write(at("key.yaml"), secret).unwrap();
    let checked = json(folder.path(), &["check", "dir", "-o", "json"], 1).await;
    assert_eq!(
        (&checked["ok"], &checked["valid"]),
        (&false.into(), &false.into())
    );
    let findings = checked["findings"].as_array().unwrap();
    let places: Vec<_> = findings
        .iter()
        .map(|one| {
            format!(
                "{}:{}:{}",
                one["file"].as_str().unwrap(),
                one["line"],
                one["column"]
            )
        })
        .collect();
    assert_eq!(
        places,
        ["key.yaml:6:6", "mcp.yaml:14:17", "mcp.yaml:26:7"],
        "{findings:?}"
    );
    assert_eq!(findings[2]["hint"], "did you mean \"sectionName\"?");
    let (_, out, _) = Process::output(folder.path(), &["check", "dir"]).await;
    assert!(
        out.contains("26 |       sectoinName: mcp\n    |       ^^^^^^^^^^^"),
        "{out}"
    );
    assert!(
        !out.contains("hunter2") && !checked.to_string().contains("hunter2"),
        "{out}"
    );
    assert!(
        out.ends_with("refused: 3 errors; nothing is served\n"),
        "{out}"
    );
    assert!(!out.contains('\u{1b}'), "no colours but on a terminal");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_fails_only_a_strict_check() {
    let folder = begun().await;
    let more = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: x}\nspec:\n  parentRefs: [{name: agentgateway}]\n  rules: [{sessionPersistence: {}, backendRefs: [{group: agentgateway.dev, kind: AgentgatewayBackend, name: agent}]}]\n";
    fs::write(folder.path().join("dir/x.yaml"), more).unwrap();
    let (status, out, _) = Process::output(folder.path(), &["check", "--config", "dir"]).await;
    assert_eq!(status, Some(0), "{out}");
    assert!(
        out.contains("x.yaml:6:")
            && out.contains("warning: HTTPRoute default/x: spec.rules[0].sessionPersistence"),
        "{out}"
    );
    let (status, ..) =
        Process::output(folder.path(), &["check", "--config", "dir", "--strict"]).await;
    assert_eq!(status, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn render_shows_secrets_only_when_told_to() {
    let folder = begun().await;
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: k}\nstringData: {Authorization: hunter2}\n";
    fs::write(folder.path().join("dir/key.yaml"), secret).unwrap();
    for (arguments, shown) in [
        (&["render", "dir"][..], false),
        (&["render", "dir", "--show-secrets"], true),
        (&["render", "dir", "--deployment"], false),
        (&["render", "dir", "--deployment", "--show-secrets"], true),
        (&["render", "dir", "-o", "json"], false),
    ] {
        let (status, out, err) = Process::output(folder.path(), arguments).await;
        assert_eq!(status, Some(0), "{err}");
        assert_eq!(out.contains("hunter2"), shown, "{arguments:?}: {out}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn render_gives_what_a_cluster_runs_the_gateway_with() {
    let folder = begun().await;
    let rendered = json(
        folder.path(),
        &["render", "dir", "--deployment", "-o", "json"],
        0,
    )
    .await;
    let items = rendered["items"].as_array().unwrap();
    let kinds: Vec<_> = items
        .iter()
        .map(|item| item["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        ["ServiceAccount", "ConfigMap", "Service", "Deployment"]
    );
    let ports = &items[2]["spec"]["ports"];
    let of = |at: usize| {
        (
            ports[at]["port"].as_u64(),
            ports[at]["appProtocol"].as_str(),
        )
    };
    assert_eq!(of(0), (Some(8080), Some("agentgateway.dev/a2a")));
    assert_eq!(of(1), (Some(9090), Some("agentgateway.dev/mcp")));
    assert_eq!(of(2), (Some(9080), Some("http")));
    assert_eq!(items[2]["spec"]["type"], "ClusterIP");
    let pod = &items[3]["spec"]["template"]["spec"];
    assert_eq!(pod["terminationGracePeriodSeconds"], 310);
    assert_eq!(
        pod["containers"][0]["readinessProbe"]["httpGet"]["path"],
        "/readyz"
    );
    // What is mounted is the configuration, and can be served from there.
    let mounted = folder.path().join("mounted");
    fs::create_dir(&mounted).unwrap();
    fs::write(
        mounted.join("config.yaml"),
        items[1]["data"]["config.yaml"].as_str().unwrap(),
    )
    .unwrap();
    let (status, out, _) = Process::output(folder.path(), &["check", "mounted", "--strict"]).await;
    assert_eq!(
        (status, out.as_str()),
        (Some(0), "ok: 1 gateway, 3 listeners, 3 routes\n")
    );
}

/// The pods of each Gateway serve that one, under the words that it was rendered with.
#[tokio::test(flavor = "multi_thread")]
async fn each_gateway_is_rendered_with_pods_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let text = LISTENERS.replace("agentgateway.dev/agentgateway", "a.example/b");
    let second = text.replace(
        "kind: GatewayClass\nmetadata: {name: c}",
        "kind: GatewayClass\nmetadata: {name: d}",
    );
    let second = second.replace(
        "kind: Service\nmetadata: {name: otel}",
        "kind: Service\nmetadata: {name: other}",
    );
    let second = second
        .replace("metadata: {name: g}", "metadata: {name: h.i}")
        .replace("port: 81", "port: 15000");
    let large = format!(
        "kind: ConfigMap\napiVersion: v1\nmetadata: {{name: large}}\ndata: {{a: {}}}\n",
        "a".repeat(1 << 20)
    );
    fs::write(
        folder.path().join("it.yaml"),
        [&text, "---\n", &second, "---\n", &large].concat(),
    )
    .unwrap();
    let more = [
        "--controller",
        "a.example/b",
        "--resolve",
        "default/otel:4317=127.0.0.1:1",
    ];
    let arguments = [&["render", ".", "--deployment", "-o", "json"], &more[..]].concat();
    let (status, out, err) = Process::output(folder.path(), &arguments).await;
    assert_eq!(status, Some(0), "{err}");
    for told in [
        "Gateway default/h.i: no Service can have its name",
        "Gateway default/h.i: a listener has port 15000: liveness, readiness and metrics are on 15001",
        "Gateway default/g: no AgentgatewayParameters name its image: agentgateway:",
        "and an API server takes 1048576",
    ] {
        assert!(err.contains(told), "{told}: {err}");
    }
    let rendered: Value = serde_json::from_str(&out).unwrap();
    let items = rendered["items"].as_array().unwrap();
    let pods = items.iter().filter(|item| item["kind"] == "Deployment");
    let pods: Vec<_> = pods.map(|item| &item["spec"]["template"]["spec"]).collect();
    assert_eq!(pods.len(), 2);
    for (pod, name) in pods.iter().zip(["default/g", "default/h.i"]) {
        let container = &pod["containers"][0];
        let arguments = container["args"].as_array().unwrap();
        let arguments: Vec<_> = arguments.iter().map(|it| it.as_str().unwrap()).collect();
        assert_eq!(arguments[5..7], ["--gateway", name], "{arguments:?}");
        assert_eq!(arguments[7..], more);
        let sysctl = &pod["securityContext"]["sysctls"][0];
        assert_eq!(sysctl["name"], "net.ipv4.ip_unprivileged_port_start");
        assert_eq!(sysctl["value"], "80");
        assert!(
            container["securityContext"]["capabilities"]
                .get("add")
                .is_none()
        );
        // The other has the same port, and that is no matter here.
        let arguments = [&["check", "."], &arguments[5..]].concat();
        let (status, out, _) = Process::output(folder.path(), &arguments).await;
        assert_eq!(
            (status, &*out),
            (Some(0), "ok: 1 gateway, 3 listeners, 0 routes\n")
        );
    }
    let arguments = [
        &["run", "--config", ".", "--gateway", "default/none"],
        &more[..],
    ]
    .concat();
    let (status, _, err) = Process::output(folder.path(), &arguments).await;
    assert_eq!(status, Some(2));
    assert!(
        err.contains("there is no Gateway default/none of a class of a.example/b"),
        "{err}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_request_tells_why_and_shows_no_value_of_a_header() {
    let folder = begun().await;
    let base = ["explain", "request", "--config", "dir", "-o", "json"];
    let ask = |more: &[&'static str]| [base.as_slice(), more].concat();
    let found = json(
        folder.path(),
        &ask(&[
            "--port",
            "9090",
            "post",
            "/mcp/x?a=b",
            "-H",
            "authorization: hunter2",
        ]),
        0,
    )
    .await;
    assert_eq!(found["decision"]["kind"], "rule");
    assert_eq!(found["decision"]["route"], "HTTPRoute default/mcp");
    assert_eq!(found["decision"]["backends"][0]["protocol"], "mcp");
    assert_eq!(found["request"]["headers"][0], "authorization");
    assert!(!found.to_string().contains("hunter2"));
    let missed = json(folder.path(), &ask(&["--port", "9090", "/mcpx"]), 1).await;
    assert_eq!(missed["decision"]["kind"], "noRule");
    assert!(
        missed["candidates"][0]["reasons"][0]
            .as_str()
            .unwrap()
            .contains("not as whole segments")
    );
    let nowhere = json(folder.path(), &ask(&["--port", "9091", "/"]), 1).await;
    assert_eq!(
        nowhere["decision"],
        serde_json::json!({"kind": "noListener", "ports": [8080, 9080, 9090]})
    );
    let (status, _, err) = Process::output(folder.path(), &ask(&["--port", "1", "mcp"])).await;
    assert_eq!(status, Some(2));
    assert!(err.contains("begins with /"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_request_tells_the_timeout_of_a_backend() {
    let folder = begun().await;
    let policy = "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayPolicy\nmetadata: {name: p}\n\
        spec:\n  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: agentgateway}]\n  \
        backend: {http: {requestTimeout: 3s}}\n";
    fs::write(folder.path().join("dir/policy.yaml"), policy).unwrap();
    let asked = [
        "explain", "request", "--config", "dir", "--port", "9090", "/mcp",
    ];
    let found = json(folder.path(), &[&asked[..], &["-o", "json"]].concat(), 0).await;
    assert_eq!(found["decision"]["backends"][0]["requestTimeout"], "3s");
    let (_, out, _) = Process::output(folder.path(), &asked).await;
    assert!(
        out.contains("one attempt may take 3s, where the route does not say"),
        "{out}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_answers_is_told_apart_from_a_fault() {
    let folder = begun().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().to_string();
    drop(taken);
    for arguments in [
        &["status"][..],
        &["explain", "tracing"],
        &["explain", "request", "--port", "1", "/"],
        &["wait", "gateway/edge", "--timeout", "10ms"],
    ] {
        let arguments = [arguments, &["--admin", &port]].concat();
        let (status, out, err) = Process::output(folder.path(), &arguments).await;
        assert_eq!(
            (status, out.as_str()),
            (Some(3), ""),
            "{arguments:?}: {err}"
        );
        assert!(err.starts_with("agentgateway: "), "{err}");
    }
    let (status, out, _) =
        Process::output(folder.path(), &["probe", "otlp", &format!("http://{port}")]).await;
    assert_eq!(status, Some(3));
    assert!(out.contains("it takes no spans"), "{out}");
    let (status, ..) = Process::output(folder.path(), &["wait", "gateway"]).await;
    assert_eq!(status, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn schema_completions_and_help_print() {
    let folder = begun().await;
    let schema = json(folder.path(), &["schema"], 0).await;
    assert!(schema.to_string().contains("HTTPRoute"));
    for shell in ["bash", "zsh", "fish"] {
        let (status, out, _) = Process::output(folder.path(), &["completions", shell]).await;
        assert_eq!(status, Some(0));
        assert!(out.contains("explain") && out.contains("probe"), "{out}");
    }
    let (status, out, _) = Process::output(folder.path(), &["--help"]).await;
    assert_eq!(status, Some(0));
    assert!(out.contains("Exit status"), "{out}");
}

const LISTENERS: &str = "apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: c}
spec: {controllerName: agentgateway.dev/agentgateway}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: g}
spec:
  gatewayClassName: c
  listeners:
  - {name: a, port: 80, protocol: HTTP, hostname: a.example}
  - {name: b, port: 80, protocol: HTTP, hostname: b.example}
  - {name: c, port: 81, protocol: HTTP}
---
apiVersion: v1
kind: Service
metadata: {name: otel}
spec: {ports: [{port: 4317}]}
";

/// A policy of tracing for the Gateway, or for what of it this names.
fn traces(name: &str, part: &str, share: &str) -> String {
    format!(
        "---\napiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayPolicy\nmetadata: {{name: {name}}}\n\
         spec:\n  targetRefs: [{{group: gateway.networking.k8s.io, kind: Gateway, name: g{part}}}]\n  \
         frontend: {{tracing: {{backendRef: {{name: otel, port: 4317}}, randomSampling: '{share}'}}}}\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn tracing_is_told_by_listener_where_they_differ() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["explain", "tracing", "--config", ".", "-o", "json"];
    let explained = async |policies: &[String]| {
        let text = [LISTENERS, &policies.concat()].concat();
        fs::write(folder.path().join("it.yaml"), text).unwrap();
        let told = json(folder.path(), &arguments, 0).await;
        let told = told.as_array().unwrap().iter().map(|one| {
            let part = one["listener"].as_str().map(str::to_owned);
            let part = part.or_else(|| one["strays"].as_u64().map(|port| port.to_string()));
            let random = one["sampler"]["random"]["text"].as_str();
            (part.unwrap_or_default(), random.unwrap_or("off").to_owned())
        });
        told.collect::<Vec<_>>()
    };
    let whole = traces("whole", "", "true");
    let one = |part: &str, random: &str| (part.to_owned(), random.to_owned());
    assert_eq!(
        explained(std::slice::from_ref(&whole)).await,
        [one("", "true")]
    );
    let listener = traces("listener", ", sectionName: a", "0.5");
    assert_eq!(
        explained(std::slice::from_ref(&listener)).await,
        [
            one("a", "0.5"),
            one("b", "off"),
            one("c", "off"),
            one("80", "off")
        ]
    );
    let port = traces("port", ", port: 80", "false");
    assert_eq!(
        explained(&[whole, listener, port]).await,
        [
            one("a", "0.5"),
            one("b", "false"),
            one("c", "true"),
            one("80", "false")
        ]
    );
}
