use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use agentgateway_core::{
    Error, ErrorKind, Peeked,
    context::{Meter, MeterTap, Used},
};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Channel};
use proptest::prelude::*;
use tower::{Layer, ServiceExt, service_fn};

use super::support::*;
use crate::{LlmDialect, LlmLayer};

type Told = Arc<Mutex<Vec<(Option<Used>, &'static str)>>>;

/// What stands where a budget would: it asks what the call used.
#[derive(Clone, Default)]
struct Asking {
    told: Told,
    tap: Arc<Mutex<Option<MeterTap>>>,
}

impl Asking {
    fn ask<B>(&self, response: &mut Response<B>) {
        let told = Arc::clone(&self.told);
        let tap = Meter::tap(response.extensions_mut(), move |used, end| {
            told.lock().unwrap().push((used.copied(), end.as_str()));
        });
        *self.tap.lock().unwrap() = Some(tap);
    }

    /// The one word that there was.
    fn only(&self) -> (Used, &'static str) {
        drop(self.tap.lock().unwrap().take());
        let told = self.told.lock().unwrap().clone();
        let [(Some(used), end)] = told[..] else {
            panic!("told {told:?}");
        };
        (used, end)
    }
}

/// What a call is said to have used whose answer this is, and which the client leaves after so many
/// events.
async fn used(
    request: Request<Sent>,
    head: Response<()>,
    events: &[String],
    leaves: bool,
) -> (Used, &'static str) {
    let asking = Asking::default();
    let (sender, body) = Channel::<Bytes, Error>::new(1);
    let mut response = head.map(|()| body);
    asking.ask(&mut response);
    let response = Arc::new(Mutex::new(Some(response)));
    let service = LlmLayer::new().layer(service_fn(move |_: Request<Peeked<Sent>>| {
        let response = response.lock().unwrap().take().unwrap();
        async { Ok::<_, Infallible>(response) }
    }));
    let mut body = service.oneshot(request).await.unwrap().into_body();
    let mut sender = sender;
    for event in events {
        sender.send_data(event.clone().into()).await.unwrap();
        body.frame().await.unwrap().unwrap();
    }
    if leaves {
        drop(body);
    } else {
        drop(sender);
        body.collect().await.unwrap();
    }
    asking.only()
}

fn sse() -> Response<()> {
    let head = Response::builder().header("content-type", "text/event-stream");
    head.body(()).unwrap()
}

fn json_head(status: u16) -> Response<()> {
    let head = Response::builder().header("content-type", "application/json");
    head.status(status).body(()).unwrap()
}

/// A stream of these words in a dialect, with its beginning and its end.
fn stream_of(dialect: LlmDialect, words: &[String]) -> (Vec<String>, usize) {
    let event = |name: &str, data: serde_json::Value| match name {
        "" => format!("data: {data}\n\n"),
        name => format!("event: {name}\ndata: {data}\n\n"),
    };
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let mut events = Vec::new();
    match dialect {
        LlmDialect::AnthropicMessages => events.push(event(
            "message_start",
            json(r#"{"type":"message_start","message":{"id":"m","usage":{"input_tokens":40,"output_tokens":1}}}"#),
        )),
        LlmDialect::OpenAiResponses => events.push(event(
            "response.created",
            json(r#"{"type":"response.created","response":{"id":"r"}}"#),
        )),
        _ => {}
    }
    let begun = events.len();
    events.extend(words.iter().map(|word| {
        match dialect {
            LlmDialect::OpenAiChat => event(
                "",
                serde_json::json!({"id":"c","choices":[{"index":0,"delta":{"content":word}}]}),
            ),
            LlmDialect::OpenAiResponses => event(
                "response.output_text.delta",
                serde_json::json!({"type":"response.output_text.delta","delta":word}),
            ),
            LlmDialect::AnthropicMessages => event(
                "content_block_delta",
                serde_json::json!({"type":"content_block_delta","delta":{"type":"text_delta","text":word}}),
            ),
            _ => event(
                "",
                serde_json::json!({"candidates":[{"content":{"parts":[{"text":word}]}}]}),
            ),
        }
    }));
    match dialect {
        LlmDialect::OpenAiChat => events.extend([
            event("", json(r#"{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#)),
            event("", json(r#"{"id":"c","choices":[],"usage":{"prompt_tokens":40,"completion_tokens":9,"total_tokens":49}}"#)),
            "data: [DONE]\n\n".to_owned(),
        ]),
        LlmDialect::OpenAiResponses => events.push(event(
            "response.completed",
            json(r#"{"type":"response.completed","response":{"id":"r","status":"completed","usage":{"input_tokens":40,"output_tokens":9,"total_tokens":49}}}"#),
        )),
        LlmDialect::AnthropicMessages => events.extend([
            event(
                "message_delta",
                json(r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}"#),
            ),
            event("message_stop", json(r#"{"type":"message_stop"}"#)),
        ]),
        _ => events.push(event(
            "",
            json(r#"{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":40,"candidatesTokenCount":9,"totalTokenCount":49}}"#),
        )),
    }
    (events, begun)
}

fn request(dialect: LlmDialect) -> Request<Sent> {
    post(path_of(dialect), r#"{"model":"m","stream":true}"#)
}

/// Fault L12 (part): what a stream tells of its usage is told to who asks, in every dialect.
#[tokio::test]
async fn what_the_provider_tells_is_told_as_it_is() {
    for dialect in DIALECTS {
        let (events, _) = stream_of(dialect, &["one".to_owned()]);
        let (used, end) = used(request(dialect), sse(), &events, false).await;
        assert_eq!(end, "complete", "{dialect:?}");
        assert!(!used.estimated, "{dialect:?}");
        assert_eq!(used.input_tokens, Some(40), "{dialect:?}");
        assert_eq!(used.output_tokens, Some(9), "{dialect:?}");
        assert_eq!(used.total(), Some(49), "{dialect:?}");
    }
    let answer = r#"{"id":"c","choices":[],"usage":{"prompt_tokens":4,"completion_tokens":3,"total_tokens":8}}"#;
    let events = [answer.to_owned()];
    let (used, _) = used(
        request(LlmDialect::OpenAiChat),
        json_head(200),
        &events,
        false,
    )
    .await;
    assert_eq!((used.total(), used.estimated), (Some(8), false));
}

/// Fault L14: a client that leaves at any event: the usage is told once, is no less than what has passed, and says that it is estimated.
#[tokio::test]
async fn a_client_that_leaves_at_any_event_has_used_what_has_passed() {
    let words: Vec<String> = ["Twenty ", "words ", "of ", "a ", "model."]
        .map(String::from)
        .into();
    for dialect in DIALECTS {
        let (events, begun) = stream_of(dialect, &words);
        for left_after in 0..events.len() {
            let (used, end) = used(request(dialect), sse(), &events[..left_after], true).await;
            let passed = left_after.saturating_sub(begun).min(words.len()) as u64;
            let context = format!("{dialect:?} after {left_after}: {used:?}");
            assert_eq!(end, "dropped", "{context}");
            if !used.estimated {
                // The chunk that tells all comes before OpenAI's marker.
                assert_eq!((dialect, used.total()), (LlmDialect::OpenAiChat, Some(49)));
                assert_eq!(left_after, events.len() - 1);
                continue;
            }
            assert!(used.estimated, "{context}");
            assert!(used.output_tokens >= Some(passed), "{context}");
            assert!(used.output_tokens <= Some(passed * 3 + 12), "{context}");
            assert!(used.input_tokens >= Some(27 / 4), "{context}");
        }
    }
}

/// Fault L15: a client that leaves a call that is no stream: the usage is told once, as not known.
#[tokio::test]
async fn a_client_that_leaves_an_answer_in_one_piece_has_used_what_nobody_knows() {
    let half = [r#"{"id":"c","choices":[{"message":{"content":"half"#.to_owned()];
    for events in [&half[..0], &half[..]] {
        let (used, end) = used(
            request(LlmDialect::OpenAiChat),
            json_head(200),
            events,
            true,
        )
        .await;
        assert_eq!(end, "dropped");
        assert!(used.estimated);
        assert_eq!(used.total(), None, "what was reserved counts");
    }
}

/// Fault L13: usage that is missing, or no number, is estimated, and one that is told twice counts once.
#[tokio::test]
async fn odd_usage_is_estimated_or_counts_once() {
    let chat = LlmDialect::OpenAiChat;
    let text = "data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"Hello you\"}}]}\n\n";
    let done = "data: [DONE]\n\n";
    for usage in [
        "null",
        "{}",
        r#"{"prompt_tokens":-1,"completion_tokens":null}"#,
    ] {
        let usage = format!("data: {{\"choices\":[],\"usage\":{usage}}}\n\n");
        let events = [text.to_owned(), usage, done.to_owned()];
        let (used, end) = used(request(chat), sse(), &events, false).await;
        assert_eq!(end, "complete");
        assert!(used.estimated);
        assert_eq!(used.input_tokens, Some(27 / 4));
        let output = used.output_tokens.unwrap();
        assert!((3..=6).contains(&output), "{output}");
    }
    // One count that is none is not taken for zero.
    for input in ["-1", "null", "1.5", "\"7\""] {
        let usage = format!(
            "data: {{\"choices\":[],\"usage\":{{\"prompt_tokens\":{input},\"completion_tokens\":5}}}}\n\n"
        );
        let events = [text.to_owned(), usage, done.to_owned()];
        let (used, _) = used(request(chat), sse(), &events, false).await;
        // What is not told is estimated.
        assert_eq!(used.input_tokens, Some(27 / 4), "{input}: {used:?}");
        assert!(used.output_tokens >= Some(5), "{input}: {used:?}");
        assert!(used.estimated, "{input}");
    }
    let tells = |output: u64| {
        format!(
            "data: {{\"choices\":[],\"usage\":{{\"prompt_tokens\":7,\"completion_tokens\":{output}}}}}\n\n"
        )
    };
    // Twice the same, and less than before: the last word counts.
    for before in [5, 9] {
        let events = [text.to_owned(), tells(before), tells(5), done.to_owned()];
        let (told, _) = used(request(chat), sse(), &events, false).await;
        assert_eq!(
            (told.total(), told.estimated),
            (Some(12), false),
            "{before}"
        );
    }
    let huge = r#"data: {"choices":[],"usage":{"prompt_tokens":18446744073709551615,"completion_tokens":5}}"#;
    let events = [format!("{huge}\n\n"), done.to_owned()];
    let (told, _) = used(request(chat), sse(), &events, false).await;
    assert_eq!(told.total(), Some(u64::MAX));
}

#[tokio::test]
async fn an_answer_that_is_an_error_used_nothing() {
    let chat = LlmDialect::OpenAiChat;
    let error = [r#"{"error":{"message":"no","type":"rate_limit_error"}}"#.to_owned()];
    let (used, _) = used(request(chat), json_head(429), &error, false).await;
    assert_eq!((used.total(), used.estimated), (Some(0), false));
}

#[tokio::test]
async fn counting_tokens_uses_none() {
    let request = post("/v1/messages/count_tokens", r#"{"model":"m"}"#);
    let answer = [r#"{"input_tokens":2095}"#.to_owned()];
    let (used, _) = used(request, json_head(200), &answer, false).await;
    assert_eq!((used.total(), used.estimated), (Some(0), false));
}

#[tokio::test]
async fn vectors_and_scores_are_no_tokens_that_a_model_wrote() {
    let numbers = "0.12345678,".repeat(3000);
    for (path, answer) in [
        (
            "/v1/models/e:embedContent",
            format!("{{\"embedding\":{{\"values\":[{numbers}0]}}}}"),
        ),
        (
            "/v1/embeddings",
            format!("{{\"data\":[{{\"embedding\":[{numbers}0]}}]}}"),
        ),
        (
            "/v2/rerank",
            format!(
                "{{\"scores\":[{numbers}0],\"meta\":{{\"billed_units\":{{\"search_units\":1}}}}}}"
            ),
        ),
    ] {
        let request = post(path, r#"{"model":"m","input":"a b c d"}"#);
        let (used, end) = used(request, json_head(200), &[answer], false).await;
        assert_eq!(end, "complete");
        assert_eq!(
            (used.input_tokens, used.output_tokens),
            (Some(31 / 4), Some(0)),
            "{path}"
        );
        assert!(used.estimated, "{path}");
    }
}

#[tokio::test]
async fn a_stream_that_breaks_is_estimated_and_no_more_than_was_asked_for() {
    let chat = LlmDialect::OpenAiChat;
    let text = "x".repeat(3000);
    let event = format!(
        "data: {{\"id\":\"c\",\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"
    );
    let body = r#"{"model":"m","stream":true,"max_tokens":50,"n":2}"#;
    let events = [event];
    let (bounded, end) = used(post(path_of(chat), body), sse(), &events, false).await;
    assert_eq!(end, "truncated");
    assert_eq!(
        (bounded.output_tokens, bounded.estimated),
        (Some(100), true)
    );
    let (free, _) = used(request(chat), sse(), &events, false).await;
    assert_eq!(free.output_tokens, Some(1000));
}

#[tokio::test]
async fn what_passes_unread_is_not_known() {
    let mut head = sse();
    head.headers_mut()
        .insert("content-encoding", "gzip".parse().unwrap());
    let events = ["\u{1f}\u{8b}".to_owned()];
    let (used, _) = used(request(LlmDialect::OpenAiChat), head, &events, false).await;
    assert_eq!((used.total(), used.estimated), (None, true));
}

#[tokio::test]
async fn a_service_that_fails_leaves_the_word_to_who_asks() {
    let failing = service_fn(|_: Request<Peeked<Sent>>| async {
        Err::<Response<Sent>, Error>(Error::new(ErrorKind::Timeout, "late"))
    });
    let response = LlmLayer::new()
        .layer(failing)
        .oneshot(request(LlmDialect::OpenAiChat))
        .await
        .unwrap();
    assert_eq!(response.status(), 504);
    assert!(response.extensions().get::<Meter>().is_none());
}

proptest! {
    /// Whatever a model writes, in however many events: what passed is never estimated at less than
    /// an event's token each, or a token for four bytes.
    #[test]
    fn an_estimate_is_no_less_than_what_passed(
        words in prop::collection::vec("\\PC{0,40}", 1..12),
        dialect in prop::sample::select(DIALECTS.to_vec()),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (events, begun) = stream_of(dialect, &words);
        let passed = &events[..begun + words.len()];
        let (used, _) = runtime.block_on(used(request(dialect), sse(), passed, true));
        let least: usize = words.iter().map(|word| word.len().div_ceil(4).max(1)).sum();
        prop_assert!(used.output_tokens >= Some(least as u64), "{used:?} of {words:?}");
    }
}
