//! What is written in OpenAI's dialects, held against OpenAI's own description of them.

use std::process::Stdio;

use agentgateway_tests::{here, shared_data};
use tokio::process::Command;

use crate::{clients::run, providers::Scene};

#[tokio::test(flavor = "multi_thread")]
async fn answers_in_openais_dialects_are_as_openai_describes_them() {
    let Some(described) = shared_data("openai") else {
        return;
    };
    let output = Command::new("node")
        .arg(here().join("clients/yaml_to_json.mjs"))
        .arg(described.join("openapi.yaml"))
        .stdin(Stdio::null())
        .output()
        .await
        .expect("Node.js runs");
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), &output.stdout).expect("the description is written");
    let scene = Scene::set().await;
    let targets = scene.targets().into_iter();
    let targets = targets.filter(|target| !target.starts_with("direct-"));
    let schemas = file.path().display().to_string();
    let arguments: Vec<String> = std::iter::once(schemas).chain(targets).collect();
    let told = run("llm_schema.py", &arguments).await;
    println!("{}", told["seen"]);
    let wrong = told["wrong"].as_array().expect("a list");
    assert!(
        told["seen"]["ResponseCompletedEvent"].as_u64() >= Some(28) && wrong.is_empty(),
        "{wrong:#?}"
    );
}
