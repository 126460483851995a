//! Replays recorded answers.

use std::{
    collections::VecDeque,
    convert::Infallible,
    fs,
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use agentgateway_core::{
    Peeked,
    body::End,
    context::{Meter, MeterTap, Used},
};
use agentgateway_llm::{LlmDialect, LlmLayer, LlmReport};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use tower::{Layer, ServiceExt, service_fn};

const FOLDERS: [&str; 2] = [
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/data/llm/recordings"
    ),
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/llm/recordings"
    ),
];

const DIALECTS: [(&str, LlmDialect); 4] = [
    ("openai-chat", LlmDialect::OpenAiChat),
    ("openai-responses", LlmDialect::OpenAiResponses),
    ("anthropic-messages", LlmDialect::AnthropicMessages),
    ("gemini", LlmDialect::Gemini),
];

/// One recorded exchange.
pub(crate) struct Recording {
    pub(crate) name: String,
    pub(crate) dialect: LlmDialect,
    pub(crate) uri: String,
    pub(crate) request: String,
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) answer: String,
}

/// The recordings of one form; none when they are not on this machine.
pub(crate) fn recordings(form: &str) -> Vec<Recording> {
    let Some(folder) = FOLDERS.iter().map(Path::new).find(|path| path.is_dir()) else {
        println!("skipped: no recordings in {FOLDERS:?}");
        return Vec::new();
    };
    let mut found = Vec::new();
    for (name, dialect) in DIALECTS {
        let mut files: Vec<_> = fs::read_dir(folder.join(name).join(form))
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        for path in files {
            let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let response = &file["response"];
            let answer = match response["text"].as_str() {
                Some(text) => text.to_owned(),
                None => response["json"].to_string(),
            };
            found.push(Recording {
                name: path.display().to_string(),
                dialect,
                uri: file["request"]["uri"].as_str().unwrap().to_owned(),
                request: file["request"]["body"].to_string(),
                status: u16::try_from(response["status"].as_u64().unwrap()).unwrap(),
                content_type: response["content_type"].as_str().unwrap().to_owned(),
                answer,
            });
        }
    }
    assert!(!found.is_empty());
    found
}

/// How an exchange ended, without its error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Complete,
    Truncated,
    Failed,
    Dropped,
}

/// What was told of one exchange.
pub(crate) struct Told {
    pub(crate) body: Vec<u8>,
    pub(crate) end: Ended,
    pub(crate) report: LlmReport,
    /// What a budget was told, once.
    pub(crate) used: Used,
}

/// Sends the recorded request through the layer, to a service that answers with these chunks.
pub(crate) async fn exchange(recording: &Recording, chunks: Vec<Vec<u8>>) -> Told {
    let told = Arc::new(Mutex::new(Vec::new()));
    let dialect = recording.dialect;
    let layer = LlmLayer::new().record_content(true).on_finished({
        let told = Arc::clone(&told);
        move |finished| {
            assert_eq!(finished.call.unwrap().dialect(), dialect);
            let end = match finished.end {
                End::Complete => Ended::Complete,
                End::Truncated => Ended::Truncated,
                End::Failed(_) => Ended::Failed,
                End::Dropped => Ended::Dropped,
            };
            told.lock().unwrap().push((end, finished.report.clone()));
        }
    });
    let (status, content_type) = (recording.status, recording.content_type.clone());
    let bill = Bill::default();
    let paid = bill.clone();
    let service = layer.layer(service_fn(move |_: Request<Peeked<Full<Bytes>>>| {
        let mut response = Response::builder()
            .status(status)
            .header("content-type", content_type.clone())
            .body(Replay(chunks.clone().into()))
            .unwrap();
        bill.ask(&mut response);
        async move { Ok::<_, Infallible>(response) }
    }));
    let request = Request::post(&recording.uri)
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(recording.request.clone())))
        .unwrap();
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(response.status(), status);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let mut told = told.lock().unwrap();
    assert_eq!(told.len(), 1, "{} ended more than once", recording.name);
    let (end, report) = told.remove(0);
    Told {
        body: body.to_vec(),
        end,
        report,
        used: paid.once(&recording.name),
    }
}

/// Asks what a call used, as a budget does.
#[derive(Clone, Default)]
struct Bill {
    told: Arc<Mutex<Vec<Option<Used>>>>,
    tap: Arc<Mutex<Option<MeterTap>>>,
}

impl Bill {
    fn ask<B>(&self, response: &mut Response<B>) {
        let told = Arc::clone(&self.told);
        let tap = Meter::tap(response.extensions_mut(), move |used, _| {
            told.lock().unwrap().push(used.copied());
        });
        *self.tap.lock().unwrap() = Some(tap);
    }

    /// What was told, by the one word that there may be.
    fn once(&self, name: &str) -> Used {
        drop(self.tap.lock().unwrap().take());
        let told = self.told.lock().unwrap();
        assert_eq!(told.len(), 1, "{name}: a budget was told {told:?}");
        told[0].unwrap()
    }
}

/// Where the events of a stream begin, and where the last one ends.
pub(crate) fn boundaries(stream: &str) -> Vec<usize> {
    let mut places = vec![0];
    let mut at = 0;
    let blank = if stream.contains("\r\n\r\n") {
        "\r\n\r\n"
    } else {
        "\n\n"
    };
    while let Some(found) = stream[at..].find(blank) {
        at += found + blank.len();
        places.push(at);
    }
    assert_eq!(at, stream.len());
    places
}

/// A body that yields these chunks.
struct Replay(VecDeque<Vec<u8>>);

impl http_body::Body for Replay {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let chunk = self.0.pop_front();
        Poll::Ready(chunk.map(|chunk| Ok(Frame::data(chunk.into()))))
    }
}

/// Numbers that are the same in each run.
pub(crate) struct Numbers(pub u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    /// Cuts bytes into chunks of at most this length.
    pub(crate) fn cut(&mut self, bytes: &[u8], longest: usize) -> Vec<Vec<u8>> {
        let mut chunks = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (chunk, tail) = rest.split_at((1 + self.below(longest)).min(rest.len()));
            chunks.push(chunk.to_vec());
            rest = tail;
        }
        chunks
    }
}
