//! Bedrock's streams, which are binary.

use std::{fs, path::Path};

use agentgateway_core::{Error, ErrorKind};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{BufMut, Bytes, BytesMut};
use http::Response;
use http_body_util::{Channel, Full};
use serde_json::Value;

use super::support::*;
use crate::{LlmReport, wire::event_stream::*};

const MEDIA: &str = "application/vnd.amazon.eventstream; charset=x";

fn frames(events: &[(&str, &str)]) -> BytesMut {
    let mut out = BytesMut::new();
    for (name, payload) in events {
        write_event(&mut out, name, |out| out.put_slice(payload.as_bytes())).unwrap();
    }
    out
}

fn all() -> BytesMut {
    frames(&[
        ("messageStart", r#"{"role":"assistant","p":"ab"}"#),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"text":"messageStop"}}"#,
        ),
        ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        ("messageStop", r#"{"stopReason":"max_tokens"}"#),
        (
            "metadata",
            r#"{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"trace":{"promptRouter":{"invokedModelId":"arn:m"}}}"#,
        ),
    ])
}

/// Sends these chunks through the layer.
async fn relayed(chunks: &[&[u8]]) -> (Bytes, String, LlmReport) {
    let log = Log::default();
    let (mut sender, body) = Channel::<Bytes, Error>::new(4096);
    for chunk in chunks {
        sender
            .send_data(Bytes::copy_from_slice(chunk))
            .await
            .unwrap();
    }
    drop(sender);
    let answer = Response::builder()
        .header("content-type", MEDIA)
        .header("content-length", "7")
        .header("x-amzn-requestid", "r1")
        .body(body)
        .unwrap();
    let response = answered(log.layer(), post("/model/m/converse-stream", "{}"), answer).await;
    assert!(!response.headers().contains_key("content-length"));
    let (end, report) = log.only();
    (response.into_body(), end, report)
}

/// What the client is told behind the bytes that it was sent.
fn exception(told: &[u8]) -> (String, String) {
    let mut decoder = FrameDecoder::new();
    let mut input = told;
    let frame = decoder.decode(&mut input).unwrap().unwrap();
    assert_eq!(frame.text(MESSAGE_TYPE), Some("exception"));
    assert!(input.is_empty());
    let name = frame.text(EXCEPTION_TYPE).unwrap().to_owned();
    (name, String::from_utf8(frame.payload().to_vec()).unwrap())
}

#[tokio::test]
async fn a_stream_passes_byte_by_byte_and_tells_what_it_used() {
    let bytes = all();
    for longest in [1, 5, 33, bytes.len()] {
        let chunks: Vec<_> = bytes.chunks(longest).collect();
        let (body, end, report) = relayed(&chunks).await;
        assert_eq!(body, bytes);
        assert_eq!(end, "complete");
        let usage = report.usage.unwrap();
        assert_eq!(usage.total_tokens, Some(3));
        assert_eq!(&*report.finish_reasons[0], "max_tokens");
        assert_eq!(report.response_id.as_deref(), Some("r1"));
        assert_eq!(report.response_model.as_deref(), Some("arn:m"));
        assert_eq!(report.error, None);
    }
}

/// Fault L01: a stream that stops without its marker, at any byte: an error event in the dialect, no marker, truncated.
#[tokio::test]
async fn a_cut_stream_is_told_by_an_exception_between_two_frames() {
    let bytes = all();
    let places = boundaries(&bytes);
    let stop = places[4];
    for cut in 0..stop {
        let (body, end, report) = relayed(&[&bytes[..cut]]).await;
        assert_eq!(end, "truncated", "{cut}");
        let whole = places.iter().copied().filter(|place| *place <= cut).max();
        let (kept, told) = body.split_at(whole.unwrap_or(0));
        assert_eq!(kept, &bytes[..kept.len()]);
        let (name, payload) = exception(told);
        assert_eq!(name, "modelStreamErrorException");
        assert!(payload.contains("without its end marker"), "{payload}");
        assert_eq!((report.usage, report.error), (None, None));
    }
    // The usage alone is missing.
    let (body, end, report) = relayed(&[&bytes[..stop]]).await;
    assert_eq!((&body[..], end.as_str()), (&bytes[..stop], "complete"));
    assert_eq!(report.usage, None);
}

#[tokio::test]
async fn bytes_that_are_no_frame_end_the_stream() {
    let mut bytes = all();
    let places = boundaries(&bytes);
    bytes[places[2] + 30] ^= 1;
    for chunks in [vec![&bytes[..]], bytes.chunks(1).collect()] {
        let (body, end, _) = relayed(&chunks).await;
        assert_eq!(end, "failed bad_answer");
        let (kept, told) = body.split_at(places[2]);
        assert_eq!(kept, &bytes[..places[2]]);
        let (name, payload) = exception(told);
        assert_eq!(name, "modelStreamErrorException");
        assert!(payload.contains("checksum"), "{payload}");
    }
}

/// Fault L04: an error of the provider in the stream: forwarded as it is, and reported.
#[tokio::test]
async fn an_exception_of_the_provider_passes_and_is_told() {
    let mut bytes = frames(&[("messageStart", "{}")]);
    write_exception(&mut bytes, "throttlingException", |out| {
        out.put_slice(br#"{"message":"slow"}"#)
    })
    .unwrap();
    let (body, end, report) = relayed(&[&bytes]).await;
    assert_eq!(body, bytes);
    assert_eq!(end, "truncated");
    assert_eq!(report.error.unwrap().name(), Some("throttlingException"));
}

#[tokio::test]
async fn a_body_that_fails_is_told_by_an_exception() {
    let log = Log::default();
    let (mut sender, body) = Channel::<Bytes, Error>::new(4);
    let start = frames(&[("messageStart", "{}")]).freeze();
    sender.send_data(start.clone()).await.unwrap();
    sender.abort(Error::new(ErrorKind::Overloaded, "too much"));
    let answer = Response::builder().header("content-type", MEDIA);
    let answer = answer.body(body).unwrap();
    let response = answered(log.layer(), post("/model/m/converse-stream", "{}"), answer).await;
    let told = response.into_body().split_off(start.len());
    let expected = (
        "serviceUnavailableException".to_owned(),
        r#"{"message":"too much"}"#.to_owned(),
    );
    assert_eq!(exception(&told), expected);
    assert_eq!(log.only().0, "failed overloaded");
}

#[tokio::test]
async fn whole_answers_and_errors_are_told() {
    let log = Log::default();
    let body = r#"{"output":{"message":{"content":[]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}"#;
    answered(
        log.layer(),
        post("/model/m/converse", "{}"),
        json(200, body),
    )
    .await;
    let (end, report) = log.only();
    assert_eq!(end, "complete");
    assert_eq!(report.usage.unwrap().total_tokens, Some(3));
    assert_eq!(&*report.finish_reasons[0], "end_turn");

    for (told, name) in [
        (Some("ValidationException:http://x/"), "ValidationException"),
        (None, "400"),
    ] {
        let log = Log::default();
        let mut answer = json(400, r#"{"message":"no"}"#);
        if let Some(told) = told {
            let headers = answer.headers_mut();
            headers.insert("x-amzn-errortype", told.parse().unwrap());
        }
        answered(log.layer(), post("/model/m/converse", "{}"), answer).await;
        assert_eq!(log.only().1.error.unwrap().name(), Some(name));
    }
}

#[tokio::test]
async fn binary_answers_of_other_dialects_pass_unread() {
    let log = Log::default();
    let answer = Response::builder().header("content-type", MEDIA);
    let answer = answer.body(Full::new(Bytes::from_static(b"odd"))).unwrap();
    let request = post("/v1/messages", r#"{"model":"m"}"#);
    let response = answered(log.layer(), request, answer).await;
    assert_eq!(response.body(), "odd");
    assert_eq!(log.only().0, "complete");
}

/// Where frames end, and where the first begins.
fn boundaries(stream: &[u8]) -> Vec<usize> {
    let mut places = vec![0];
    let mut at = 0;
    while at < stream.len() {
        let len = u32::from_be_bytes(stream[at..at + 4].try_into().unwrap());
        at += usize::try_from(len).unwrap();
        places.push(at);
    }
    places
}

/// Streams that Bedrock sent. They lie beside the checkout; where they are absent nothing is tested.
#[tokio::test]
async fn recorded_streams_pass_and_tell_what_they_used() {
    let folder = "shared/data/llm/recordings/bedrock-converse/stream";
    let folders =
        ["../..", "../../.."].map(|up| Path::new(env!("CARGO_MANIFEST_DIR")).join(up).join(folder));
    let Some(found) = folders.iter().find_map(|folder| fs::read_dir(folder).ok()) else {
        return;
    };
    for file in found {
        let text = fs::read(file.unwrap().path()).unwrap();
        let recording: Value = serde_json::from_slice(&text).unwrap();
        let bytes = recording["response"]["base64"].as_str().unwrap();
        let bytes = STANDARD.decode(bytes).unwrap();
        for longest in [1, 100, 1 << 20] {
            let chunks: Vec<_> = bytes.chunks(longest).collect();
            let mut chunks = chunks.as_slice();
            // No more than the channel holds.
            let joined;
            if chunks.len() > 4000 {
                joined = [&bytes[..3], &bytes[3..17], &bytes[17..]];
                chunks = &joined;
            }
            let (body, end, report) = relayed(chunks).await;
            assert_eq!((&body[..], end.as_str()), (&bytes[..], "complete"));
            assert!(report.usage.unwrap().total_tokens.is_some());
            assert_eq!(&*report.finish_reasons[0], "end_turn");
        }
    }
}
