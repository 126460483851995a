//! Arguments that are wrong, and what is said of them: exit status 2 in each case.

use std::fs;

use agentgateway_tests::{Manifests, Process};

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_carried_out_is_told_with_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("dir");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("gateway.yaml"), Manifests::default().text()).unwrap();
    let cases: [(&[&str], &str); 14] = [
        (&["run", "--config", "nowhere"], "nowhere cannot be read"),
        (&["check", "nowhere"], "nowhere cannot be read"),
        (&["status", "--config", "nowhere"], "nowhere cannot be read"),
        (
            &["run", "--config", "dir", "--listener", "nope"],
            "no listener `nope`; there are: a2a, mcp, llm",
        ),
        (
            &["run", "--listener", "nope"],
            "no listener `nope`; there are: a2a, mcp, llm",
        ),
        (
            &["run", "--vars", "missing"],
            "--vars is for manifests: --config says where they are",
        ),
        (&["run", "--lax"], "--lax is for manifests"),
        (
            &["run", "dir"],
            "a directory of manifests is named by `--config dir`",
        ),
        (&["status", "dir"], "a directory is named by --config"),
        (&["wait", "gatway/edge"], "did you mean \"Gateway\"?"),
        (
            &["status", "secret/x"],
            "secret has no status here; there are GatewayClass",
        ),
        (
            &["probe", "otlp", "ftp://x"],
            "expected a URL as in http://",
        ),
        (
            &["probe", "otlp", "collector:4317"],
            "expected a URL as in http://",
        ),
        (
            &["explain", "request", "--port", "1", "mcp"],
            "begins with /",
        ),
    ];
    for (arguments, said) in cases {
        let (status, out, err) = Process::output(folder.path(), arguments).await;
        assert_eq!(status, Some(2), "{arguments:?}: {out}{err}");
        assert!(err.contains(said), "{arguments:?}: {err}");
    }
    let words = [
        "explain",
        "request",
        "--config",
        "dir",
        "--port",
        "8080",
        "--listener",
        "nope",
        "/",
    ];
    let (status, out, _) = Process::output(folder.path(), &words).await;
    assert_eq!(status, Some(1));
    assert!(
        out.contains("no such listener on this port; there are default/gateway a2a"),
        "{out}"
    );
}

/// Names of files and objects come from anywhere: nothing in them reaches a terminal as a command.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_terminal_obeys_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let evil = "\u{1b}]0;title\u{7}";
    let name = format!("{evil}.yaml");
    let foreign = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: \"\\e[2J\"}\n";
    let dir = folder.path().join("dir");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join(&name), foreign).unwrap();
    let bad = format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: \"\\e[2J\"}}\nspec: {{\"{}\": 1}}\n",
        "\\e[1m"
    );
    let verbs: [&[&str]; 6] = [
        &["check", "dir"],
        &["status", "--config", "dir"],
        &["render", "dir"],
        &[
            "run",
            "--config",
            "dir",
            "--admin",
            "127.0.0.1:0",
            "--listener",
            "\u{1b}[2J",
        ],
        &[
            "explain",
            "request",
            "--config",
            "dir",
            "--port",
            "1",
            "/\u{1b}[2J",
        ],
        &["status", "gateway/\u{1b}[2J", "--config", "dir"],
    ];
    for text in [foreign.to_owned(), foreign.to_owned() + &bad] {
        fs::write(dir.join(&name), text).unwrap();
        for verb in verbs {
            let (_, out, err) = Process::output(folder.path(), verb).await;
            let said = out + &err;
            let raw = said
                .chars()
                .find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
            assert_eq!(raw, None, "{verb:?}: {said:?}");
        }
    }
}
