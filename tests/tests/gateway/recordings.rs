//! Recorded streams of real providers through the whole gateway: not one byte changes.

use std::{fs, path::Path};

use agentgateway_tests::{TestGateway, post, shared_data};
use bytes::Bytes;
use serde_json::Value;

use super::provider::{KEY, Provider};

/// How many of each dialect are replayed; the layer's own tests replay all.
const SAMPLES: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn recorded_streams_pass_unchanged() {
    let Some(folder) = shared_data("llm/recordings") else {
        return;
    };
    let mut provider = Provider::start().await;
    let gateway = TestGateway::serve(&provider.manifests()).await;
    for (dialect, route) in [
        ("openai-chat", "/openai"),
        ("openai-responses", "/openai"),
        ("anthropic-messages", "/anthropic"),
        ("gemini", "/gemini"),
    ] {
        for path in samples(&folder.join(dialect).join("stream")) {
            let url = format!("{}{route}", gateway.url("llm"));
            replay(&path, &url, &mut provider).await;
        }
    }
}

fn samples(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    all.sort();
    let step = all.len().div_ceil(SAMPLES);
    all.into_iter().step_by(step).collect()
}

async fn replay(path: &Path, url: &str, provider: &mut Provider) {
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let uri: http::Uri = file["request"]["uri"].as_str().unwrap().parse().unwrap();
    let target = uri.path_and_query().unwrap().as_str();
    let sent = asking_for_usage(&file["request"]["body"]);
    let recorded = Bytes::from(file["response"]["text"].as_str().unwrap().to_owned());
    let media_type = file["response"]["content_type"].as_str().unwrap();

    let url = format!("{url}{target}");
    let client = [("authorization", "Bearer the-clients"), ("cookie", "a=b")];
    let (answer, ()) = tokio::join!(post(&url, &client, sent.clone()), async {
        let asked = provider.asked().await;
        assert_eq!(asked.head.uri.path(), uri.path(), "{}", path.display());
        assert!(asked.body == sent, "{}", path.display());
        let headers = format!("{:?}", asked.head.headers);
        assert!(!headers.contains("the-clients") && !headers.contains("cookie"));
        let key = ["authorization", "x-api-key", "x-goog-api-key"]
            .iter()
            .find_map(|name| asked.head.headers.get(*name));
        assert!(key.unwrap().to_str().unwrap().ends_with(KEY));
        let chunks = asked.answer(media_type);
        // Odd sizes, so that events and line ends are torn.
        for (n, piece) in recorded.chunks(397).enumerate() {
            let (first, second) = piece.split_at(n % piece.len());
            for part in [first, second] {
                if !part.is_empty() {
                    chunks.send(recorded.slice_ref(part)).unwrap();
                }
            }
        }
    });
    assert_eq!(answer.status(), 200);
    assert!(*answer.body() == recorded, "{}", path.display());
}

/// The recorded body; a chat asks for its usage, so that nothing has to be spliced.
fn asking_for_usage(body: &Value) -> String {
    let mut body = body.clone();
    let is_chat = body.get("messages").is_some() && body.get("max_tokens").is_none();
    if is_chat && body["stream"] == true {
        body["stream_options"]["include_usage"] = true.into();
    }
    body.to_string()
}
