use super::support::*;

const LISTEN: &str = r#"{"jsonrpc":"2.0","id":"s","method":"subscriptions/listen","params":{}}"#;
const CHANGED: &str = r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#;

fn of(id: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{{"_meta":{{"io.modelcontextprotocol/subscriptionId":{id}}}}}}}"#
    )
}

fn over(id: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"result":{{"resultType":"complete","_meta":{{"io.modelcontextprotocol/subscriptionId":{id}}}}}}}"#
    )
}

#[tokio::test(start_paused = true)]
async fn a_subscription_bears_the_clients_own_id() {
    let mut peers = Peers::new();
    let sent = peers.send(modern(LISTEN));
    let mut peer = peers.next().await;
    peer.read().await;
    peer.say(of("1")).await;
    peer.say(of("2")).await;
    peer.say(CHANGED).await;
    let mut answer = sent.await.unwrap().unwrap();
    assert_eq!(event(&mut answer).await.unwrap().unwrap(), of("\"s\""));
    peer.say(over("1")).await;
    assert_eq!(event(&mut answer).await.unwrap().unwrap(), over("\"s\""));
    assert!(event(&mut answer).await.is_none());
    assert_eq!(peers.pool.counts().unclaimed, 2);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_the_server_cancels_ends_with_a_result() {
    let mut peers = Peers::new();
    let sent = peers.send(modern(LISTEN));
    let mut peer = peers.next().await;
    peer.read().await;
    peer.say(of("1")).await;
    let cancelled =
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#;
    peer.say(cancelled).await;
    let mut answer = sent.await.unwrap().unwrap();
    event(&mut answer).await.unwrap().unwrap();
    assert_eq!(event(&mut answer).await.unwrap().unwrap(), over("\"s\""));
    assert!(event(&mut answer).await.is_none());
    assert!(peer.reads_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn no_other_request_is_cancelled_by_the_server() {
    let mut peers = Peers::new();
    let sent = peers.send(modern(&request("7", "tools/call")));
    let mut peer = peers.next().await;
    peer.read().await;
    let cancelled =
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#;
    peer.say(cancelled).await;
    peer.say(result(1)).await;
    assert!(is_json(&sent.await.unwrap().unwrap()));
}

#[tokio::test(start_paused = true)]
async fn what_belongs_to_no_request_goes_to_the_get_stream() {
    let mut peers = Peers::new();
    let (session, peer) = peers.session("a").await;
    peer.say(CHANGED).await;
    let mut older = peers
        .send(within(&session, by("a", get())))
        .await
        .unwrap()
        .unwrap();
    peer.say(CHANGED).await;
    assert_eq!(event(&mut older).await.unwrap().unwrap(), CHANGED);
    let mut newer = peers
        .send(within(&session, by("a", get())))
        .await
        .unwrap()
        .unwrap();
    assert!(
        event(&mut older).await.is_none(),
        "a newer one takes its place"
    );
    drop(older);
    peer.say(CHANGED).await;
    assert_eq!(event(&mut newer).await.unwrap().unwrap(), CHANGED);
    assert_eq!(peers.pool.counts().unclaimed, 1);
}
