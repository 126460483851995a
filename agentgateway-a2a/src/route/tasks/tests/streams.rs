use std::time::Duration;

use super::support::{Replicas, Said, ask};
use crate::{A2aOperation, route::tasks::TaskAffinityLayer};

const ONE: &[&str] = &["a"];

fn event(result: &str) -> String {
    format!("data: {{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{result}}}\n\n")
}

fn task(state: &str) -> String {
    event(&format!(
        r#"{{"task":{{"id":"t","contextId":"c","status":{{"state":"{state}"}},"artifacts":[{{"artifactId":"a","parts":[{{"text":"whole"}}]}}]}}}}"#
    ))
}

fn status(state: &str) -> String {
    event(&format!(
        r#"{{"statusUpdate":{{"taskId":"t","contextId":"c","status":{{"state":"{state}"}}}}}}"#
    ))
}

const WORKING: &str = "TASK_STATE_WORKING";
const DONE: &str = "TASK_STATE_COMPLETED";
const ARTIFACT: &str = r#"{"artifactUpdate":{"taskId":"t","contextId":"c","artifact":{"artifactId":"a","parts":[{"text":"whole"}]},"append":false,"lastChunk":true}}"#;

fn resuming(attempts: u32) -> TaskAffinityLayer {
    let layer = TaskAffinityLayer::new("p").resume(attempts);
    layer.resume_after(Duration::from_millis(1))
}

async fn streamed(
    attempts: u32,
    method: &str,
    streams: impl IntoIterator<Item = Vec<Said>>,
) -> (String, Vec<A2aOperation>, Replicas) {
    let replicas = Replicas::default();
    replicas.streams.lock().unwrap().extend(streams);
    replicas
        .tasks
        .lock()
        .unwrap()
        .insert("t".into(), "a".into());
    let gateway = replicas.behind(ONE, Some(resuming(attempts)));
    let said = ask(&gateway, method, "{}").await;
    (said, replicas.operations(), replicas)
}

fn bytes(text: impl Into<String>) -> Said {
    Said::Bytes(text.into())
}

#[tokio::test(start_paused = true)]
async fn goes_on_in_another_stream_where_one_broke_off() {
    let half = &status(WORKING)[..30];
    for end in [Some(Said::Broken), None] {
        let mut first = vec![bytes(task(WORKING)), bytes(half)];
        first.extend(end);
        let second = vec![bytes(task(WORKING) + &status(DONE))];
        let (said, asked, _) = streamed(3, "SendStreamingMessage", [first, second]).await;
        let expected = task(WORKING) + &event(ARTIFACT) + &status(DONE);
        assert_eq!(said, expected);
        assert_eq!(
            asked,
            [
                A2aOperation::SendStreamingMessage,
                A2aOperation::SubscribeToTask
            ]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn tells_of_another_state_and_ends_there() {
    let first = vec![bytes(task("TASK_STATE_SUBMITTED")), Said::Broken];
    let second = vec![bytes(task(DONE))];
    let (said, ..) = streamed(3, "SendStreamingMessage", [first, second]).await;
    let expected = task("TASK_STATE_SUBMITTED") + &event(ARTIFACT) + &status(DONE);
    assert_eq!(said, expected);
}

#[tokio::test(start_paused = true)]
async fn reads_the_task_where_the_agent_streams_no_more() {
    let refusal = "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32004,\"message\":\"it has ended\"}}\n\n";
    for within_stream in [true, false] {
        let replicas = Replicas::default();
        let mut streams = vec![vec![bytes(task(WORKING)), Said::Broken]];
        if within_stream {
            streams.push(vec![bytes(refusal)]);
        }
        replicas.streams.lock().unwrap().extend(streams);
        replicas
            .tasks
            .lock()
            .unwrap()
            .insert("t".into(), "a".into());
        *replicas.state.lock().unwrap() = DONE;
        let gateway = replicas.behind(ONE, Some(resuming(1)));
        let said = ask(&gateway, "SendStreamingMessage", "{}").await;
        assert!(said.starts_with(&task(WORKING)), "{said}");
        let last = said.trim_end().rsplit("\n\n").next().unwrap();
        assert!(
            last.contains("statusUpdate") && last.contains(DONE),
            "{said}"
        );
        let asked = replicas.operations();
        assert_eq!(asked.last(), Some(&A2aOperation::GetTask));
    }
}

#[tokio::test(start_paused = true)]
async fn gives_up_after_so_many_attempts_and_says_that_it_broke() {
    let first = vec![bytes(task(WORKING)), Said::Broken];
    let again = || vec![bytes(task(WORKING)), Said::Broken];
    let streams = [first, again(), again(), again(), again(), again()];
    let (said, asked, _) = streamed(3, "SendStreamingMessage", streams).await;
    assert_eq!(asked.len(), 4, "{asked:?}");
    assert!(said.contains("\"error\""), "{said}");
}

#[tokio::test(start_paused = true)]
async fn begins_the_count_anew_when_the_agent_says_something_new() {
    let again = || vec![bytes(task(WORKING) + &status(WORKING)), Said::Broken];
    let mut streams: Vec<_> = (0..10).map(|_| again()).collect();
    streams.push(vec![bytes(status(DONE))]);
    let (said, asked, _) = streamed(1, "SendStreamingMessage", streams).await;
    assert!(!said.contains("\"error\""), "{said}");
    assert!(said.ends_with(&status(DONE)));
    assert_eq!(asked.len(), 11);
}

/// The message is never sent again: what is not known to be a task cannot be taken up.
#[tokio::test(start_paused = true)]
async fn a_stream_that_names_no_task_is_not_taken_up() {
    let first = vec![bytes(": ping\n\n"), Said::Broken];
    let (_, asked, _) = streamed(3, "SendStreamingMessage", [first]).await;
    assert_eq!(asked, [A2aOperation::SendStreamingMessage]);
}

#[tokio::test(start_paused = true)]
async fn ends_that_are_ends_are_left_alone() {
    for last in [DONE, "TASK_STATE_INPUT_REQUIRED"] {
        let text = task(WORKING) + &status(last);
        let (said, asked, _) = streamed(3, "SendStreamingMessage", [vec![bytes(&*text)]]).await;
        assert_eq!((said, asked.len()), (text, 1));
    }
    let broken = vec![bytes(task(WORKING)), Said::Broken];
    let (_, asked, _) = streamed(0, "SendStreamingMessage", [broken]).await;
    assert_eq!(asked.len(), 1, "by default never");
}

#[tokio::test(start_paused = true)]
async fn speaks_v0_3_to_clients_of_v0_3() {
    let working = event(r#"{"kind":"task","id":"t","contextId":"c","status":{"state":"working"}}"#);
    let done = event(r#"{"kind":"task","id":"t","contextId":"c","status":{"state":"completed"}}"#);
    let first = vec![bytes(&*working), Said::Broken];
    let (said, asked, _) = streamed(3, "message/stream", [first, vec![bytes(done)]]).await;
    let told = event(
        r#"{"kind":"status-update","taskId":"t","contextId":"c","status":{"state":"completed"},"final":true}"#,
    );
    assert_eq!(said, working + &told);
    assert_eq!(asked.last(), Some(&A2aOperation::SubscribeToTask));
}

/// However the bytes are torn, whole events pass, and the same ones.
#[tokio::test(start_paused = true)]
async fn tears_make_no_difference() {
    let text = task(WORKING).replace('\n', "\r\n") + ": ping\r\n\r\n" + &status(WORKING);
    let expected = text.clone() + &event(ARTIFACT) + &status(DONE);
    for size in 1..40 {
        let chunks = text.as_bytes().chunks(size);
        let mut first: Vec<_> = chunks
            .map(|chunk| bytes(String::from_utf8_lossy(chunk)))
            .collect();
        first.push(Said::Broken);
        let second = vec![bytes(task(WORKING)), bytes(status(DONE))];
        let (said, ..) = streamed(1, "SendStreamingMessage", [first, second]).await;
        assert_eq!(said, expected, "{size}");
    }
}
