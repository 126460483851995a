//! The verbs that ask a gateway that runs.

use agentgateway_tests::{Configured, Manifests, Process, get};
use serde_json::Value;

async fn started() -> (Configured, Process) {
    let backend = "{mcp: {targets: [{name: a, static: {host: 127.0.0.1, port: 1}}]}}";
    let configured = Configured::new(Manifests::default().route("mcp", "/mcp", None, backend));
    let process = configured.start(&[]).await;
    // It says where it listens before it is ready.
    let ready = format!("http://{}/readyz", process.addr("admin"));
    while get(&ready).await.status() != 200 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    (configured, process)
}

async fn asked(process: &Process, arguments: &[&str]) -> (Option<i32>, String, String) {
    let admin = process.addr("admin").to_string();
    let arguments = [arguments, &["--admin", &admin]].concat();
    Process::output(std::path::Path::new("."), &arguments).await
}

#[tokio::test(flavor = "multi_thread")]
async fn status_wait_and_explain_ask_the_one_that_runs() {
    let (_configured, process) = started().await;
    let (status, out, err) = asked(&process, &["status"]).await;
    assert_eq!(status, Some(0), "{out}{err}");
    assert!(
        out.contains("ok     Gateway default/gateway: 127.0.0.1"),
        "{out}"
    );
    assert!(out.contains("HTTPRoute default/mcp"), "{out}");
    let (status, out, err) = asked(
        &process,
        &["wait", "gateway/gateway", "--for", "Programmed"],
    )
    .await;
    assert_eq!(
        (status, out.as_str()),
        (Some(0), "gateway default/gateway is Programmed\n"),
        "{err}"
    );
    let (status, _, err) = asked(&process, &["wait", "gateway/gatway", "--timeout", "100ms"]).await;
    assert_eq!(status, Some(3));
    assert!(err.contains("there are: gateway"), "{err}");
    let (status, _, err) = asked(&process, &["status", "gateway/gateway", "-n", "other"]).await;
    assert_eq!(status, Some(1));
    assert!(err.contains("Gateway default/gateway"), "{err}");

    let port = process.addr("mcp").port().to_string();
    let request = [
        "explain", "request", "--port", &port, "POST", "/mcp", "-H", "a: b&c=d", "-o", "json",
    ];
    let (status, out, err) = asked(&process, &request).await;
    assert_eq!(status, Some(0), "{err}");
    let explained: Value = serde_json::from_str(&out).unwrap();
    let route = explained["decision"]["route"].as_str().unwrap();
    assert!(route.starts_with("HTTPRoute default/mcp"), "{route}");
    assert_eq!(explained["request"]["headers"], serde_json::json!(["a"]));
    let (status, out, _) = asked(&process, &["explain", "tracing"]).await;
    assert_eq!(status, Some(0));
    assert!(
        out.contains("Gateway default/gateway: tracing off"),
        "{out}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_the_objects_and_what_fails_of_them() {
    let (configured, process) = started().await;
    let admin = format!("http://{}", process.addr("admin"));
    let well = shown(&admin, "\u{2713} agentgateway").await;
    assert!(
        well.contains("<strong><span class=\"space\">default/</span>mcp"),
        "{well}"
    );
    assert!(well.contains("generation 1 since"), "{well}");
    let style = get(&format!("{admin}/style.css")).await;
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");

    configured.add("broken.yaml", "kind: Nothing\n");
    let broken = shown(&admin, "refused since").await;
    for told in ["broken.yaml", "\u{2717} agentgateway"] {
        assert!(broken.contains(told), "{broken}");
    }
}

/// The page, once it says this: what is on the disk is looked at beside what is served.
async fn shown(admin: &str, said: &str) -> String {
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let page = String::from_utf8(get(admin).await.body().to_vec()).unwrap();
        if page.contains(said) {
            return page;
        }
        assert!(tokio::time::Instant::now() < deadline, "{page}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
