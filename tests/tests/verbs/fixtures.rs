//! Manifests from elsewhere, where they are at hand.

use std::{fs, path::PathBuf};

use agentgateway_tests::{Process, here};

/// The reasons of the published files, with the words that say them here.
const EQUIVALENT: &str = include_str!("../../../examples/gateway/src/config/rules/published.txt");

/// A folder of manifests beside the repository.
fn folder(name: &str) -> Option<PathBuf> {
    let root = here().join("../..");
    let mut shared = [root.join("shared"), root.join("../shared")].into_iter();
    let found = shared.find_map(|shared| {
        let path = shared.join("data/gateway-api").join(name);
        path.is_dir().then_some(path)
    });
    if found.is_none() {
        eprintln!("skipped: no {name} beside the repository");
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_invalid_file_is_refused_for_the_reason_in_its_first_line() {
    let Some(folder) = folder("manifests-invalid") else {
        return;
    };
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let expected = text
            .lines()
            .next()
            .unwrap()
            .trim_start_matches("# expect:")
            .trim();
        let alone = tempfile::tempdir().unwrap();
        fs::copy(&path, alone.path().join("it.yaml")).unwrap();
        let (status, out, _) = Process::output(alone.path(), &["check", "."]).await;
        assert_eq!(status, Some(1), "{}: {out}", path.display());
        assert!(out.contains("it.yaml:"), "no place for {expected}: {out}");
        let mut pairs = EQUIVALENT
            .lines()
            .filter_map(|line| line.split_once(" => "));
        let ours = pairs.find(|(theirs, _)| *theirs == expected);
        // The advice behind the reason has a line of its own.
        for words in ours.map_or(expected, |(_, ours)| ours).split("; ") {
            assert!(out.contains(words), "no {words}: {out}");
        }
        assert!(out.contains("refused:"), "{out}");
        count += 1;
    }
    assert_eq!(count, 22);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guides_manifests_are_checked_rendered_and_explained() {
    let Some(folder) = folder("manifests") else {
        return;
    };
    let (status, out, _) = Process::output(&folder, &["check", "."]).await;
    assert_eq!(status, Some(0), "{out}");
    assert!(
        out.contains("ok: 1 gateway, 3 listeners, 3 routes"),
        "{out}"
    );
    let (status, rendered, err) = Process::output(&folder, &["render", "."]).await;
    assert_eq!(status, Some(0), "{err}");
    assert!(!rendered.contains("${"), "{rendered}");
    let (status, deployment, _) = Process::output(&folder, &["render", ".", "--deployment"]).await;
    assert_eq!(status, Some(0));
    for part in [
        "kind: Deployment",
        "type: ClusterIP",
        "OTEL_SERVICE_NAME",
        "/readyz",
    ] {
        assert!(deployment.contains(part), "no {part}: {deployment}");
    }
    let ask = [
        "explain", "request", "--config", ".", "--port", "9090", "POST", "/mcp",
    ];
    let (status, out, _) = Process::output(&folder, &ask).await;
    assert_eq!(status, Some(0), "{out}");
    assert!(out.contains("=> HTTPRoute tools/mcp-tools rule 0"), "{out}");
}
