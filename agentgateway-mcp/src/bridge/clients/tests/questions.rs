use std::{sync::Arc, time::Duration};

use agentgateway_core::{
    seal::Sealer,
    store::{MemorySessions, SessionStore as _},
};
use serde_json::{Value, json};

use super::support::*;
use crate::{bridge::LegacyClients, upstream::McpServer};

/// A server that asks this in its first round, and says in the second what it was told.
fn asking(requests: Value) -> (McpServer, Log) {
    server(move |seen| {
        let params = &seen.body["params"];
        let answers = params["inputResponses"].clone();
        now(if answers.is_null() {
            seen.result(&json!({
                "resultType": "input_required", "inputRequests": requests, "requestState": "s\u{e9}1",
            }))
        } else {
            let told = json!({"answers": answers, "state": params["requestState"]});
            seen.result(&json!({"resultType": "complete", "content": [], "told": told}))
        })
    })
}

fn sampling() -> Value {
    json!({"a": {"method": "sampling/createMessage", "params": {"messages": [], "maxTokens": 1.0}}})
}

fn answer_to(question: &Value, result: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#,
        question["id"]
    )
}

/// A client of this revision that has all capabilities.
async fn able(server: McpServer, version: &'static str) -> Client {
    let elicitation = json!({"form": {}, "url": {}});
    let capabilities = json!({"sampling": {}, "elicitation": elicitation, "roots": {}});
    client(server).initialized(version, capabilities).await
}

#[tokio::test]
async fn what_the_server_needs_is_asked_of_the_client() {
    let requests = json!({
        "user name": {"method": "elicitation/create", "params": {"message": "who?", "requestedSchema": {}}},
        "r": {"method": "roots/list"},
        "s": sampling()["a"],
    });
    let (server, log) = asking(requests);
    let client = able(server, "2025-06-18").await;
    let mut events = Events::of(client.post(CALL).await);
    let mut questions = Vec::new();
    for _ in 0..3 {
        questions.push(events.message().await);
    }
    for question in &questions {
        let id = question["id"].as_str().unwrap();
        assert!(id.len() > 64, "{id}");
        let result = format!(r#"{{"is" : {}}}"#, question["method"]);
        let answer = client.post(&answer_to(question, &result)).await;
        assert_eq!(answer.status(), 202);
    }
    let told = json!({
        "answers": {
            "user name": {"is": "elicitation/create"}, "r": {"is": "roots/list"},
            "s": {"is": "sampling/createMessage"},
        },
        "state": "s\u{e9}1",
    });
    let answer = json!({"jsonrpc": "2.0", "id": 7, "result": {"content": [], "told": told}});
    assert_eq!(events.message().await, answer);
    assert_eq!(events.next().await, None);
    let calls = log.of("tools/call");
    assert_ne!(calls[1].body["id"], calls[0].body["id"]);
    assert!(calls[1].text.contains(r#"{"is" : "roots/list"}"#));
    assert_eq!(calls[1].body["params"]["name"], "t");
    assert_eq!(client.clients.shared().lives.len(), 0);
}

#[tokio::test]
async fn a_state_alone_is_told_again_at_once() {
    let (server, log) = server(|seen| {
        let state = seen.body["params"]["requestState"].clone();
        now(if state == "2" {
            seen.result(&json!({"content": []}))
        } else {
            let state = if state == "1" { "2" } else { "1" };
            seen.result(&json!({"resultType": "input_required", "requestState": state}))
        })
    });
    let client = client(server).initialized("2025-11-25", json!({})).await;
    assert_eq!(client.ask(CALL).await["result"], json!({"content": []}));
    assert_eq!(log.of("tools/call").len(), 3);
}

/// Fault M31: a server that never has enough: the rounds are bounded.
#[tokio::test]
async fn a_server_that_asks_without_end_is_stopped() {
    let (server, log) = server(|seen| {
        now(seen.result(&json!({"resultType": "input_required", "requestState": "x"})))
    });
    let client = client(server).initialized("2025-11-25", json!({})).await;
    assert_eq!(client.post(CALL).await.status(), 502);
    assert_eq!(log.of("tools/call").len(), 17);
}

#[tokio::test]
async fn what_the_client_cannot_do_is_an_error_and_no_hang() {
    let form = json!({"a": {"method": "elicitation/create", "params": {"message": "?"}}});
    let visit = json!({"a": {"method": "elicitation/create", "params": {"mode": "url", "url": "https://a"}}});
    let odd = json!({"a": {"method": "tools/call", "params": {}}});
    for (requests, version, capabilities) in [
        (sampling(), "2025-11-25", json!({"elicitation": {}})),
        (form.clone(), "2025-11-25", json!({"sampling": {}})),
        (form, "2025-11-25", json!({"elicitation": {"url": {}}})),
        (
            visit.clone(),
            "2025-06-18",
            json!({"elicitation": {"url": {}}}),
        ),
        (visit, "2025-11-25", json!({"elicitation": {}})),
        (odd, "2025-11-25", json!({"sampling": {}})),
    ] {
        let (server, log) = asking(requests);
        let client = client(server).initialized(version, capabilities).await;
        assert_eq!(client.ask(CALL).await["result"]["isError"], true);
        let prompt = r#"{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"p"}}"#;
        assert_eq!(client.ask(prompt).await["error"]["code"], -32603);
        assert_eq!(log.all().len(), 3);
    }
}

#[tokio::test]
async fn a_visit_gets_the_id_that_earlier_revisions_want() {
    let visit = json!({"a": {"method": "elicitation/create", "params": {"mode": "url", "url": "https://a"}}});
    let (server, _) = asking(visit);
    let client = able(server, "2025-11-25").await;
    let mut events = Events::of(client.post(CALL).await);
    assert_eq!(events.message().await, Value::Null);
    let question = events.message().await;
    let visit = question["params"]["elicitationId"].clone();
    assert!(visit.is_string());
    client
        .post(&answer_to(&question, r#"{"action":"accept"}"#))
        .await;
    let visited = events.message().await;
    assert_eq!(visited["method"], "notifications/elicitation/complete");
    assert_eq!(visited["params"]["elicitationId"], visit);
    assert_eq!(events.message().await["id"], 7);
}

#[tokio::test]
async fn a_client_that_refuses_ends_the_call() {
    let (server, log) = asking(sampling());
    let client = able(server, "2025-06-18").await;
    let mut events = Events::of(client.post(CALL).await);
    let question = events.message().await;
    let refusal = format!(
        r#"{{"jsonrpc":"2.0","id":{},"error":{{"code":-1,"message":"not now"}}}}"#,
        question["id"]
    );
    assert_eq!(client.post(&refusal).await.status(), 202);
    let answer = events.message().await;
    assert_eq!(answer["result"]["isError"], true);
    assert!(
        answer["result"]["content"][0]["text"]
            .as_str()
            .unwrap()
            .contains("not now")
    );
    assert_eq!(log.of("tools/call").len(), 1);
}

/// Fault M12: answers that nobody has asked for, or of another session: taken, and without effect.
#[tokio::test]
async fn answers_that_nobody_waits_for_change_nothing() {
    let (server, log) = asking(sampling());
    let client = able(server, "2025-06-18").await;
    let other = client
        .clone()
        .initialized("2025-06-18", json!({"sampling": {}}))
        .await;
    let mut events = Events::of(client.post(CALL).await);
    let question = events.message().await;
    let true_answer = answer_to(&question, r#"{"role":"assistant"}"#);
    for (from, text) in [
        (&other, true_answer.as_str()),
        (
            &client,
            r#"{"jsonrpc":"2.0","id":"agw-AAAAAAAAAAAAAAAAAAAAAA","result":{}}"#,
        ),
        (&client, r#"{"jsonrpc":"2.0","id":7,"result":{}}"#),
        (
            &client,
            r#"{"jsonrpc":"2.0","error":{"code":1,"message":"x"}}"#,
        ),
        (
            &client,
            r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{}}"#,
        ),
    ] {
        let answer = from.post(text).await;
        assert_eq!(
            (answer.status().as_u16(), body(answer).await),
            (202, String::new())
        );
    }
    assert_eq!(log.of("tools/call").len(), 1);
    client.post(&true_answer).await;
    let answer = events.message().await;
    assert_eq!(
        answer["result"]["told"]["answers"]["a"],
        json!({"role": "assistant"})
    );
    assert_eq!(client.post(&true_answer).await.status(), 202);
    assert_eq!(log.of("tools/call").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_answer_reaches_the_replica_that_asked() {
    let (server, log) = asking(sampling());
    let (sealer, store) = (Sealer::random(), Arc::new(MemorySessions::new()));
    let replica = || LegacyClients::new(server.clone(), sealer.clone(), store.clone());
    let client = client(server.clone()).in_front(replica());
    let client = client
        .initialized("2025-06-18", json!({"sampling": {}}))
        .await;
    let elsewhere = client.clone().in_front(replica());
    let mut events = Events::of(client.post(CALL).await);
    let question = events.message().await;
    let answer = elsewhere
        .post(&answer_to(&question, r#"{"role":"assistant"}"#))
        .await;
    assert_eq!(answer.status(), 202);
    let told = events.message().await;
    assert_eq!(
        told["result"]["told"]["answers"]["a"],
        json!({"role": "assistant"})
    );
    assert_eq!(log.of("tools/call").len(), 2);

    // Nobody fills the store with what no replica asked.
    let made_up = json!({"id": "A".repeat(120)});
    assert_eq!(
        elsewhere.post(&answer_to(&made_up, "{}")).await.status(),
        202
    );
    let kept = store.get(&format!("mcp-answer:{}", "A".repeat(120)));
    assert_eq!(kept.wait().await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_question_that_is_not_answered_ends_the_call() {
    let (server, _) = asking(sampling());
    let client = able(server, "2025-06-18").await;
    let mut events = Events::of(client.post(CALL).await);
    let begun = tokio::time::Instant::now();
    let question = events.message().await;
    let cancelled = events.message().await;
    assert_eq!(cancelled["method"], "notifications/cancelled");
    assert_eq!(cancelled["params"]["requestId"], question["id"]);
    assert_eq!(events.message().await["error"]["code"], -31408);
    assert_eq!(begun.elapsed().as_secs(), 300);
    assert_eq!(client.clients.shared().lives.len(), 0);
}

#[tokio::test]
async fn questions_are_bounded() {
    let requests = json!({"a": sampling()["a"], "b": sampling()["a"], "c": sampling()["a"]});
    let builder = LegacyClients::builder()
        .max_questions(2)
        .answer_within(Duration::from_secs(1));
    let client = client_of(builder, asking(requests).0, &Sealer::random());
    let client = client
        .initialized("2025-06-18", json!({"sampling": {}}))
        .await;
    assert_eq!(client.post(CALL).await.status(), 502);
}

#[tokio::test]
async fn a_stream_that_has_begun_goes_on_with_questions() {
    let (server, _) = server(|seen| {
        let (id, told) = (&seen.body["id"], &seen.body["params"]["inputResponses"]);
        let progress = json!({"jsonrpc": "2.0", "method": "notifications/progress"});
        let result = if told.is_null() {
            json!({"resultType": "input_required", "inputRequests": sampling()})
        } else {
            json!({"resultType": "complete", "content": []})
        };
        now(events(
            &[
                progress,
                json!({"jsonrpc": "2.0", "id": id, "result": result}),
            ],
            false,
        ))
    });
    let client = able(server, "2025-03-26").await;
    let mut events = Events::of(client.post(CALL).await);
    assert_eq!(events.message().await["method"], "notifications/progress");
    let question = events.message().await;
    assert_eq!(
        question["params"],
        json!({"messages": [], "maxTokens": 1.0})
    );
    client.post(&answer_to(&question, "{}")).await;
    assert_eq!(events.message().await["method"], "notifications/progress");
    assert_eq!(events.message().await["result"], json!({"content": []}));
}
