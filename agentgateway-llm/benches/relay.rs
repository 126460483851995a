//! What relaying a stream costs per event: `cargo bench -p agentgateway-llm --bench relay`.
#![expect(clippy::print_stdout, reason = "the numbers are the program's answer")]

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::Future,
    hint::black_box,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use agentgateway_core::Peeked;
use agentgateway_llm::LlmLayer;
use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::Full;
use tokio::time::Instant;
use tower::{Layer, Service, service_fn};

const EVENTS: usize = 20_000;
const ROUNDS: usize = 15;

/// A body that yields one event per frame.
#[derive(Clone)]
struct Replay(VecDeque<Bytes>);

impl Body for Replay {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|chunk| Ok(Frame::data(chunk))))
    }
}

/// The events of a stream as they are common in each dialect, with a path that asks for it.
fn streams() -> [(&'static str, &'static str, String, &'static str); 4] {
    [
        (
            "openai-chat",
            "/v1/chat/completions",
            "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1754000000,\"model\":\"some-model\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":null}],\"usage\":null}\n\n".to_owned(),
            "data: [DONE]\n\n",
        ),
        (
            "openai-responses",
            "/v1/responses",
            "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":9,\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":\" word\",\"logprobs\":[]}\n\n".to_owned(),
            "event: response.completed\ndata: {\"response\":{}}\n\n",
        ),
        (
            "anthropic-messages",
            "/v1/messages",
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" word\"}               }\n\n".to_owned(),
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        ),
        (
            "gemini",
            "/v1beta/models/g:streamGenerateContent?alt=sse",
            "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \" word\"}],\"role\": \"model\"},\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 15,\"totalTokenCount\": 15},\"modelVersion\": \"gemini\",\"responseId\": \"x\"}\r\n\r\n".to_owned(),
            "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\r\n\r\n",
        ),
    ]
}

/// The future's output. Nothing here ever waits.
fn now<F: Future>(future: F) -> Option<F::Output> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// Reads a body to its end; the number of its frames.
fn drain(body: impl Body<Data = Bytes>) -> usize {
    let mut body = pin!(body);
    let mut context = Context::from_waker(Waker::noop());
    let mut frames = 0;
    while let Poll::Ready(Some(Ok(frame))) = body.as_mut().poll_frame(&mut context) {
        black_box(frame);
        frames += 1;
    }
    frames
}

fn relay(path: &str, replay: Replay) -> usize {
    let mut service = LlmLayer::new().layer(service_fn(move |_: Request<Peeked<Full<Bytes>>>| {
        let response = Response::builder()
            .header("content-type", "text/event-stream")
            .body(replay.clone());
        async move { response }
    }));
    let body = Full::new(Bytes::from_static(br#"{"model":"m","stream":true}"#));
    let request = Request::post(path).header("content-type", "application/json");
    let Ok(request) = request.body(body) else {
        return 0;
    };
    match now(service.call(request)) {
        Some(Ok(response)) => drain(response.into_body()),
        None => 0,
    }
}

fn main() {
    println!("{:>20} {:>12} {:>12}", "dialect", "ns bare", "ns relayed");
    for (name, path, event, marker) in streams() {
        let mut frames: VecDeque<_> = vec![Bytes::from(event); EVENTS].into();
        frames.push_back(Bytes::from_static(marker.as_bytes()));
        let replay = Replay(frames);
        let (mut bare, mut relayed) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..ROUNDS {
            let start = Instant::now();
            assert_eq!(drain(replay.clone()), EVENTS + 1);
            bare = bare.min(start.elapsed().as_secs_f64());
            let start = Instant::now();
            assert_eq!(relay(path, replay.clone()), EVENTS + 1, "an event was lost");
            relayed = relayed.min(start.elapsed().as_secs_f64());
        }
        let each = 1e9 / (EVENTS + 1) as f64;
        println!("{name:>20} {:>12.1} {:>12.1}", bare * each, relayed * each);
    }
}
