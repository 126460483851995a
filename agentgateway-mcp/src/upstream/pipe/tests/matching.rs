use super::support::*;

/// Fault M09: a hundred requests with one id: each gets its own answer.
#[tokio::test(start_paused = true)]
async fn requests_with_one_id_get_their_own_answers() {
    let mut peers = Peers::with({
        let mut limits = crate::upstream::pipe::PoolLimits::default();
        limits.pipe.max_running = 100;
        limits
    });
    let sent: Vec<_> = (0..100)
        .map(|number| {
            let body =
                format!(r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{"n":{number}}}}}"#);
            peers.send(modern(&body))
        })
        .collect();
    let mut peer = peers.next().await;
    let mut answers = Vec::new();
    for _ in 0..100 {
        let line = peer.read().await;
        answers.push(line.replace(r#""method":"m","params""#, r#""result""#));
    }
    answers.reverse();
    for answer in answers {
        peer.say(answer).await;
    }
    for (number, sent) in sent.into_iter().enumerate() {
        let expected = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"n":{number}}}}}"#);
        assert_eq!(text(sent.await.unwrap().unwrap()).await, expected);
    }
}

/// Fault M11: answers with an id that is unknown, used up, or missing are for nobody.
#[tokio::test(start_paused = true)]
async fn answers_that_nobody_waits_for_are_dropped() {
    let mut peers = Peers::new();
    let sent = peers.send(modern(&request("7", "tools/list")));
    let mut peer = peers.next().await;
    peer.read().await;
    for answer in [
        result(2),
        r#"{"jsonrpc":"2.0","id":"1","result":{}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":1.5,"result":{}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","error":{"code":-1,"message":""}}"#.to_owned(),
        result(1),
        result(1),
    ] {
        peer.say(answer).await;
    }
    assert_eq!(text(sent.await.unwrap().unwrap()).await, result(7));
    assert_eq!(peers.pool.counts().unclaimed, 5);
}

/// Fault M29: progress by a token that is foreign, or whose request has ended, is for nobody.
#[tokio::test(start_paused = true)]
async fn progress_of_nothing_that_runs_is_dropped() {
    let mut peers = Peers::new();
    let body = r#"{"jsonrpc":"2.0","id":7,"method":"m","params":{"_meta":{"progressToken":"a"}}}"#;
    let sent = peers.send(modern(body));
    let mut peer = peers.next().await;
    peer.read().await;
    let without = peers.send(modern(&request("8", "m")));
    peer.read().await;
    let progress = |token: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{token}}}}}"#
        )
    };
    peer.say(progress("\"a\"")).await;
    peer.say(progress("2")).await;
    peer.say(progress("3")).await;
    peer.say(result(1)).await;
    peer.say(progress("1")).await;
    peer.say(result(2)).await;
    for sent in [sent, without] {
        assert!(is_json(&sent.await.unwrap().unwrap()));
    }
    assert_eq!(peers.pool.counts().unclaimed, 4);
}

/// Fault M27: a client of 2026-07-28 that leaves cancels its request.
#[tokio::test(start_paused = true)]
async fn leaving_cancels_a_modern_request() {
    let mut peers = Peers::new();
    let sent = peers.send(modern(&request("7", "tools/call")));
    let mut peer = peers.next().await;
    peer.read().await;
    sent.abort();
    let line = peer.read().await;
    assert!(
        line.contains(r#""method":"notifications/cancelled""#),
        "{line}"
    );
    assert!(line.contains(r#""requestId":1"#), "{line}");
    peer.say(result(1)).await;
    assert_eq!(peers.pool.counts().unclaimed, 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_left_before_it_is_written_never_is() {
    let mut peers = Peers::new();
    let sent = peers.send(modern(&request("7", "tools/call")));
    let mut peer = peers.next().await;
    sent.abort();
    assert!(sent.await.unwrap_err().is_cancelled());
    let _next = peers.send(modern(&request("8", "tools/list")));
    assert!(peer.read().await.contains("tools/list"));
    assert!(peer.reads_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn leaving_cancels_no_legacy_request() {
    let mut peers = Peers::new();
    let (session, mut peer) = peers.session("a").await;
    let sent = peers.send(within(&session, by("a", post(&request("7", "tools/call")))));
    peer.read().await;
    sent.abort();
    assert!(peer.reads_nothing().await);
    // It can still be cancelled, by the client's own id.
    let cancel = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}"#;
    let answer = peers
        .send(within(&session, by("a", post(cancel))))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answer.status(), 202);
    assert_eq!(peer.read().await, cancel.replace('7', "2"));
    let foreign = cancel.replace('7', "\"7\"");
    peers
        .send(within(&session, by("a", post(&foreign))))
        .await
        .unwrap()
        .unwrap();
    assert!(peer.reads_nothing().await);
    peer.say(result(2)).await;
    assert_eq!(peers.pool.counts().unclaimed, 1, "the cancellation alone");
}

const QUESTION: &str = r#"{"jsonrpc":"2.0","id":0,"method":"sampling/createMessage","params":{}}"#;
const LOG: &str = r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info"}}"#;

#[tokio::test(start_paused = true)]
async fn questions_and_logs_go_to_the_oldest_request_and_answers_come_back() {
    let mut peers = Peers::new();
    let (session, mut peer) = peers.session("a").await;
    let first = peers.send(within(&session, by("a", post(&request("7", "tools/call")))));
    peer.read().await;
    let second = peers.send(within(&session, by("a", post(&request("8", "tools/call")))));
    peer.read().await;
    peer.say(QUESTION).await;
    peer.say(LOG).await;
    let mut first = first.await.unwrap().unwrap();
    assert_eq!(event(&mut first).await.unwrap().unwrap(), QUESTION);
    assert_eq!(event(&mut first).await.unwrap().unwrap(), LOG);
    let answer = r#"{"jsonrpc":"2.0","id":0,"result":{"role":"assistant"}}"#;
    for _ in 0..2 {
        let sent = peers.send(within(&session, by("a", post(answer)))).await;
        assert_eq!(sent.unwrap().unwrap().status(), 202);
    }
    assert_eq!(peer.read().await, answer);
    assert!(peer.reads_nothing().await, "a question is answered once");
    peer.say(result(2)).await;
    peer.say(result(3)).await;
    assert_eq!(event(&mut first).await.unwrap().unwrap(), result(7));
    assert!(is_json(&second.await.unwrap().unwrap()));
}

#[tokio::test(start_paused = true)]
async fn what_nobody_can_be_asked_is_refused() {
    let mut peers = Peers::new();
    let (session, mut peer) = peers.session("a").await;
    peer.say(QUESTION).await;
    let refusal = peer.read().await;
    assert!(
        refusal.contains(r#""id":0,"error":{"code":-32601"#),
        "{refusal}"
    );
    peer.say(request("\"p\"", "ping")).await;
    assert_eq!(
        peer.read().await,
        r#"{"jsonrpc":"2.0","id":"p","result":{}}"#
    );
    peer.say(LOG).await;
    assert_eq!(peers.pool.counts().unclaimed, 1);

    let mut stream = peers
        .send(within(&session, by("a", get())))
        .await
        .unwrap()
        .unwrap();
    peer.say(QUESTION).await;
    peer.say(LOG).await;
    assert_eq!(event(&mut stream).await.unwrap().unwrap(), QUESTION);
    assert_eq!(event(&mut stream).await.unwrap().unwrap(), LOG);
    let taken_back =
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":0}}"#;
    peer.say(taken_back).await;
    assert_eq!(event(&mut stream).await.unwrap().unwrap(), taken_back);
    let answer = r#"{"jsonrpc":"2.0","id":0,"result":{}}"#;
    peers
        .send(within(&session, by("a", post(answer))))
        .await
        .unwrap()
        .unwrap();
    assert!(peer.reads_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn a_modern_process_asks_nothing_and_logs_where_it_is_wanted() {
    let mut peers = Peers::new();
    let silent = peers.send(modern(&request("7", "tools/call")));
    let mut peer = peers.next().await;
    peer.read().await;
    let body = r#"{"jsonrpc":"2.0","id":8,"method":"m","params":{"_meta":{"io.modelcontextprotocol/logLevel":"info"}}}"#;
    let wanting = peers.send(modern(body));
    peer.read().await;
    peer.say(QUESTION).await;
    assert!(peer.read().await.contains("-32601"));
    peer.say(LOG).await;
    peer.say(result(1)).await;
    assert!(is_json(&silent.await.unwrap().unwrap()));
    let mut wanting = wanting.await.unwrap().unwrap();
    assert_eq!(event(&mut wanting).await.unwrap().unwrap(), LOG);
}

#[tokio::test(start_paused = true)]
async fn only_what_was_never_written_was_not_processed() {
    let mut peers = Peers::new();
    let written = peers.send(modern(&request("7", "tools/call")));
    let mut peer = peers.next().await;
    peer.read().await;
    let queued = peers.send(modern(&request("8", "tools/call")));
    tokio::task::yield_now().await;
    peer.die();
    let error = written.await.unwrap().unwrap_err();
    assert_eq!(
        (error.message(), error.is_unprocessed()),
        ("it died", false)
    );
    let error = queued.await.unwrap().unwrap_err();
    assert_eq!((error.message(), error.is_unprocessed()), ("it died", true));
}

#[tokio::test(start_paused = true)]
async fn a_stream_whose_pipe_ends_fails() {
    let mut peers = Peers::new();
    let (session, mut peer) = peers.session("a").await;
    let sent = peers.send(within(&session, by("a", post(&request("7", "tools/call")))));
    peer.read().await;
    peer.say(LOG).await;
    peer.die();
    let mut answer = sent.await.unwrap().unwrap();
    assert_eq!(event(&mut answer).await.unwrap().unwrap(), LOG);
    assert_eq!(
        event(&mut answer).await.unwrap().unwrap_err().message(),
        "it died"
    );
    assert!(event(&mut answer).await.is_none());
}
