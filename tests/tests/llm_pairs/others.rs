//! SDKs with providers that are not those of the matrix, and what is no conversation.

use serde_json::{Map, Value, json};

use crate::{clients::run, compare::differences, providers::Scene};

const AZURE: &str = "{ai: {provider: {azureopenai: {endpoint: own.openai.azure.com, apiVersion: 2024-10-21, \
                     deploymentName: own-gpt}, host: 127.0.0.1, port: PORT}}, \
                     policies: {auth: {secretRef: {name: key}}}}";
const VERTEX: &str = "{ai: {provider: {vertexai: {projectId: own, region: us-east1}, host: 127.0.0.1, port: PORT}}, \
                      policies: {auth: {secretRef: {name: key}}}}";
const OLLAMA: &str = "{ai: {provider: {custom: {formats: [{type: Completions}]}, host: 127.0.0.1, port: PORT, \
                      pathPrefix: /ollama/v1}}}";
const OPENAI: &str = "{ai: {provider: {openai: {}, host: 127.0.0.1, port: PORT}}, \
                      policies: {auth: {secretRef: {name: key}}}}";
const COHERE: &str = "{ai: {provider: {custom: {formats: [{type: Rerank}, {type: Completions}]}, host: 127.0.0.1, \
                      port: PORT}}, policies: {auth: {secretRef: {name: key}}, ai: {modelAliases: {best: rerank-v3.5}}}}";
/// What the scripted model says in the scene `text`.
const SAYS: &str = "Blue: ä €, 天 and 🌊, with \"quotes\", a \\ and\na second line. ";

/// What it gives a custom tool.
const PATCH: &str = "*** Begin Patch\n+\tsay(\"ä \\ 🌊\")\n*** End Patch\n";

/// What a client prints.
async fn told(scene: &Scene, name: &str, prefix: &str, model: &str) -> Map<String, Value> {
    let url = format!("{}{prefix}", scene.gateway());
    run("llm_others.py", &[name.to_owned(), url, model.to_owned()]).await
}

/// What the provider was asked for first in a scene.
fn asked<'a>(all: &'a Value, cell: &str) -> &'a Value {
    let first = &all[cell][0];
    assert!(first.is_object(), "{cell} was not asked: {all}");
    first
}

#[tokio::test(flavor = "multi_thread")]
async fn the_azure_sdk_asks_a_deployment() {
    let scene = Scene::with(&[("/azure", AZURE)]).await;
    for name in ["azure", "chat-azure"] {
        let told = told(&scene, name, "/azure", "gpt-5.1").await;
        for mode in [0, 1] {
            assert_eq!(told["text"][mode]["text"], SAYS.repeat(3), "{told:?}");
            assert_eq!(told["results"][mode]["first"]["calls"][1][0], "get_time");
        }
        let all = scene.asked().await;
        for stream in ["False", "True"] {
            let asked = asked(&all, &format!("{name}.results.{stream}"));
            let path = "/openai/deployments/own-gpt/chat/completions?api-version=2024-10-21";
            assert_eq!(asked["path"], path);
            assert_eq!(asked["key"], "of-the-gateway");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_google_sdk_asks_vertex() {
    let scene = Scene::with(&[("/vertex", VERTEX)]).await;
    for name in ["vertex", "chat-vertex"] {
        let told = told(&scene, name, "/vertex", "gemini-2.5-flash").await;
        for (mode, stream) in ["False", "True"].into_iter().enumerate() {
            assert_eq!(told["text"][mode]["text"], SAYS.repeat(3), "{told:?}");
            let all = scene.asked().await;
            let asked = asked(&all, &format!("{name}.text.{stream}"));
            let models = "/v1/projects/own/locations/us-east1/publishers/google/models";
            let method = ["generateContent", "streamGenerateContent?alt=sse"][mode];
            assert_eq!(asked["path"], format!("{models}/gemini-2.5-flash:{method}"));
            assert_eq!(asked["key"], "Bearer of-the-gateway");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sdks_ask_ollama() {
    let scene = Scene::with(&[("/ollama", OLLAMA)]).await;
    let told = told(&scene, "ollama", "/ollama", "qwen3").await;
    for mode in [0, 1] {
        assert_eq!(told["text"][mode]["text"], SAYS.repeat(3), "{told:?}");
        let results = &told["results"][mode];
        assert_eq!(
            results["first"]["calls"][1],
            json!(["get_time", {"zone": "Europe/Paris"}])
        );
        assert_eq!(
            results["then"]["text"],
            "Paris has 21 degrees, and it is ten."
        );
        let thoughts = &told["reasoning"][mode]["thoughts"];
        assert_eq!(
            thoughts, "First I look at the map.\nThen I know.",
            "{told:?}"
        );
    }
    // Other dialects, too: they get what they get of OpenAI's own form.
    let targets = ["ollama=qwen3", "chat=gpt-5.1"].map(|target| {
        format!(
            "{target}={}/{}",
            scene.gateway(),
            &target[..target.find('=').unwrap()]
        )
    });
    for script in [
        "llm_pairs_anthropic.py",
        "llm_pairs_genai.py",
        "llm_pairs_boto3.py",
    ] {
        for (client, told) in run(script, &targets).await {
            for name in [
                "text",
                "tools",
                "results",
                "replay",
                "schema",
                "image",
                "reasoning",
            ] {
                let [own, like] = ["chat", "ollama"].map(|to| without_usage(&told[to][name]));
                let found = differences(name, &own, &like);
                assert!(found.is_empty(), "{client}: {found:?}");
            }
        }
    }
}

/// Ollama does not tell what was cached, nor what were thoughts.
fn without_usage(modes: &Value) -> Value {
    let mut modes = modes.clone();
    for mode in ["/unary", "/stream"] {
        for at in ["", "/first", "/then"] {
            if let Some(Value::Object(told)) = modes.pointer_mut(&format!("{mode}{at}")) {
                told.remove("usage");
                told.remove("losses");
            }
        }
    }
    modes
}

/// Codex CLI's `apply_patch` is one.
#[tokio::test(flavor = "multi_thread")]
async fn the_openai_sdk_gives_custom_tools_to_providers_that_have_none() {
    let scene = Scene::set().await;
    let expected = |pieces: bool| {
        json!({"name": "apply_patch", "input": PATCH, "pieces": pieces,
            "then": "Paris has 21 degrees, and it is ten."})
    };
    for (provider, model) in [
        ("messages", "claude-sonnet-4-6"),
        ("gemini", "gemini-2.5-flash"),
        ("converse", "us.anthropic.claude-sonnet-4-6-v1:0"),
    ] {
        let name = format!("custom-{provider}");
        let told = told(&scene, &name, &format!("/{provider}"), model).await;
        for dialect in ["responses", "completions"] {
            let both = json!([expected(false), expected(true)]);
            assert_eq!(told[dialect], both, "{provider}: {dialect}");
            let all = scene.asked().await;
            let asked = asked(&all, &format!("{name}.{dialect}.True"));
            let words = "Edits files.\n\nThe input must match this grammar (lark):\nstart: LINE+";
            assert_eq!(asked["tools"][0]["description"], words);
            assert_eq!(asked["tools"][0]["schema"]["required"], json!(["input"]));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_openai_sdk_asks_for_embeddings() {
    let scene = Scene::with(&[("/openai", OPENAI)]).await;
    let told = told(&scene, "embeddings", "/openai", "text-embedding-3-small").await;
    assert_eq!(
        told["vectors"],
        json!([[3.0, 0.5, -0.25], [5.0, 0.5, -0.25]])
    );
    assert_eq!(told["total"], 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cohere_sdk_asks_for_a_reranking() {
    let scene = Scene::with(&[("/cohere", COHERE), ("/openai", OPENAI)]).await;
    let best = told(&scene, "rerank", "/cohere", "best").await;
    assert_eq!(best["results"], json!([[1, 0.05], [0, 0.03]]));
    assert_eq!(best["units"], 1.0);
    let all = scene.asked().await;
    let asked = asked(&all, "/v2/rerank");
    assert_eq!(asked["path"], "/v2/rerank");
    assert_eq!(asked["model"], "rerank-v3.5");
    assert_eq!(asked["key"], "Bearer of-the-gateway");
    // Who offers none is not asked, and the SDK learns why.
    let refused = told(&scene, "refused", "/openai", "best").await;
    assert_eq!(refused["status"], 400);
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("has no counterpart"), "{message}");
}
