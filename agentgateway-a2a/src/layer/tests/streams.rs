use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use proptest::prelude::*;
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

use super::support::{Exchange, Ledger, Script, events, exchange, json, post, rpc};
use crate::{A2aLayer, TaskState};

const OF_V1_0: &str = r#"{"jsonrpc":"2.0","id":"s","method":"SendStreamingMessage","params":{}}"#;
const OF_V0_3: &str = r#"{"jsonrpc":"2.0","id":"s","method":"message/stream","params":{}}"#;

/// A stream as the SDKs write it: CRLF, a ping, and one `data` line per event.
fn v1_0() -> Vec<String> {
    [
        r#"{"task":{"id":"t","contextId":"c","status":{"state":"TASK_STATE_SUBMITTED"}}}"#,
        r#"{"statusUpdate":{"taskId":"t","contextId":"c","status":{"state":"TASK_STATE_WORKING"}}}"#,
        r#"{"artifactUpdate":{"taskId":"t","contextId":"c","artifact":{"artifactId":"a","parts":[{"text":"ü"}]}}}"#,
        r#"{"statusUpdate":{"taskId":"t","contextId":"c","status":{"state":"TASK_STATE_COMPLETED"}}}"#,
    ]
    .into_iter()
    .map(|result| format!("data: {{\"jsonrpc\":\"2.0\",\"id\":\"s\",\"result\":{result}}}\r\n\r\n"))
    .collect()
}

async fn stream(body: &str, script: Script) -> Exchange {
    exchange(A2aLayer::new(), rpc(body), events(script)).await
}

/// The stream that tells these results to v0.3.
fn of_v0_3(results: &[&str]) -> Script {
    Script::new(results.iter().map(|result| {
        format!("data: {{\"jsonrpc\":\"2.0\",\"id\":\"s\",\"result\":{result}}}\r\n\r\n")
    }))
}

/// Fault A17: missing terminal: a stream that ends before its task does is told an error, and is truncated.
#[tokio::test]
async fn watches_a_stream_to_its_terminal_state() {
    let mut chunks = v1_0();
    chunks.insert(2, ": ping - 2026-01-01 00:00:00\r\n\r\n".to_owned());
    let whole = chunks.concat();
    let exchange = stream(OF_V1_0, Script::new(chunks)).await;
    assert_eq!(exchange.text(), whole);
    let told = exchange.only();
    assert_eq!(told.end, "complete");
    assert_eq!((told.report.events, told.report.failed), (4, false));
    assert_eq!(told.report.task_id.as_deref(), Some("t"));
    assert_eq!(told.report.context_id.as_deref(), Some("c"));
    assert_eq!(told.report.state, Some(TaskState::Completed));
}

#[tokio::test]
async fn knows_the_ends_of_v0_3() {
    let task = r#"{"kind":"task","id":"t","contextId":"c","status":{"state":"working"}}"#;
    for (last, end) in [
        (
            r#"{"kind":"status-update","taskId":"t","contextId":"c","status":{"state":"completed"},"final":false}"#,
            "complete",
        ),
        (
            r#"{"kind":"status-update","taskId":"t","contextId":"c","status":{"state":"working"},"final":true}"#,
            "complete",
        ),
        (
            r#"{"kind":"status-update","taskId":"t","contextId":"c","status":{"state":"input-required"},"final":false}"#,
            "complete",
        ),
        (
            r#"{"kind":"status-update","taskId":"t","contextId":"c","status":{"state":"working"},"final":false}"#,
            "truncated",
        ),
        (
            r#"{"kind":"artifact-update","taskId":"t","contextId":"c","artifact":{}}"#,
            "truncated",
        ),
        (
            r#"{"kind":"message","messageId":"m","parts":[]}"#,
            "complete",
        ),
        ("7", "truncated"),
    ] {
        let exchange = stream(OF_V0_3, of_v0_3(&[task, last])).await;
        assert_eq!(exchange.only().end, end, "{last}");
        let appended = exchange.text().contains("-31502");
        assert_eq!(appended, end == "truncated", "{last}");
    }
}

/// Fault A17: missing terminal: a stream that ends before its task does is told an error, and is truncated.
#[tokio::test]
async fn an_interruption_that_was_overcome_is_no_end() {
    let asked = r#"{"kind":"status-update","taskId":"t","contextId":"c","status":{"state":"auth-required"}}"#;
    let goes_on =
        r#"{"kind":"status-update","taskId":"t","contextId":"c","status":{"state":"working"}}"#;
    let exchange = stream(OF_V0_3, of_v0_3(&[asked, goes_on])).await;
    assert_eq!(exchange.only().end, "truncated");
}

#[tokio::test]
async fn what_breaks_at_an_interruption_is_broken() {
    for state in ["input-required", "auth-required"] {
        let asked =
            format!(r#"{{"kind":"status-update","taskId":"t","status":{{"state":"{state}"}}}}"#);
        let mut script = of_v0_3(&[&asked]);
        script.error = Some("reset");
        let broken = stream(OF_V0_3, script).await;
        assert_eq!(broken.only().end, "failed", "{state}");
        assert!(broken.text().contains("\"error\""), "{}", broken.text());

        let ledger = Ledger::default();
        let answer = of_v0_3(&[&asked]);
        let agent = service_fn(move |_: Request<_>| {
            let answer = Script::new(answer.chunks.clone());
            async move { events(answer) }
        });
        let service = ledger.mount(A2aLayer::new()).layer(agent);
        let mut left = service.oneshot(rpc(OF_V0_3)).await.unwrap().into_body();
        left.frame().await.unwrap().unwrap();
        drop(left);
        assert_eq!(ledger.take()[0].end, "dropped", "{state}");
    }
}

#[tokio::test]
async fn an_error_in_the_stream_is_its_end() {
    let error = "data: {\"jsonrpc\":\"2.0\",\"id\":\"s\",\"error\":{\"code\":-32001,\"message\":\"no\"}}\n\n";
    let exchange = stream(OF_V1_0, Script::new([error])).await;
    assert_eq!(exchange.text(), error);
    let told = exchange.only();
    assert_eq!((told.end, told.report.failed), ("complete", true));
    assert_eq!(told.report.error_code, Some(-32001));
}

#[tokio::test]
async fn http_json_streams_have_no_envelope() {
    let done = "data: {\"statusUpdate\":{\"taskId\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"TASK_STATE_CANCELLED\"}}}\r\n\r\n";
    let open =
        "data: {\"task\":{\"id\":\"t\",\"status\":{\"state\":\"TASK_STATE_WORKING\"}}}\r\n\r\n";
    let send = |chunks| {
        let request = post("/v1/message:stream", "{}");
        exchange(A2aLayer::new(), request, events(Script::new(chunks)))
    };
    let whole = send(vec![open, done]).await;
    assert_eq!(
        (whole.only().end, whole.text()),
        ("complete", &*format!("{open}{done}"))
    );
    let cut = send(vec![open]).await;
    assert_eq!(cut.only().end, "truncated");
    let appended = cut.text().strip_prefix(open).unwrap();
    assert!(
        appended.starts_with("data: {\"error\":{\"code\":502,\"status\":\"INTERNAL\","),
        "{appended}"
    );
    assert!(appended.ends_with("}}\n\n"));
}

/// Fault A25 (part): an agent that answers with an error or fails: reported, and said in the binding's form.
#[tokio::test]
async fn a_failing_body_becomes_an_error_event() {
    let mut script = Script::new(v1_0().into_iter().take(2));
    script.error = Some("reset");
    let exchange = stream(OF_V1_0, script).await;
    let appended = exchange.text().strip_prefix(&v1_0()[..2].concat()).unwrap();
    let start = r#"data: {"jsonrpc":"2.0","id":"s","error":{"code":-31502,"#;
    assert!(appended.starts_with(start), "{appended}");
    assert!(!appended.contains("reset"));
    assert_eq!(exchange.only().end, "failed");
}

#[tokio::test]
async fn the_stream_of_an_unknown_method_ends_when_it_ends() {
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"x/stream"}"#;
    let exchange = stream(body, Script::new(["data: 1\n\n"])).await;
    assert_eq!(
        (exchange.text(), exchange.only().end),
        ("data: 1\n\n", "complete")
    );
}

#[tokio::test]
async fn a_streaming_call_may_be_answered_with_json() {
    let error = r#"{"jsonrpc":"2.0","id":"s","error":{"code":-32004,"message":"no"}}"#;
    let exchange = exchange(A2aLayer::new(), rpc(OF_V1_0), json(200, error)).await;
    let told = exchange.only();
    assert_eq!((told.end, told.report.failed), ("complete", true));
    assert_eq!(
        told.report.error_reason.as_deref(),
        Some("UNSUPPORTED_OPERATION")
    );
}

/// Reads `frames` frames of a stream and leaves.
async fn leave_after(frames: usize) -> &'static str {
    let ledger = Ledger::default();
    let agent = service_fn(|_: Request<_>| async { events(Script::new(v1_0())) });
    let service = ledger.mount(A2aLayer::new()).layer(agent);
    let request: Request<Full<Bytes>> = rpc(OF_V1_0);
    let mut answer: Response<_> = service.oneshot(request).await.unwrap();
    for _ in 0..frames {
        answer.body_mut().frame().await.unwrap().unwrap();
    }
    drop(answer);
    let told = ledger.take();
    assert_eq!(told.len(), 1);
    told[0].end
}

/// Fault S11: bytes and failures behind the end marker: take nothing from the client.
#[tokio::test]
async fn a_client_that_leaves_is_told_from_one_that_had_all() {
    assert_eq!(leave_after(0).await, "dropped");
    assert_eq!(leave_after(3).await, "dropped");
    assert_eq!(leave_after(4).await, "complete");
}

/// Fault M28: a stream that breaks in a call: an error with that id, or an abort where the client takes it up again.
/// Fault A17: missing terminal: a stream that ends before its task does is told an error, and is truncated.
#[tokio::test]
async fn truncated_at_any_byte_it_is_never_complete() {
    let whole = v1_0().concat();
    // Behind the last event's data the blank line alone is missing: some services leave it out.
    let last = whole.len() - 4;
    for cut in 0..last {
        let text = Bytes::copy_from_slice(&whole.as_bytes()[..cut]);
        let exchange = stream(OF_V1_0, Script::new([text])).await;
        assert_eq!(exchange.only().end, "truncated", "{cut}");
        let text = exchange.text();
        let start = text.rfind("data: ").unwrap();
        assert!(whole.starts_with(&text[..start]), "{cut}");
        assert!(
            text[start..].contains(r#""id":"s","error":{"code":-31502"#),
            "{cut}"
        );
    }
}

proptest! {
    /// Fault S01: a stream cut at every byte, and into single bytes: the same events, the same bytes.
    #[test]
    fn any_chunking_passes_byte_by_byte(cuts in prop::collection::vec(0_usize..700, 0..12)) {
        let whole = v1_0().join(": ping\r\n\r\n");
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut < whole.len()).collect();
        cuts.sort_unstable();
        let mut chunks = Vec::new();
        let mut from = 0;
        for cut in cuts.into_iter().chain([whole.len()]) {
            chunks.push(Bytes::copy_from_slice(&whole.as_bytes()[from..cut]));
            from = cut;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let exchange = runtime.block_on(stream(OF_V1_0, Script::new(chunks)));
        prop_assert_eq!(exchange.text(), whole);
        prop_assert_eq!(exchange.only().end, "complete");
        prop_assert_eq!(exchange.only().report.events, 4);
    }
}

/// Fault A17: out of order, second event before `Task`, event after a terminal state: events pass in the order in which they came, also what comes before the task, and nothing passes
/// behind the terminal state.
#[tokio::test]
async fn keeps_the_order_and_lets_nothing_pass_behind_the_end() {
    let whole = v1_0();
    let late = whole[2].replace("\"a\"", "\"late\"");
    // The artifact before its task.
    let order = [2, 0, 1, 3].map(|at| whole[at].clone());
    let chunks = order
        .iter()
        .cloned()
        .chain([late.clone(), whole[3].clone()]);
    let exchange = stream(OF_V1_0, Script::new(chunks)).await;
    assert_eq!(exchange.text(), order.concat());
    assert_eq!(exchange.only().end, "complete");

    // In v0.3 `final` is the last word, and a terminal state alone is not.
    let done =
        r#"{"kind":"status-update","taskId":"t","status":{"state":"completed"},"final":false}"#;
    let artifact = r#"{"kind":"artifact-update","taskId":"t","artifact":{}}"#;
    let last =
        r#"{"kind":"status-update","taskId":"t","status":{"state":"completed"},"final":true}"#;
    let exchange = stream(OF_V0_3, of_v0_3(&[done, artifact, last, artifact])).await;
    let kept = of_v0_3(&[done, artifact, last]);
    let kept: Vec<u8> = kept.chunks.iter().flatten().copied().collect();
    assert_eq!(exchange.text().as_bytes(), kept);
}

/// Fault A17: the stream is closed at the terminal state, whether the agent ends it or not.
#[tokio::test(start_paused = true)]
async fn an_agent_that_leaves_a_stream_open_behind_its_end_holds_no_client() {
    let begun = tokio::time::Instant::now();
    let mut script = Script::new(v1_0());
    script.open = true;
    let exchange = stream(OF_V1_0, script).await;
    assert_eq!(exchange.text(), v1_0().concat());
    assert_eq!(exchange.only().end, "complete");
    assert_eq!(begun.elapsed().as_secs(), 1);

    // A task that goes on, one that waits for its client, and one of v0.3 without `final` stay open.
    let waits = r#"{"kind":"status-update","taskId":"t","status":{"state":"input-required"}}"#;
    let said =
        r#"{"kind":"status-update","taskId":"t","status":{"state":"completed"},"final":false}"#;
    for (body, mut script) in [
        (OF_V1_0, Script::new(v1_0().into_iter().take(3))),
        (OF_V0_3, of_v0_3(&[waits])),
        (OF_V0_3, of_v0_3(&[said])),
    ] {
        script.open = true;
        let whole = stream(body, script);
        let in_time = tokio::time::timeout(std::time::Duration::from_secs(60), whole);
        assert!(in_time.await.is_err());
    }
}

/// Fault A18 (part): each subscriber has a stream of their own; one who does not read holds nobody else.
#[tokio::test]
async fn a_subscriber_who_does_not_read_holds_nobody_else() {
    let subscribe = r#"{"jsonrpc":"2.0","id":"s","method":"SubscribeToTask","params":{"id":"t"}}"#;
    let agent = service_fn(|_: Request<_>| async { events(Script::new(v1_0())) });
    let service = A2aLayer::new().layer(agent);
    let mut streams = Vec::new();
    for _ in 0..3 {
        let answer = service.clone().oneshot(rpc(subscribe)).await.unwrap();
        streams.push(answer.into_body());
    }
    let mut slow = streams.remove(0);
    slow.frame().await.unwrap().unwrap();
    for stream in streams {
        let said = stream.collect().await.unwrap().to_bytes();
        assert_eq!(said, v1_0().concat());
    }
    // Late is not lost.
    let rest = slow.collect().await.unwrap().to_bytes();
    assert!(
        v1_0()
            .concat()
            .ends_with(std::str::from_utf8(&rest).unwrap())
    );
    assert!(!rest.is_empty());
}
