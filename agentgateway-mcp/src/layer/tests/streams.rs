use agentgateway_core::{Error, ErrorKind};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use proptest::prelude::*;

use super::support::{Answer, Ear, JSON, Script, answered, post, scripted, text};

const SSE: (&str, &str) = ("content-type", "text/event-stream; charset=utf-8");
const CALL: &str = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t"}}"#;

const STREAM: &str = concat!(
    ": hello\n\n",
    "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{}}\n\n",
    "data: {\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"sampling/createMessage\"}\r\n\r\n",
    "event: other\ndata: {\"id\":7,\"result\":{}}\n\n",
    "data: {\"jsonrpc\":\"2.0\",\"id\":8,\"result\":{}}\n\n",
    "data: no JSON\n\n",
    "data: [{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}]\n\n",
    "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":7,\ndata: \"result\":{\"isError\":true}}\n\n",
);

async fn relayed(script: Script) -> (Ear, Answer) {
    let ear = Ear::default();
    let answer = answered(&ear, post(&[JSON], CALL), scripted(&[SSE], script)).await;
    (ear, answer)
}

#[tokio::test]
async fn a_stream_is_counted_and_complete_with_its_answer() {
    let (ear, answer) = relayed(Script::of(STREAM.as_bytes(), 1000)).await;
    assert_eq!(text(answer).await, STREAM);
    let told = ear.told();
    assert_eq!(told.end, "complete");
    let report = told.report;
    assert_eq!(
        (report.events, report.notifications, report.progress),
        (7, 2, 1)
    );
    assert_eq!((report.server_requests, report.strange_answers), (1, 1));
    assert!(report.answered && report.tool_error && !report.resumable);
}

#[tokio::test]
async fn whole_events_are_forwarded_without_a_copy() {
    let script = Script::of(STREAM.as_bytes(), 1000);
    let sent = script.frames[0].as_ref().unwrap().clone();
    let (_, answer) = relayed(script).await;
    let passed = answer.into_body().frame().await.unwrap().unwrap();
    let passed = passed.into_data().unwrap();
    assert_eq!((passed.as_ptr(), passed.len()), (sent.as_ptr(), sent.len()));
}

proptest! {
    /// Fault S01: a stream cut at every byte, and into single bytes: the same events, the same bytes.
    #[test]
    fn any_chunking_passes_byte_for_byte(sizes in prop::collection::vec(1_usize..40, 1..60)) {
        let mut script = Script::default();
        let (mut rest, mut sizes) = (STREAM.as_bytes(), sizes.iter().cycle());
        while !rest.is_empty() {
            let (chunk, tail) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
            script.frames.push_back(Ok(Bytes::copy_from_slice(chunk)));
            rest = tail;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (ear, passed) = runtime.block_on(async {
            let (ear, answer) = relayed(script).await;
            (ear, text(answer).await)
        });
        prop_assert_eq!(passed, STREAM);
        let told = ear.told();
        prop_assert_eq!((told.end, told.report.events), ("complete", 7));
    }
}

/// Fault M28: a stream that breaks in a call: an error with that id, or an abort where the client takes it up again.
/// Fault A17 (part): a stream that ends before its task does: an error event, truncated.
#[tokio::test]
async fn truncated_at_any_byte_it_is_never_complete() {
    // Some servers leave the last event without its blank line; its last data line must be whole.
    let whole = STREAM.trim_end_matches('\n').len();
    for cut in 0..whole {
        let (ear, answer) = relayed(Script::of(&STREAM.as_bytes()[..cut], 64)).await;
        let passed = text(answer).await;
        assert_eq!(ear.told().end, "truncated", "at {cut}");
        let (kept, last) = passed.split_at(passed.rfind("event: message\ndata: ").unwrap());
        assert!(STREAM.starts_with(kept), "at {cut}");
        assert!(
            last.contains(r#"{"jsonrpc":"2.0","id":7,"error":{"code":-31502,"#),
            "at {cut}"
        );
        assert!(last.ends_with("}}\n\n") && !last.contains("result"));
    }
    let (ear, answer) = relayed(Script::of(&STREAM.as_bytes()[..whole], 64)).await;
    assert_eq!(text(answer).await, &STREAM[..whole]);
    assert_eq!(ear.told().end, "complete");
}

#[tokio::test]
async fn a_stream_that_can_be_taken_up_ends_as_it_is() {
    let stream = "id: 1\nretry: 10\ndata:\n\n";
    let (ear, answer) = relayed(Script::of(stream.as_bytes(), 5)).await;
    assert_eq!(text(answer).await, stream);
    let told = ear.told();
    assert!(told.end == "truncated" && told.report.resumable);
}

#[tokio::test]
async fn the_modern_era_takes_nothing_up() {
    let ear = Ear::default();
    let request = post(&[JSON, ("mcp-protocol-version", "2026-07-28")], CALL);
    let script = Script::of(b"id: 1\ndata:\n\n", 50);
    let answer = answered(&ear, request, scripted(&[SSE], script)).await;
    assert!(text(answer).await.contains("-31502"));
    assert!(!ear.told().report.resumable);
}

/// Fault M28: a stream that breaks in a call: an error with that id, or an abort where the client takes it up again.
#[tokio::test]
async fn a_failure_is_told_in_the_stream() {
    for (kind, code) in [
        (ErrorKind::Timeout, "-31504"),
        (ErrorKind::Internal, "-32603"),
    ] {
        let mut script = Script::of(b"data: {}\n\ndata: {\"half", 9);
        script.frames.push_back(Err(Error::new(kind, "because")));
        let (ear, answer) = relayed(script).await;
        let passed = text(answer).await;
        let start = format!(
            "data: {{}}\n\nevent: message\ndata: {{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{{\"code\":{code},"
        );
        assert!(passed.starts_with(&start), "{passed}");
        assert_eq!(ear.told().end, "failed");
    }
}

/// Fault M28: a stream that breaks in a call: an error with that id, or an abort where the client takes it up again.
#[tokio::test]
async fn a_failure_is_an_abort_where_the_client_takes_the_stream_up() {
    for (kind, aborted) in [(ErrorKind::Unavailable, true), (ErrorKind::TooLarge, false)] {
        let mut script = Script::of(b"id: 1\ndata:\n\n", 50);
        script.frames.push_back(Err(Error::new(kind, "lost")));
        let (ear, answer) = relayed(script).await;
        assert_eq!(answer.into_body().collect().await.is_err(), aborted);
        assert_eq!(ear.told().end, "failed");
    }
}

/// Fault M27 (part): a client that leaves a stream: told as dropped, once.
#[tokio::test]
async fn a_client_that_leaves_is_told_of() {
    let half = &STREAM.as_bytes()[..100];
    for (bytes, end) in [(half, "dropped"), (STREAM.as_bytes(), "complete")] {
        let mut script = Script::of(bytes, 1000);
        script.hangs = true;
        let (ear, answer) = relayed(script).await;
        let mut body = answer.into_body();
        body.frame().await.unwrap().unwrap();
        drop(body);
        assert_eq!(ear.told().end, end);
    }
}

#[tokio::test]
async fn a_listening_stream_has_no_end_marker() {
    let get = || {
        Request::get("/mcp")
            .header("accept", "text/event-stream")
            .body(Full::default())
    };
    let events = "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\n\n";
    let ear = Ear::default();
    let script = scripted(&[SSE], Script::of(events.as_bytes(), 9));
    assert_eq!(
        text(answered(&ear, get().unwrap(), script).await).await,
        events
    );
    assert_eq!(
        (ear.told().end, ear.told().report.notifications),
        ("complete", 1)
    );

    let ear = Ear::default();
    let mut script = Script::of(events.as_bytes(), 9);
    script
        .frames
        .push_back(Err(Error::new(ErrorKind::Unavailable, "lost")));
    let answer = answered(&ear, get().unwrap(), scripted(&[SSE], script)).await;
    assert!(
        answer.into_body().collect().await.is_err(),
        "it has no id to tell an error of"
    );
    assert_eq!(ear.told().end, "failed");
}
