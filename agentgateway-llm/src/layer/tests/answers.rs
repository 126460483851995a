use std::sync::{Arc, Mutex};

use agentgateway_core::{BoxError, Peeked};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Channel, Full, channel::Sender};
use proptest::prelude::*;
use tower::{Layer, ServiceExt, service_fn};

use super::support::*;
use crate::{LlmCall, LlmDialect, LlmLayer, LlmReport, layer::Llm, upstream::UsageInjected};

/// Fault L01: a stream that stops without its marker, at any byte: an error event in the dialect, no marker, truncated.
#[tokio::test]
async fn a_cut_stream_is_told_in_the_dialect() {
    const WORDS: &str = "the stream ended without its end marker: the answer is not complete";
    for (dialect, sent, event) in [
        (
            LlmDialect::OpenAiChat,
            "data: {\"id\":\"x\"}\n\n",
            format!(
                r#"data: {{"error":{{"message":"{WORDS}","type":"server_error","param":null,"code":"bad_answer"}}}}"#
            ),
        ),
        (
            LlmDialect::OpenAiResponses,
            "event: response.created\ndata: {\"response\":{\"id\":\"r\"},\"sequence_number\":4}\n\n",
            format!(
                "event: error\ndata: {{\"type\":\"error\",\"sequence_number\":5,\"code\":\"bad_answer\",\"message\":\"{WORDS}\",\"param\":null,\"error\":{{\"message\":\"{WORDS}\",\"type\":\"server_error\",\"param\":null,\"code\":\"bad_answer\"}}}}"
            ),
        ),
        (
            LlmDialect::AnthropicMessages,
            "event: ping\ndata: {}\n\n",
            format!(
                "event: error\ndata: {{\"type\":\"error\",\"error\":{{\"type\":\"api_error\",\"message\":\"{WORDS}\"}}}}"
            ),
        ),
        (
            LlmDialect::Gemini,
            "data: {\"candidates\":[{}]}\r\n\r\n",
            format!(r#"data: {{"error":{{"code":502,"message":"{WORDS}","status":"INTERNAL"}}}}"#),
        ),
    ] {
        let (text, end, report) = relayed(dialect, sent).await;
        assert_eq!(text, format!("{sent}{event}\n\n"));
        assert_eq!(end, "truncated");
        assert_eq!(report.error, None);
    }
}

/// A picture comes in one event, as Gemini and Responses send it.
#[tokio::test]
async fn an_event_with_a_picture_passes() {
    let picture = "A".repeat(5 * 1024 * 1024);
    let sent = format!(
        "data: {{\"candidates\":[{{\"content\":{{\"parts\":[{{\"inlineData\":{{\"data\":\"{picture}\"}}}}]}},\"finishReason\":\"STOP\"}}]}}\r\n\r\n"
    );
    let (text, end, report) = relayed(LlmDialect::Gemini, &sent).await;
    assert!(text == sent, "{} bytes", text.len());
    assert_eq!((end.as_str(), report.finish_reasons.len()), ("complete", 1));
}

#[tokio::test]
async fn an_event_over_the_limit_ends_the_stream() {
    let log = Log::default();
    let request = post(
        path_of(LlmDialect::OpenAiChat),
        r#"{"model":"m","stream":true}"#,
    );
    let sent = format!("data: {}\n\ndata: [DONE]\n\n", "x".repeat(100));
    let response = answered(log.layer().max_event_bytes(64), request, stream(&sent)).await;
    let text = String::from_utf8(response.into_body().to_vec()).unwrap();
    assert!(
        text.contains("over the limit of 64 bytes") && !text.contains("[DONE]"),
        "{text}"
    );
    assert_eq!(log.only().0, "failed too_large");
}

/// What is left out tells the usage and nothing else: an error in the same chunk must be seen.
#[tokio::test]
async fn a_usage_chunk_that_tells_an_error_passes() {
    let log = Log::default();
    let request = post(
        path_of(LlmDialect::OpenAiChat),
        r#"{"model":"m","stream":true}"#,
    );
    let sent = "data: {\"id\":\"x\",\"choices\":[],\"usage\":{\"prompt_tokens\":1},\"error\":{\"code\":502}}\n\n";
    let mut answer = stream(sent);
    answer.extensions_mut().insert(UsageInjected);
    let response = answered(log.layer(), request, answer).await;
    assert_eq!(response.into_body(), sent);
    assert_eq!(log.only().1.usage.unwrap().input_tokens(), Some(1));
}

/// Fault L04: an error of the provider in the stream: forwarded as it is, and reported.
#[tokio::test]
async fn errors_of_the_provider_pass_and_are_told() {
    for (dialect, sent, kind, end) in [
        (
            LlmDialect::OpenAiChat,
            "data: {\"id\":\"x\",\"choices\":[]}\n\ndata: {\"error\":{\"type\":\"server_error\",\"code\":400}}\n\n",
            Some("server_error"),
            "truncated",
        ),
        (
            LlmDialect::OpenAiChat,
            "data: {\"error\":{\"code\":400}}\n\ndata: [DONE]\n\n",
            Some("400"),
            "complete",
        ),
        (
            LlmDialect::OpenAiResponses,
            "event: error\ndata: {\"type\":\"error\",\"sequence_number\":2,\"error\":{\"type\":\"t\",\"code\":\"c\"}}\n\nevent: response.failed\ndata: {\"response\":{\"status\":\"failed\",\"error\":{\"code\":\"rate\"}}}\n\n",
            Some("rate"),
            "complete",
        ),
        (
            LlmDialect::OpenAiResponses,
            "data: {\"type\":\"error\",\"code\":\"flat\",\"message\":\"m\"}\n\n",
            Some("flat"),
            "truncated",
        ),
        (
            LlmDialect::AnthropicMessages,
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n",
            Some("overloaded_error"),
            "truncated",
        ),
        (
            LlmDialect::Gemini,
            "data: {\"error\":{\"code\":500,\"status\":\"INTERNAL\"}}\r\n\r\n",
            Some("INTERNAL"),
            "truncated",
        ),
    ] {
        let (text, told, report) = relayed(dialect, sent).await;
        assert_eq!(text, sent);
        assert_eq!(told, end, "{sent}");
        assert_eq!(report.error.unwrap().name(), kind, "{sent}");
    }
}

#[tokio::test]
async fn a_blocked_prompt_completes_a_gemini_stream() {
    let sent = "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}\r\n\r\n";
    let (text, end, report) = relayed(LlmDialect::Gemini, sent).await;
    assert_eq!((text.as_str(), end.as_str()), (sent, "complete"));
    assert_eq!(report.finish_reasons, [Box::from("SAFETY")]);
}

#[tokio::test]
async fn every_candidate_must_end() {
    let two = "data: {\"candidates\":[{\"index\":0,\"finishReason\":\"STOP\"},{\"index\":1}]}\n\n";
    assert_eq!(relayed(LlmDialect::Gemini, two).await.1, "truncated");
    let both =
        format!("{two}data: {{\"candidates\":[{{\"index\":1,\"finishReason\":\"X\"}}]}}\n\n");
    let (_, end, report) = relayed(LlmDialect::Gemini, &both).await;
    assert_eq!(end, "complete");
    assert_eq!(report.finish_reasons, [Box::from("STOP"), Box::from("X")]);
}

/// Fault L12: usage that the client did not ask for: asked for upstream, taken out of the stream, recorded.
#[tokio::test]
async fn takes_out_the_usage_chunk_that_was_injected_and_nothing_else() {
    let filter = "data: {\"id\":\"\",\"choices\":[],\"usage\":null}\n\n";
    let text = "data: {\"id\":\"x\",\"choices\":[{\"delta\":{\"content\":\"\\\"usage\\\":1\"}}],\"usage\":null}\n\n";
    let last = "data: {\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":null}\n\n";
    let usage =
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\n";
    let done = "data: [DONE]\n\n";
    let sent = [filter, text, last, usage, done].concat();
    for injected in [true, false] {
        let log = Log::default();
        let mut answer = stream(&sent);
        if injected {
            answer.extensions_mut().insert(UsageInjected);
        }
        let request = post("/chat/completions", r#"{"model":"m","stream":true}"#);
        let response = answered(log.layer(), request, answer).await;
        let expected = if injected {
            [filter, text, last, done].concat()
        } else {
            sent.clone()
        };
        assert_eq!(response.body(), expected.as_bytes());
        let (end, report) = log.only();
        assert_eq!(end, "complete");
        assert_eq!(report.usage.unwrap().input_tokens(), Some(3));
        assert_eq!(report.response_id.as_deref(), Some("x"));
        assert_eq!(report.finish_reasons, [Box::from("stop")]);
    }
}

/// Fault L02 (part): an answer whose JSON is cut: counts as truncated.
#[tokio::test]
async fn reads_answers_that_are_no_stream() {
    for (path, status, body, end, input, fault) in [
        (
            "/v1/models/g:streamGenerateContent",
            200,
            r#"[{"usageMetadata":{"promptTokenCount":1}},{"usageMetadata":{"promptTokenCount":2,"totalTokenCount":2}}]"#,
            "complete",
            Some(2),
            None,
        ),
        (
            "/v1/models/g:streamGenerateContent",
            200,
            r#"[{"usageMetadata":{}}"#,
            "truncated",
            None,
            None,
        ),
        (
            "/v1/models/g:generateContent",
            200,
            r#"[{"error":{"status":"X"}}]"#,
            "complete",
            None,
            Some("X"),
        ),
        (
            "/v1/embeddings",
            200,
            r#"{"usage":{"prompt_tokens":8,"total_tokens":8}}"#,
            "complete",
            Some(8),
            None,
        ),
        (
            "/v1/rerank",
            200,
            r#"{"model":"m","usage":{"total_tokens":8},"results":[]}"#,
            "complete",
            Some(8),
            None,
        ),
        (
            "/v2/rerank",
            200,
            r#"{"id":"r","results":[],"meta":{"billed_units":{"search_units":1}}}"#,
            "complete",
            None,
            None,
        ),
        (
            "/rerank",
            200,
            r#"[{"index":0,"score":0.9}]"#,
            "complete",
            None,
            None,
        ),
        ("/rerank", 200, r#"[{"index":0,"#, "truncated", None, None),
        (
            "/v2/rerank",
            429,
            r#"{"message":"slow down"}"#,
            "complete",
            None,
            Some("429"),
        ),
        (
            "/v1/messages/count_tokens",
            200,
            r#"{"input_tokens":8,"usage":{"input_tokens":8}}"#,
            "complete",
            None,
            None,
        ),
        ("/v1/chat/completions", 200, "", "truncated", None, None),
        (
            "/v1/chat/completions",
            500,
            "oops",
            "complete",
            None,
            Some("500"),
        ),
        (
            "/v1/responses",
            200,
            r#"{"status":"failed","error":{"code":"c"}}"#,
            "complete",
            None,
            Some("c"),
        ),
    ] {
        let log = Log::default();
        let response = answered(
            log.layer(),
            post(path, r#"{"model":"m"}"#),
            json(status, body),
        )
        .await;
        assert_eq!(response.body(), body.as_bytes());
        let (told, report) = log.only();
        assert_eq!(told, end, "{path} {body}");
        assert_eq!(report.usage.and_then(|usage| usage.input_tokens()), input);
        assert_eq!(report.error.as_ref().and_then(|e| e.name()), fault);
    }
}

#[tokio::test]
async fn an_answer_over_the_limit_passes_unread() {
    let log = Log::default();
    let body = r#"{"usage":{"prompt_tokens":8}}"#;
    let layer = log.layer().max_inspected_bytes(body.len() - 1);
    let request = post("/v1/embeddings", r#"{"model":"m"}"#);
    let response = answered(layer, request, json(200, body)).await;
    assert_eq!(response.body(), body);
    assert_eq!(log.only(), ("complete".to_owned(), LlmReport::default()));
}

/// A stream whose body is still open, and the client's side of it.
async fn open(
    log: &Log,
) -> (
    Sender<Bytes, BoxError>,
    impl http_body::Body<Data = Bytes> + Unpin,
) {
    let (mut sender, body) = Channel::<Bytes, BoxError>::new(4);
    let body = Arc::new(Mutex::new(Some(body)));
    let service = log
        .layer()
        .layer(service_fn(move |_: Request<Peeked<Sent>>| {
            let body = body.lock().unwrap().take().unwrap();
            async {
                Response::builder()
                    .header("content-type", "text/event-stream")
                    .body(body)
            }
        }));
    let chunk = Bytes::from_static(b"event: ping\ndata: {}\n\n");
    sender.send_data(chunk).await.unwrap();
    let request = post("/v1/messages", r#"{"model":"m","stream":true}"#);
    let response = service.oneshot(request).await.unwrap();
    (sender, Box::pin(response.into_body()))
}

/// Fault L01: a stream that stops without its marker, at any byte: an error event in the dialect, no marker, truncated.
#[tokio::test]
async fn a_broken_connection_becomes_an_event() {
    let log = Log::default();
    let (sender, body) = open(&log).await;
    sender.abort("secret words".into());
    let Ok(collected) = body.collect().await else {
        panic!("the body failed");
    };
    let text = String::from_utf8(collected.to_bytes().to_vec()).unwrap();
    let event = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"the service failed\"}}\n\n";
    assert!(text.ends_with(event), "{text}");
    assert_eq!(log.only().0, "failed unavailable");
}

/// Fault L14 (part): a client that leaves in the stream: told as dropped, once.
#[tokio::test]
async fn a_client_that_leaves_is_told_as_dropped() {
    let log = Log::default();
    let (_sender, mut body) = open(&log).await;
    assert!(body.frame().await.is_some());
    drop(body);
    assert_eq!(log.only().0, "dropped");
}

#[test]
fn services_and_layers_travel() {
    fn travels<T: Clone + Send + Sync + 'static>() {}
    travels::<LlmLayer>();
    travels::<Llm<tower::util::BoxCloneSyncService<(), (), ()>>>();
    travels::<LlmCall>();
}

/// A whole stream of each dialect, with its end marker's own event apart.
fn whole_streams() -> [(LlmDialect, &'static str, &'static str); 4] {
    [
        (
            LlmDialect::OpenAiChat,
            "data: {\"id\":\"x\",\"choices\":[{\"finish_reason\":\"stop\"}]}\n\n",
            "data: [DONE]\n\n",
        ),
        (
            LlmDialect::OpenAiResponses,
            "event: response.created\ndata: {\"response\":{\"id\":\"r\"}}\n\n",
            "event: response.incomplete\ndata: {\"response\":{\"status\":\"incomplete\"}}\n\n",
        ),
        (
            LlmDialect::AnthropicMessages,
            "event: message_start\r\ndata: {\"message\":{\"id\":\"m\"}}\r\n\r\n: note\n",
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        ),
        (
            LlmDialect::Gemini,
            "data: {\"candidates\":[{\"content\":{}}]}\r\n\r\n",
            "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\r\n\r\n",
        ),
    ]
}

/// Fault L01: a stream that stops without its marker, at any byte: an error event in the dialect, no marker, truncated.
#[tokio::test]
async fn a_stream_cut_at_any_byte_is_no_success() {
    for (dialect, before, marker) in whole_streams() {
        let stream = format!("{before}{marker}");
        for cut in 0..=before.len() + marker.find('{').or(marker.find('[')).unwrap() {
            let (text, end, _) = relayed(dialect, &stream[..cut]).await;
            assert_eq!(end, "truncated", "{dialect} cut at {cut}");
            assert!(text.contains("\"error\""), "{dialect} cut at {cut}: {text}");
            assert!(!text.contains(marker), "{dialect} cut at {cut}: {text}");
        }
        let (text, end, _) = relayed(dialect, &stream).await;
        assert_eq!((text.as_str(), end.as_str()), (stream.as_str(), "complete"));
    }
}

fn noise() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        &b"data: "[..],
        &b"event: error"[..],
        &b"event: message_delta"[..],
        &b"\n\n"[..],
        &b"\r\n"[..],
        &b"{\"usage\":"[..],
        &b"{\"choices\":[{\"finish_reason\":"[..],
        &b"\"error\":{\"type\":[]}"[..],
        &b"\"id\":\"\\ud800\","[..],
        &b"99999999999999999999999"[..],
        &b"[[[["[..],
        &b"}]}"[..],
        &b"\xff\xfe"[..],
        &b"null"[..],
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Fault L34 (part): fields and events that nobody knows: pass.
#[tokio::test]
async fn events_that_nobody_knows_pass() {
    for (dialect, before, marker) in whole_streams() {
        let unknown = [
            "event: new\ndata: {\"type\":\"new\",\"x\":[1e400]}\n\n",
            "event: response.new.delta\ndata: {\"type\":\"response.new.delta\"}\n\n",
            "event: content_block_new\ndata: {\"type\":\"content_block_new\",\"index\":0}\n\n",
            "data: {\"x_new\":{\"choices\":\"none\"}}\n\n",
            "event: new\ndata: no JSON\n\n",
            "id: 7\nretry: 10\nnew: field\ndata: {}\n\n",
        ];
        let mut sent = before.to_owned();
        if !sent.ends_with("\n\n") && !sent.ends_with("\r\n\r\n") {
            sent.push('\n');
        }
        sent.extend(unknown);
        sent.push_str(marker);
        let (text, end, report) = relayed(dialect, &sent).await;
        assert_eq!(text, sent, "{dialect:?}");
        assert_eq!(end, "complete", "{dialect:?}");
        assert_eq!(report.error, None, "{dialect:?}");
    }
}

proptest! {
    /// Fault L34 (part): fields and events that nobody knows: pass.
    /// Fault S06: data that is not UTF-8 is relayed as it came, and whoever would read it reads nothing.
    #[test]
    fn any_bytes_pass_and_end_once(noise in noise(), dialect in 0..4_usize, whole: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (log, body) = (Log::default(), Bytes::from(noise));
        let media = if whole { "application/json" } else { "text/event-stream" };
        let answer = Response::builder().header("content-type", media);
        let answer = answer.body(Full::new(body.clone())).unwrap();
        let request = post(path_of(DIALECTS[dialect]), r#"{"model":"m","stream":true}"#);
        let relayed = runtime.block_on(answered(log.layer(), request, answer)).into_body();
        log.only();
        if whole {
            prop_assert_eq!(relayed, body);
        } else {
            // Nothing but an unfinished event is missing, and nothing but an error is added.
            let same = relayed.iter().zip(&body).take_while(|(a, b)| a == b).count();
            let added = String::from_utf8_lossy(&relayed[same..]).into_owned();
            prop_assert!(added.is_empty() || added.contains("error"), "{added}");
        }
    }
}
