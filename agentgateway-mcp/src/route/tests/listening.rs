use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use agentgateway_core::{Body, Error, ErrorKind, sse::SseMessage};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Channel, channel::Sender};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::support::{Asked, Say, ask, events, federation, list, nothing, request, server};
use crate::{
    route::{FailMode, PrefixMode},
    upstream::McpServer,
};

const ACK: &str = r#"{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":$ID},"notifications":{"toolsListChanged":true,"resourceSubscriptions":["x://1"]}}}"#;
const CHANGED: &str = r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#;

/// A server with these events on its stream, which stays open.
fn listened(events: &'static [&'static str]) -> (McpServer, Asked) {
    server(move |method, _| match method {
        "subscriptions/listen" => {
            Say::Open(events.iter().map(|event| (*event).to_owned()).collect())
        }
        _ => nothing(),
    })
}

type Senders = Arc<Mutex<Vec<Sender<Bytes, Error>>>>;

/// A server that acknowledges, and whose streams the test goes on with.
fn steered() -> (McpServer, Asked, Senders) {
    let senders = Senders::default();
    let kept = senders.clone();
    let (server, asked) = server(move |method, params| match method {
        "subscriptions/listen" => {
            let (mut sender, body) = Channel::<Bytes, Error>::new(8);
            let ack = ACK.replace("$ID", "null").replace(
                r#""_meta":{"io.modelcontextprotocol/subscriptionId":null},"#,
                "",
            );
            sender.try_send(frame(&ack)).ok().unwrap();
            kept.lock().unwrap().push(sender);
            Say::Body(Body::new(body))
        }
        "tools/list" => list("tools", &[r#"{"name":"a"}"#], None),
        "tools/call" => Say::Result(json!({"said": params["name"]}).to_string()),
        _ => nothing(),
    });
    (server, asked, senders)
}

fn frame(text: &str) -> http_body::Frame<Bytes> {
    http_body::Frame::data(SseMessage::new(text.to_owned()).encode())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "so that a `json!` can be given"
)]
fn listen(id: Value, filter: Value) -> http::Request<Bytes> {
    request(id, "subscriptions/listen", json!({"notifications": filter}))
}

/// The next event; comments are none.
async fn next(body: &mut Body) -> Value {
    loop {
        let frame = body.frame().await.unwrap().unwrap();
        if let Some(event) = events(frame.data_ref().unwrap()).pop() {
            return event;
        }
    }
}

/// Whether nothing but comments comes for a while.
async fn is_silent(body: &mut Body, seconds: u64) -> bool {
    timeout(Duration::from_secs(seconds), next(body))
        .await
        .is_err()
}

#[tokio::test(start_paused = true)]
async fn streams_of_all_targets_become_one() {
    let (a, asked) = listened(&[
        ACK,
        r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":$ID,"x":1.0}}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":77}}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}"#,
        r#"{"jsonrpc":"2.0","id":9,"method":"roots/list"}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"x://1"}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/tasks","params":{"taskId":"t1"}}"#,
    ]);
    let (b, b_asked) = listened(&[
        r#"{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"notifications":{}}}"#,
    ]);
    let federation = federation([("a", a), ("b", b)]);
    let counts = federation.counts();
    let one = federation.into_server();
    let filter = json!({"toolsListChanged": true, "resourceSubscriptions": ["a+x://1", "a+x://..", "c+x://1"], "taskIds": ["a+t1", "t2", "b+t3"]});
    let answer = one.send(listen(json!("7"), filter)).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut body = answer.into_body();
    let ack = next(&mut body).await;
    let subscription = json!({"io.modelcontextprotocol/subscriptionId": "7"});
    assert_eq!(ack["method"], "notifications/subscriptions/acknowledged");
    assert_eq!(ack["params"]["_meta"], subscription);
    assert_eq!(
        ack["params"]["notifications"],
        json!({"toolsListChanged": true, "resourceSubscriptions": ["a+x://1"]})
    );
    let changed = next(&mut body).await;
    assert_eq!(
        changed["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"],
        "7"
    );
    assert_eq!(changed["params"]["_meta"]["x"], 1.0);
    let updated = next(&mut body).await;
    assert_eq!(updated["params"]["uri"], "a+x://1");
    assert_eq!(updated["params"]["_meta"], subscription);
    assert_eq!(next(&mut body).await["params"]["taskId"], "a+t1");
    assert!(is_silent(&mut body, 1).await);
    assert_eq!(
        (counts.strange_notifications(), counts.server_requests()),
        (1, 1)
    );
    let said = asked.last();
    assert_eq!(
        said["params"]["notifications"],
        json!({"toolsListChanged": true, "resourceSubscriptions": ["x://1"], "taskIds": ["t1"]})
    );
    assert_eq!(
        b_asked.last()["params"]["notifications"],
        json!({"toolsListChanged": true, "taskIds": ["t3"]})
    );
}

#[tokio::test(start_paused = true)]
async fn a_target_that_has_nothing_of_it_is_not_asked() {
    let (a, asked) = server(|_, _| {
        Say::Result(r#"{"capabilities":{"tools":{},"resources":{"subscribe":false}}}"#.into())
    });
    let (b, _) = listened(&[ACK]);
    let (c, c_asked) = server(|method, _| match method {
        "subscriptions/listen" => Say::Error(404, -32601, "no"),
        _ => nothing(),
    });
    let one = federation([("a", a), ("b", b), ("c", c)]).into_server();
    let filter = json!({"toolsListChanged": true, "resourceSubscriptions": ["a+x://1"]});
    let mut body = one
        .send(listen(json!(7), filter))
        .await
        .unwrap()
        .into_body();
    assert_eq!(
        next(&mut body).await["params"]["notifications"]["toolsListChanged"],
        true
    );
    assert!(is_silent(&mut body, 1).await);
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert!(is_silent(&mut body, 1).await);
    assert_eq!(asked.methods(), ["server/discover"]);
    assert_eq!(
        c_asked.methods(),
        ["server/discover", "subscriptions/listen"]
    );
    let mut body = one
        .send(listen(json!(8), json!({})))
        .await
        .unwrap()
        .into_body();
    assert_eq!(next(&mut body).await["params"]["notifications"], json!({}));
    assert!(is_silent(&mut body, 1).await);
    let said = ask(&one, "subscriptions/listen", json!({})).await;
    assert_eq!(said["error"]["code"], -32602);
}

/// Fault M16 (part): a target is down, and one is late, while a client begins to listen.
#[tokio::test(start_paused = true)]
async fn those_that_are_out_are_named_and_tried_again() {
    let build = || {
        let (up, _) = listened(&[ACK]);
        let (down, asked) = server(|_, _| Say::Fail(ErrorKind::Unavailable));
        let (late, _) = server(|_, _| Say::Late);
        (
            federation([("up", up), ("down", down), ("late", late)]),
            asked,
        )
    };
    let filter = || json!({"toolsListChanged": true});
    let (open, asked) = build();
    let open = open.fail_mode(FailMode::Open).into_server();
    let begun = Instant::now();
    let mut body = open
        .send(listen(json!(1), filter()))
        .await
        .unwrap()
        .into_body();
    assert_eq!(begun.elapsed(), Duration::from_secs(10));
    let ack = next(&mut body).await;
    assert_eq!(
        ack["params"]["_meta"]["dev.agentgateway/unavailable"],
        json!([{"target": "down", "reason": "unavailable"}, {"target": "late", "reason": "timeout"}])
    );
    for (seconds, times) in [(60, 6), (600, 16)] {
        assert!(is_silent(&mut body, seconds).await);
        let tried = asked.methods().len();
        assert!(tried.abs_diff(times) <= 2, "{tried} in {seconds} s");
    }
    let error = build()
        .0
        .into_server()
        .send(listen(json!(1), filter()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let (down, _) = server(|_, _| Say::Fail(ErrorKind::Unavailable));
    let none = federation([("down", down)])
        .fail_mode(FailMode::Open)
        .into_server();
    assert!(none.send(listen(json!(1), filter())).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_is_opened_again() {
    let (a, asked, senders) = steered();
    let (b, _) = listened(&[ACK]);
    let one = federation([("a", a), ("b", b)]).into_server();
    let mut body = one
        .send(listen(json!(1), json!({"toolsListChanged": true})))
        .await
        .unwrap()
        .into_body();
    next(&mut body).await;
    senders.lock().unwrap().clear();
    let begun = Instant::now();
    // What was missed is not known.
    let again = next(&mut body).await;
    assert_eq!(again["method"], "notifications/tools/list_changed");
    assert_eq!(
        again["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"],
        1
    );
    assert_eq!(begun.elapsed().as_secs(), 1);
    senders.lock().unwrap()[0]
        .try_send(frame(CHANGED))
        .ok()
        .unwrap();
    assert_eq!(
        next(&mut body).await["method"],
        "notifications/tools/list_changed"
    );
    // The server ends the subscription by its answer.
    let id = asked.last()["id"].clone();
    let end = json!({"jsonrpc": "2.0", "id": id, "result": {"resultType": "complete"}});
    senders.lock().unwrap()[0]
        .try_send(frame(&end.to_string()))
        .ok()
        .unwrap();
    assert_eq!(
        next(&mut body).await["method"],
        "notifications/tools/list_changed"
    );
    assert_eq!(senders.lock().unwrap().len(), 2);
}

/// Fault M27 (part): a client that no longer listens.
#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_ends_all_streams() {
    let (a, _, senders) = steered();
    let (b, _) = listened(&[ACK]);
    let one = federation([("a", a), ("b", b)]).into_server();
    let body = one
        .send(listen(json!(1), json!({"toolsListChanged": true})))
        .await
        .unwrap()
        .into_body();
    drop(body);
    let mut sender = senders.lock().unwrap().remove(0);
    assert!(sender.send(frame(CHANGED)).await.is_err());
}

/// A slow client makes the servers wait: nothing is read that it does not take.
#[tokio::test(start_paused = true)]
async fn a_slow_client_is_waited_for() {
    let (a, _, senders) = steered();
    let (b, _) = listened(&[ACK]);
    let one = federation([("a", a), ("b", b)]).into_server();
    let mut body = one
        .send(listen(json!(1), json!({"toolsListChanged": true})))
        .await
        .unwrap()
        .into_body();
    let mut sender = senders.lock().unwrap().remove(0);
    let mut sent = 0;
    while sender.try_send(frame(CHANGED)).is_ok() {
        sent += 1;
        assert!(sent < 20);
    }
    next(&mut body).await;
    for _ in 0..sent {
        assert_eq!(
            next(&mut body).await["method"],
            "notifications/tools/list_changed"
        );
    }
    assert!(is_silent(&mut body, 1).await);
}

#[tokio::test(start_paused = true)]
async fn a_changed_list_is_indexed_anew() {
    let (a, asked, senders) = steered();
    let (b, _) = server(|_, _| nothing());
    let one = federation([("a", a), ("b", b)])
        .prefix_mode(PrefixMode::Never)
        .fail_mode(FailMode::Open)
        .into_server();
    let mut body = one
        .send(listen(json!(1), json!({"toolsListChanged": true})))
        .await
        .unwrap()
        .into_body();
    next(&mut body).await;
    let call = async |times: usize| {
        let said = ask(&one, "tools/call", json!({"name": "a"})).await;
        assert_eq!(said["result"]["said"], "a", "{said}");
        let lists = asked
            .methods()
            .iter()
            .filter(|method| *method == "tools/list")
            .count();
        assert_eq!(lists, times);
    };
    call(1).await;
    call(1).await;
    senders.lock().unwrap()[0]
        .try_send(frame(CHANGED))
        .ok()
        .unwrap();
    next(&mut body).await;
    call(2).await;
    tokio::time::sleep(Duration::from_secs(61)).await;
    call(3).await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_stream_is_kept_open() {
    let (a, _) = listened(&[ACK]);
    let one = federation([("a", a)]).into_server();
    let answer = one
        .send(listen(json!(1), json!({"toolsListChanged": true})))
        .await;
    let mut body = answer.unwrap().into_body();
    next(&mut body).await;
    let begun = Instant::now();
    for _ in 0..2 {
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(*frame.data_ref().unwrap(), &b": keep-alive\n\n"[..]);
    }
    assert_eq!(begun.elapsed().as_secs(), 50);
}
