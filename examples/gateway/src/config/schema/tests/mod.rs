//! The published schema and its page are current, and agree with the validator.

mod faults;
mod keywords;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{json_schema, reference, shape_of, validate};
use crate::config::File;
use crate::config::object::kinds::KINDS;
use crate::config::object::{Place, decode};
use crate::config::yaml::parse;

fn docs(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("../../docs/reference").join(name)
}

/// The file holds this, or is written when `UPDATE_SCHEMA` asks for it.
#[track_caller]
fn is_current(name: &str, text: &str) {
    let path = docs(name);
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let held = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        held == text,
        "docs/reference/{name} is not current: run UPDATE_SCHEMA=1 cargo test -p agentgateway schema"
    );
}

#[test]
fn the_published_schema_is_current() {
    let schema = json_schema();
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    is_current("configuration.schema.json", &text);
    is_current("configuration.md", &reference(&schema));
}

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::new(&json_schema()).unwrap()
}

fn documents(text: &str) -> Vec<Value> {
    let (documents, problems) = parse(&File::new("f.yaml", text));
    assert_eq!(problems, []);
    documents
        .iter()
        .map(|document| document.root.to_json())
        .collect()
}

#[test]
fn the_schema_takes_the_example_manifests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests");
    let validator = validator();
    let mut count = 0;
    for file in fs::read_dir(root).unwrap() {
        let path = file.unwrap().path();
        for document in documents(&fs::read_to_string(&path).unwrap()) {
            let faults: Vec<_> = validator.iter_errors(&document).collect();
            assert!(
                faults.is_empty(),
                "{} {faults:?} {document:#}",
                path.display()
            );
            count += 1;
        }
    }
    assert!(count > 5);
}

/// What is wrong with a text.
fn faults(text: &str) -> Vec<String> {
    let (documents, syntax) = parse(&File::new("f.yaml", text));
    let (_, problems) = decode(&documents);
    let problems = syntax.iter().chain(&problems);
    problems.map(ToString::to_string).collect()
}

const GATEWAY: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: edge
  labels: {team: yes}
spec:
  gatewayClassName: 7
  listeners:
  - name: Main
    port: '80'
    protocol: HTTP
    hostnam: a.example.com
  - name: b
    prot: 70000
    protocol: HTTP
    allowedRoutes: {namespaces: {from: Any}}
    hostname: http://a.example.com
";
