//! What is written in OpenAI's dialects, held against OpenAI's own description of them.

use std::process::Stdio;

use agentgateway_tests::{here, shared_data};
use tokio::process::Command;

use crate::{clients::run, providers::Scene};

/// Clients of other dialects.
const OTHERS: [&str; 3] = [
    "llm_pairs_anthropic.py",
    "llm_pairs_genai.py",
    "llm_pairs_boto3.py",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_in_openais_dialects_is_as_openai_describes_it() {
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
    let targets: Vec<String> = targets.collect();
    let openais = ["chat=", "responses="];
    let openais: Vec<String> = targets
        .iter()
        .filter(|target| openais.iter().any(|name| target.starts_with(name)))
        .cloned()
        .collect();
    for script in OTHERS {
        run(script, &openais).await;
    }
    let files = [file.path().display().to_string(), scene.providers()];
    let arguments: Vec<String> = files.into_iter().chain(targets).collect();
    let told = run("llm_schema.py", &arguments).await;
    println!("{}", told["seen"]);
    let wrong = told["wrong"].as_array().expect("a list");
    assert!(
        told["seen"]["ResponseCompletedEvent"].as_u64() >= Some(28)
            && told["seen"]["CreateResponse"].as_u64() >= Some(48)
            && wrong.is_empty(),
        "{wrong:#?}"
    );
}
