use std::pin::pin;

use agentgateway_core::{Error, ErrorKind, Peeked};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Channel, Full};
use proptest::prelude::*;
use tower::{Layer, ServiceExt, service_fn};

use super::support::*;
use crate::BatchLayer;

const PROGRESS: &str = r#"{"jsonrpc":"2.0","method":"notifications/progress"}"#;

fn result(id: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#)
}

fn event(text: &str) -> String {
    format!("event: message\ndata: {text}\n\n")
}

/// The data of all events, in their order.
fn told(answer: &Response<Bytes>) -> Vec<String> {
    let lines = text(answer).lines();
    lines
        .filter_map(|line| line.strip_prefix("data: "))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn one_stream_makes_a_stream_of_all() {
    let (one, other) = (request("1"), request("2"));
    let streamed = [
        ": hi\n\n",
        "id: a\nretry: 5\ndata:\n\n",
        &format!("id: b\n{}", event(PROGRESS)),
        &event(&result("1")),
    ];
    let answers = vec![events(&streamed), json(&result("2"))];
    let (answer, _) = batch(&[&one, &other], answers).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(media_type(&answer), "text/event-stream");
    let mut said = told(&answer);
    said.sort();
    assert_eq!(said, [result("1"), result("2"), PROGRESS.to_owned()]);
    assert!(!text(&answer).contains("id: ") && !text(&answer).contains("retry"));
}

#[tokio::test]
async fn a_stream_without_its_answer_gives_an_error_for_its_request() {
    let mut broken = Script::of(&[&event(PROGRESS)]);
    broken
        .frames
        .push_back(Err(Error::new(ErrorKind::Unavailable, "it broke")));
    let cases = vec![
        // Another's answer is nobody's.
        events(&[&event(&result("2"))]),
        events(&[": nothing\n\n"]),
        answer(200, "text/event-stream", broken),
        // What it says behind its answer is let through, but no second answer.
        events(&[&event(&result("4")), &event(&result("4")), &event(PROGRESS)]),
        Err(Error::new(ErrorKind::Timeout, "late")),
    ];
    let requests: Vec<_> = (1..=5).map(|id| request(&id.to_string())).collect();
    let requests: Vec<_> = requests.iter().map(String::as_str).collect();
    let (answer, _) = batch(&requests, cases).await;
    let said: Vec<serde_json::Value> = told(&answer)
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect();
    for id in 1..=5 {
        let own: Vec<_> = said.iter().filter(|it| it["id"] == id).collect();
        assert_eq!(own.len(), 1, "{id} {said:?}");
        assert_eq!(own[0].get("error").is_some(), id != 4, "{own:?}");
    }
    assert_eq!(
        said.iter().filter(|it| it.get("method").is_some()).count(),
        2
    );
}

#[tokio::test]
async fn an_event_over_the_limit_is_an_error_for_its_request_alone() {
    let long = event(&format!(
        r#"{{"jsonrpc":"2.0","id":1,"result":"{}"}}"#,
        "x".repeat(200)
    ));
    let body = format!("[{},{}]", request("1"), request("2"));
    let layer = BatchLayer::new().max_event_bytes(100);
    let answers = vec![events(&[&long]), events(&[&event(&result("2"))])];
    let (answer, _) = through(layer, post(&[], &body), answers).await;
    let said = told(&answer.unwrap()).join("\n");
    assert!(
        said.contains("over the limit") && said.contains(&result("2")),
        "{said}"
    );
}

#[tokio::test]
async fn a_client_that_takes_streams_alone_gets_one() {
    let body = format!("[{}]", request("1"));
    let request = post(&[("accept", "text/event-stream")], &body);
    let (answer, _) = through(BatchLayer::new(), request, vec![json(&result("1"))]).await;
    assert_eq!(text(&answer.unwrap()), event(&result("1")));
}

/// A server that works off one call after the other, and asks its client in the first.
#[tokio::test]
async fn a_stream_begins_before_the_other_answers_have_come() {
    let (mut sender, body) = Channel::<Bytes, Error>::new(4);
    let body = std::sync::Arc::new(std::sync::Mutex::new(Some(body)));
    let inner = service_fn(move |_: Request<Peeked<Full<Bytes>>>| {
        let body = body.lock().unwrap().take();
        async move {
            let Some(body) = body else {
                return std::future::pending().await;
            };
            let stream = Response::builder().header("content-type", "text/event-stream");
            Ok::<_, Error>(stream.body(body).unwrap())
        }
    });
    let asked = post(&[], &format!("[{},{}]", request("1"), request("2")));
    let answer = BatchLayer::new().layer(inner).oneshot(asked).await.unwrap();
    let mut body = pin!(answer.into_body());
    let question = event(r#"{"jsonrpc":"2.0","id":0,"method":"roots/list"}"#);
    sender.send_data(question.clone().into()).await.unwrap();
    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(frame, question);

    // While one is in the middle of an event, nobody else's is begun, and it is not broken in half.
    let (start, end) = question.split_at(20);
    sender.send_data(start.to_owned().into()).await.unwrap();
    assert!(tokio_test::task::spawn(body.frame()).poll().is_pending());
    sender.send_data(end.to_owned().into()).await.unwrap();
    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(frame, question);
}

proptest! {
    /// However the streams are cut, each event arrives once and whole, in the order of its stream.
    #[test]
    fn keeps_events_whole_however_streams_are_cut(first in 1_usize..40, second in 1_usize..40) {
        let cut = |id: &str, chunk: usize| {
            let numbered = |count: u32| format!(r#"{{"jsonrpc":"2.0","method":"n{id}","params":{{"n":{count}}}}}"#);
            let all: String = (0..3).map(|count| event(&numbered(count))).collect();
            let all = all + &event(&result(id));
            let chunks = all.as_bytes().chunks(chunk).map(Bytes::copy_from_slice);
            let script = Script { frames: chunks.map(Ok).collect(), hangs: false };
            (answer(200, "text/event-stream", script), (0..3).map(numbered).chain([result(id)]).collect::<Vec<_>>())
        };
        let ((one, said_by_one), (other, said_by_other)) = (cut("1", first), cut("2", second));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (answer, _) = runtime.block_on(batch(&[&request("1"), &request("2")], vec![one, other]));
        let said = told(&answer);
        prop_assert_eq!(said.len(), 8);
        for all in [said_by_one, said_by_other] {
            let of: Vec<_> = said.iter().filter(|it| all.contains(it)).cloned().collect();
            prop_assert_eq!(of, all);
        }
    }
}
