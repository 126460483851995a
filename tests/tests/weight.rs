//! What the libraries bring into a host: few crates, and no behaviour that a host did not ask for.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set its scene fails where it stands"
)]

use std::{collections::BTreeSet, process::Command};

const LIBRARIES: [&str; 4] = [
    "agentgateway-core",
    "agentgateway-a2a",
    "agentgateway-mcp",
    "agentgateway-llm",
];

/// SDKs, exporters, runtimes of other protocols, and all that builds C: never in a library.
const NEVER: [&str; 12] = [
    "aws-lc-rs",
    "aws-lc-sys",
    "clap",
    "k8s-openapi",
    "kube",
    "native-tls",
    "openssl",
    "openssl-sys",
    "opentelemetry-otlp",
    "opentelemetry_sdk",
    "reqwest",
    "tonic",
];

/// Of these an application decides by a feature.
const BY_FEATURE: [&str; 14] = [
    "arc-swap",
    "bcrypt",
    "cel",
    "h2",
    "hyper",
    "hyper-util",
    "md-5",
    "opentelemetry",
    "prost",
    "redis",
    "ring",
    "rustls",
    "sha-crypt",
    "tracing-opentelemetry",
];

/// `cargo tree` of one library, as this workspace has locked it.
fn tree(library: &str, arguments: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--frozen", "--prefix", "none", "-p", library])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .map(|line| line.trim_end_matches(" (*)").to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

fn names(tree: &BTreeSet<String>) -> BTreeSet<&str> {
    tree.iter()
        .filter_map(|line| line.split(' ').next())
        .collect()
}

fn assert_none(library: &str, names: &BTreeSet<&str>, forbidden: &[&str]) {
    for name in forbidden {
        assert!(!names.contains(name), "{library} brings {name}");
    }
}

#[test]
fn brings_few_crates_by_default() {
    for library in LIBRARIES {
        let crates = tree(library, &["-e", "normal"]);
        let names = names(&crates);
        assert!(names.contains("http-body"), "{library}: {names:?}");
        assert!(crates.len() <= 40, "{library}: {}: {names:?}", crates.len());
        assert_none(library, &names, &NEVER);
        assert_none(library, &names, &BY_FEATURE);
    }
}

#[test]
fn brings_no_sdk_with_any_feature() {
    for library in LIBRARIES {
        let crates = tree(library, &["-e", "normal", "--all-features"]);
        assert_none(library, &names(&crates), &NEVER);
    }
    // The list is looked for where it can be found.
    let full = tree("agentgateway-core", &["-e", "normal", "--all-features"]);
    for name in BY_FEATURE {
        assert!(names(&full).contains(name), "no feature brings {name}");
    }
}

/// The messages of Envoy's services are what needs them.
#[test]
fn brings_protobuf_by_one_feature_alone() {
    let manifest = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../agentgateway-core/Cargo.toml"
    );
    let manifest = std::fs::read_to_string(manifest).unwrap();
    let lines = manifest.lines().filter(|line| line.contains("dep:prost"));
    let features: Vec<_> = lines.filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(features, ["envoy"]);
    for (features, expected) in [("upstream,server,route", false), ("envoy", true)] {
        let crates = tree(
            "agentgateway-core",
            &["-e", "normal", "--features", features],
        );
        assert_eq!(names(&crates).contains("prost"), expected, "{features}");
    }
}

/// Features are united over the whole of a host: these would change what its own JSON means.
#[test]
fn changes_no_json_of_the_host() {
    for library in LIBRARIES {
        let features = tree(library, &["-e", "features,normal", "--all-features"]);
        let of_json =
            |feature: &str| features.contains(&format!("serde_json feature \"{feature}\""));
        assert!(of_json("raw_value"), "{library}: {features:?}");
        for feature in ["preserve_order", "arbitrary_precision", "unbounded_depth"] {
            assert!(!of_json(feature), "{library} turns on serde_json/{feature}");
        }
    }
}
