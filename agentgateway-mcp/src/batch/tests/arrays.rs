use agentgateway_core::{Error, ErrorKind};

use super::support::*;
use crate::BatchLayer;

fn result(id: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#)
}

#[tokio::test]
async fn each_message_is_a_call_of_its_own_and_the_answers_an_array() {
    let (one, other) = (request("1"), request("\"b\""));
    let answers = vec![json(&result("1")), accepted(), json(&result("\"b\""))];
    let (answer, seen) = batch(&[&one, NOTE, &other], answers).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(media_type(&answer), "application/json");
    assert_eq!(
        text(&answer),
        format!("[{},{}]", result("1"), result("\"b\""))
    );
    assert_eq!(
        answer.headers()["content-length"],
        answer.body().len().to_string()
    );

    let bodies: Vec<_> = seen.iter().map(|(_, body)| body.as_str()).collect();
    assert_eq!(bodies, [&one, NOTE, &other]);
    for (head, body) in &seen {
        assert_eq!(head.headers["content-length"], body.len().to_string());
        assert_eq!(head.headers["mcp-protocol-version"], "2025-03-26");
    }
}

#[tokio::test]
async fn what_has_no_answer_is_taken() {
    let response = r#"{"jsonrpc":"2.0","id":7,"result":{}}"#;
    let (answer, seen) = batch(&[NOTE, response], vec![accepted(), accepted()]).await;
    assert_eq!((answer.status().as_u16(), text(&answer)), (202, ""));
    assert_eq!(seen.len(), 2);

    let refused = answer_of_stranger();
    let (answer, _) = batch(&[NOTE, response], vec![accepted(), refused]).await;
    assert_eq!((answer.status().as_u16(), text(&answer)), (404, "who?"));

    let failed = Err(Error::new(ErrorKind::Unavailable, "away"));
    let (answer, _) = batch(&[NOTE, response], vec![failed, accepted()]).await;
    assert_eq!(answer.status(), 502);
    assert!(text(&answer).contains("away") && !text(&answer).contains("\"id\""));
}

/// Over the transport of 2024-11-05 a POST is taken, and the answer comes by the client's stream.
#[tokio::test]
async fn requests_that_are_answered_elsewhere_have_no_second_answer() {
    let (one, other) = (request("1"), request("2"));
    let (answer, _) = batch(
        &[&one, NOTE, &other],
        vec![accepted(), accepted(), accepted()],
    )
    .await;
    assert_eq!((answer.status().as_u16(), text(&answer)), (202, ""));
}

fn answer_of_stranger() -> Answer {
    answer(404, "text/plain", Script::of(&["who?"]))
}

#[tokio::test]
async fn each_request_has_an_answer_whatever_comes() {
    let mut broken = Script::of(&[r#"{"jsonrpc":"2.0","id":4,"#]);
    let error = Error::new(ErrorKind::Unavailable, "it broke");
    broken.frames.push_back(Err(error));
    let unnamed = r#"{"jsonrpc":"2.0","error":{"code":-31403,"message":"not you"}}"#;
    let many = r#" [{"jsonrpc":"2.0","method":"x"},{"jsonrpc":"2.0","id":7,"result":{"a":1}}]"#;
    let cases = [
        ("1", json("{}"), "gave no answer"),
        ("2", json(&result("9")), "gave no answer"),
        (
            "3",
            answer_of_stranger(),
            "refused this request of the batch with status 404",
        ),
        ("4", answer(200, "application/json", broken), "it broke"),
        ("5", Err(Error::new(ErrorKind::RateLimited, "slow")), "slow"),
        (
            "6",
            answer(403, "application/json", Script::of(&[unnamed])),
            "not you",
        ),
        (
            "7",
            json(many),
            r#"{"jsonrpc":"2.0","id":7,"result":{"a":1}}"#,
        ),
        ("8", accepted(), "gave no answer"),
    ];
    let requests: Vec<_> = cases.iter().map(|(id, ..)| request(id)).collect();
    let requests: Vec<_> = requests.iter().map(String::as_str).collect();
    let mut answers = Vec::new();
    let mut expected = Vec::new();
    for (id, answer, words) in cases {
        answers.push(answer);
        expected.push((id, words));
    }
    let (answer, _) = batch(&requests, answers).await;
    assert_eq!(answer.status(), 200);
    let all: Vec<serde_json::Value> = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(all.len(), expected.len());
    for (said, (id, words)) in all.iter().zip(expected) {
        assert_eq!(said["id"].to_string(), id);
        let is_said = said.to_string().contains(words);
        let is_same = serde_json::from_str::<serde_json::Value>(words).is_ok_and(|it| it == *said);
        assert!(is_said || is_same, "{said} {words}");
    }
}

#[tokio::test]
async fn what_all_are_refused_with_is_the_status() {
    let refused = |id: &str, status| {
        let text =
            format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":-31401,"message":"m"}}}}"#);
        let mut refused = answer(status, "application/json", Script::of(&[&text])).unwrap();
        let challenge = "Bearer".parse().unwrap();
        refused.headers_mut().insert("www-authenticate", challenge);
        Ok(refused)
    };
    let (one, other) = (request("1"), request("2"));
    let (answer, _) = batch(&[&one, &other], vec![refused("1", 401), refused("2", 401)]).await;
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["www-authenticate"], "Bearer");
    let answers = vec![refused("1", 401), json(&result("2"))];
    let (answer, _) = batch(&[&one, &other], answers).await;
    assert_eq!(answer.status(), 200);
    assert!(!answer.headers().contains_key("www-authenticate"));
}

#[tokio::test]
async fn no_more_is_held_than_the_limit_for_all_answers() {
    let long = format!(
        r#"{{"jsonrpc":"2.0","id":1,"result":"{}"}}"#,
        "x".repeat(60)
    );
    let other = long.replace("\"id\":1", "\"id\":2");
    let body = format!("[{},{},{}]", request("1"), request("2"), request("3"));
    let layer = BatchLayer::new().max_answer_bytes(150);
    let answers = vec![json(&long), json(&other), json(&result("3"))];
    let (answer, _) = through(layer, post(&[], &body), answers).await;
    let all: Vec<serde_json::Value> = serde_json::from_slice(answer.unwrap().body()).unwrap();
    assert!(all[0]["result"].is_string());
    assert!(
        all[1]["error"]["message"]
            .as_str()
            .unwrap()
            .contains("over the limit")
    );
    assert!(all[2]["result"].is_object());
}

#[tokio::test]
async fn a_client_that_takes_no_stream_gets_an_array() {
    let said = [
        "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\n\n",
        "id: 5\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n",
    ];
    let body = format!("[{}]", request("1"));
    let json_alone = post(&[("accept", "application/json")], &body);
    let (answer, _) = through(BatchLayer::new(), json_alone, vec![events(&said)]).await;
    assert_eq!(text(&answer.unwrap()), format!("[{}]", result("1")));
}
