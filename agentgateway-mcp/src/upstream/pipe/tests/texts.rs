use agentgateway_core::telemetry::{Propagate, Propagation, TraceContext};
use proptest::prelude::*;
use tracing::{Instrument as _, Span};

use super::support::*;
use crate::upstream::Serve as _;

#[tokio::test(start_paused = true)]
async fn only_id_and_token_change_and_the_answer_bears_the_clients_own() {
    let mut peers = Peers::new();
    let body = "{ \"jsonrpc\":\"2.0\",\n \"x\":1.0e0, \"id\" : \"\\u0061\",\r\n\"method\":\"tools/call\",\
                \"params\":{\"b\":\"\\n\",\"_meta\":{\"z\":0,\"progressToken\": \"t\\/1\" },\"a\":-0}}";
    let sent = peers.send(modern(body));
    let mut peer = peers.next().await;
    let line = "{ \"jsonrpc\":\"2.0\", \"x\":1.0e0, \"id\" : 1,\"method\":\"tools/call\",\
                \"params\":{\"b\":\"\\n\",\"_meta\":{\"z\":0,\"progressToken\": 1 },\"a\":-0}}";
    assert_eq!(peer.read().await, line);

    let progress = r#"{"method":"notifications/progress","params":{"progressToken":1,"progress":1.0},"jsonrpc":"2.0"}"#;
    peer.say(progress).await;
    let mut answer = sent.await.unwrap().unwrap();
    assert!(!is_json(&answer));
    let expected = progress.replace("\"progressToken\":1", r#""progressToken":"t\/1""#);
    assert_eq!(event(&mut answer).await.unwrap().unwrap(), expected);

    peer.say("  {\"result\":{\"n\":1e400, \"id\":1},\"id\":1,\"jsonrpc\":\"2.0\"}\r")
        .await;
    let expected = r#"{"result":{"n":1e400, "id":1},"id":"\u0061","jsonrpc":"2.0"}"#;
    assert_eq!(event(&mut answer).await.unwrap().unwrap(), expected);
    assert!(event(&mut answer).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_answer_with_nothing_before_it_is_json() {
    let mut peers = Peers::new();
    let sent = peers.send(modern(&request("7", "tools/list")));
    let mut peer = peers.next().await;
    peer.read().await;
    peer.say(result(1)).await;
    let answer = sent.await.unwrap().unwrap();
    assert!(is_json(&answer));
    assert_eq!(text(answer).await, result(7));
}

struct Fixed;

impl Propagate for Fixed {
    fn set_parent(&self, _: &Span, _: &TraceContext) {}

    fn add_link(&self, _: &Span, _: &TraceContext) {}

    fn context(&self, _: &Span) -> Option<TraceContext> {
        TraceContext::new(10, 11, true)
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_tells_of_its_span_and_a_notification_does_not() {
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry());
    let mut peers = Peers::new();
    let notification = r#"{"jsonrpc":"2.0","method":"notifications/x"}"#;
    for body in [request("7", "tools/list"), notification.to_owned()] {
        let mut request = modern(&body);
        request.extensions_mut().insert(Propagation::new(Fixed));
        let sent = peers
            .pool
            .serve(request)
            .instrument(tracing::info_span!("x"));
        tokio::spawn(sent);
    }
    let mut peer = peers.next().await;
    let parent = "00-0000000000000000000000000000000a-000000000000000b-01";
    let meta = format!(r#""params":{{"_meta":{{"traceparent":"{parent}"}}}}"#);
    assert!(peer.read().await.contains(&meta));
    assert_eq!(peer.read().await, notification);
}

#[tokio::test(start_paused = true)]
async fn errors_have_the_status_that_http_wants() {
    let mut peers = Peers::new();
    let mut id = 0;
    let mut peer = None;
    for (method, code, status) in [
        ("server/discover", -32601, 400),
        ("server/discover", -32602, 400),
        ("x/y", -32601, 404),
        ("tools/call", -32021, 400),
        ("tools/call", -32602, 200),
    ] {
        let sent = peers.send(modern(&request("7", method)));
        if peer.is_none() {
            peer = Some(peers.next().await);
        }
        let peer = peer.as_mut().unwrap();
        id += 1;
        peer.read().await;
        let error =
            format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{code},"message":""}}}}"#);
        peer.say(error).await;
        assert_eq!(
            sent.await.unwrap().unwrap().status(),
            status,
            "{method} {code}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_its_messages() {
    let mut peers = Peers::new();
    let one = peers.send(modern(&request("7", "tools/list")));
    let mut peer = peers.next().await;
    peer.read().await;
    let other = peers.send(modern(&request("8", "tools/list")));
    peer.read().await;
    peer.say(format!("[{}, 3, {}]", result(2), result(1))).await;
    assert_eq!(text(one.await.unwrap().unwrap()).await, result(7));
    assert_eq!(text(other.await.unwrap().unwrap()).await, result(8));
    assert_eq!(peers.pool.counts().strays, 1);
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("1e400".to_owned()),
        Just("-0".to_owned()),
        "[ -~]{0,8}|[\\n\\r\u{2028}é]{0,4}".prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    let space = prop_oneof![Just(""), Just("\n"), Just("\r\n"), Just(" \t")];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        let spaced = (space.clone(), inner, space.clone());
        let spaced = spaced.prop_map(|(before, value, behind)| format!("{before}{value}{behind}"));
        let all = proptest::collection::vec(spaced, 0..4);
        all.prop_flat_map(|all| {
            let members: Vec<_> = all
                .iter()
                .enumerate()
                .map(|(at, value)| format!("\n\"k{at}\" :{value}"))
                .collect();
            prop_oneof![
                Just(format!("[{}]", all.join(","))),
                Just(format!("{{{}}}", members.join(","))),
            ]
        })
    })
}

proptest! {
    #[test]
    fn every_other_byte_survives_both_ways(value in json()) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut peers = Peers::new();
            let body = |id: &str| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"m","params":{{"v":{value}}}}}"#);
            let sent = peers.send(modern(&body("\"own\"")));
            let mut peer = peers.next().await;
            let line = body("1").replace(['\n', '\r'], "");
            prop_assert_eq!(peer.read().await, line);
            let said = |id: &str| format!(r#"{{"jsonrpc":"2.0","result":{value},"id":{id}}}"#);
            peer.say(said("1")).await;
            prop_assert_eq!(text(sent.await.unwrap().unwrap()).await, said("\"own\""));
            Ok(())
        })?;
    }
}
