//! Everything that can be wrong with a directory, in one run.

use std::fs;

use agentgateway_tests::Process;

const GATEWAY: &str = "apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: NAME, namespace: default}
spec:
  gatewayClassName: agentgateway
  listeners:
  - {name: web, port: 8080, protocol: HTTP}
";

/// Files, each with what is said of it and where.
fn files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let route = |name: &str, rest: &str| {
        format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {name}}}\nspec:\n  parentRefs: [{{name: edge}}]\n  {rest}\n"
        )
    };
    let bomb = (0..9).fold("a: &a [1,1,1,1,1,1,1,1,1]\n".to_owned(), |text, nth| {
        let (own, last) = ((b'b' + nth) as char, (b'a' + nth) as char);
        format!(
            "{text}{own}: &{own} [{}]\n",
            vec![format!("*{last}"); 9].join(",")
        )
    });
    let edge = GATEWAY.replace("NAME", "edge");
    let class = "apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: agentgateway}\nspec: {controllerName: agentgateway.dev/agentgateway}\n---\n";
    vec![
        ("00-edge.yaml", (class.to_owned() + &edge).into(), ""),
        (
            "bomb.yaml",
            bomb.into(),
            ":7:8: error: has over 1000000 values",
        ),
        (
            "dangling.yaml",
            route(
                "dangling",
                "rules: [{backendRefs: [{name: nowhere, port: 80}]}]",
            )
            .into(),
            ":6:26: error: HTTPRoute default/dangling: spec.rules[0].backendRefs[0]: Service default/nowhere not found (BackendNotFound)",
        ),
        (
            "duration.yaml",
            route("duration", "rules: [{timeouts: {request: 10 seconds}}]").into(),
            ":6:32: error: HTTPRoute default/duration: spec.rules[0].timeouts.request: ",
        ),
        ("empty.yaml", Vec::new(), ": error: is empty"),
        (
            "huge.yaml",
            vec![b'#'; 5 << 20],
            ": error: is 5 MiB large; at most 4 MiB are read",
        ),
        (
            "key.yaml",
            route("key", "hostname: [a.example]").into(),
            ":6:3: error: HTTPRoute default/key: spec.hostname: ",
        ),
        (
            "nul.yaml",
            b"a: \0\n".to_vec(),
            ":1:4: error: holds a NUL byte",
        ),
        (
            "parent.yaml",
            route("parent", "hostnames: [a.example]")
                .replace("name: edge}", "name: edg}")
                .into(),
            ":5:16: error: HTTPRoute default/parent: spec.parentRefs[0]: Gateway default/edg not found; did you mean \"edge\"? (NoMatchingParent)",
        ),
        (
            "port.yaml",
            GATEWAY.replace("NAME", "other").into(),
            ":7:23: error: Gateway default/other: spec.listeners[0].port: port 8080 of this address is used by Gateway default/edge (PortUnavailable)",
        ),
        (
            "tabs.yaml",
            b"kind: X\n\tfoo: 1\n".to_vec(),
            ":1:7: error: is not valid YAML: while scanning a plain scalar, found a tab",
        ),
        (
            "text.yaml",
            b"a: \xff\n".to_vec(),
            ": error: is not UTF-8 text",
        ),
        (
            "twice.yaml",
            edge.into(),
            ":1:1: error: Gateway default/edge: is defined a second time; the first is at 00-edge.yaml:6:1",
        ),
        (
            "type.yaml",
            GATEWAY
                .replace("NAME", "type")
                .replace("8080", "many")
                .into(),
            ":7:23: error: Gateway default/type: spec.listeners[0].port: must be ",
        ),
    ]
}

/// Fault C01: an unknown key, a wrong type, a bad duration, a name given twice, a dangling reference, a port clash, an empty and a huge file, tabs, an anchor bomb, a NUL byte and bytes that are no text: one run of `check` tells all, each with its place, and exits with 1.
#[tokio::test(flavor = "multi_thread")]
async fn one_run_tells_all() {
    let folder = tempfile::tempdir().unwrap();
    let all = files();
    for (name, text, _) in &all {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let (status, out, err) = Process::output(folder.path(), &["check", "."]).await;
    assert_eq!(status, Some(1), "{err}");
    for (name, _, said) in all.iter().filter(|(_, _, said)| !said.is_empty()) {
        let said = format!("{name}{said}");
        assert!(out.contains(&said), "no {said}: {out}");
    }
    assert!(
        out.contains("did you mean \"hostnames\"?"),
        "the nearest key: {out}"
    );
    assert!(out.trim_end().ends_with("nothing is served"), "{out}");
}
