use std::time::Duration;

use agentgateway_core::{Body, Peeked, egress::Guard};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use tokio::time::Instant;
use tower::service_fn;

use super::support::{
    Receiver, TASK, TASK_V0_3, WORKING, answer, builder, loopback, push, register_through,
    registered, until,
};
use crate::upstream::A2aAgent;

const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";

#[tokio::test]
async fn delivers_in_the_version_that_was_registered() {
    for (version, pushed, expected) in [
        ("1.0", TASK, TASK),
        ("1.0", WORKING, WORKING),
        ("1.0", TASK_V0_3, TASK),
        ("0.3", TASK_V0_3, TASK_V0_3),
        ("0.3", TASK, TASK_V0_3),
        (
            "0.3",
            WORKING,
            r#"{"kind":"task","id":"t","contextId":"c","status":{"state":"working"}}"#,
        ),
    ] {
        let receiver = Receiver::start(&[OK]).await;
        let relay = builder().build();
        let run = tokio::spawn(relay.run());
        let url = registered(&relay, version, &receiver.url).await;
        assert_eq!(push(&relay, &url, pushed).await.0, StatusCode::ACCEPTED);
        let got = receiver.wait_for(1).await;
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&got[0].body), value(expected), "{version} {pushed}");
        assert!(got[0].head.starts_with("POST /hook?key=s3cr3t HTTP/1.1"));
        assert_eq!(got[0].header("x-a2a-notification-token"), Some("tok"));
        assert_eq!(got[0].header("a2a-notification-token"), Some("tok"));
        assert_eq!(got[0].header("authorization"), Some("Bearer cred"));
        assert_eq!(got[0].header("content-type"), Some("application/json"));
        until(|| relay.shared().queue.is_empty()).await;
        run.abort();
    }
}

#[tokio::test]
async fn asks_the_agent_for_the_whole_task_where_v0_3_wants_one() {
    let agent = service_fn(|request: Request<Peeked<Body>>| async move {
        let body = request.into_body().into_body().collect().await.unwrap();
        assert_eq!(
            body.to_bytes(),
            r#"{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{"id":"t"}}"#
        );
        let task = TASK.strip_prefix(r#"{"task":"#).unwrap();
        let text = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{task}"#);
        Ok::<_, std::convert::Infallible>(Response::new(Body::from(bytes::Bytes::from(text))))
    });
    let receiver = Receiver::start(&[OK]).await;
    let relay = builder().agent("", A2aAgent::new(agent)).build();
    let run = tokio::spawn(relay.run());
    let url = registered(&relay, "0.3", &receiver.url).await;
    push(&relay, &url, WORKING).await;
    assert_eq!(receiver.wait_for(1).await[0].body, TASK_V0_3);
    run.abort();
}

#[tokio::test]
async fn an_agent_is_asked_while_it_is_mounted_and_no_other_of_its_name() {
    let tells = |words: &'static str| {
        A2aAgent::new(service_fn(move |_: Request<Peeked<Body>>| async move {
            let task = format!(
                r#"{{"id":"t","contextId":"{words}","status":{{"state":"TASK_STATE_WORKING"}}}}"#
            );
            let text = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{task}}}"#);
            Ok::<_, std::convert::Infallible>(Response::new(Body::from(bytes::Bytes::from(text))))
        }))
    };
    let receiver = Receiver::start(&[OK]).await;
    // These calls have no name of an agent, which is that of another.
    let relay = builder().agent("", tells("other")).build();
    let run = tokio::spawn(relay.run());
    let mounted = relay.layer().agent("ns/planner", tells("own"));
    let mut newer = Some(relay.layer().agent("ns/planner", tells("newer")));
    let (_, told) = register_through(mounted.clone(), "0.3", &receiver.url).await;
    let url = told.unwrap();
    let mut mounted = Some(mounted);
    for (count, expected) in [(1, "newer"), (2, "own"), (3, "c")] {
        push(&relay, &url, WORKING).await;
        let got = receiver.wait_for(count).await;
        let told: serde_json::Value = serde_json::from_str(&got[count - 1].body).unwrap();
        assert_eq!(told["contextId"], expected);
        let gone = newer.take().or_else(|| mounted.take());
        drop(gone);
    }
    run.abort();
}

#[tokio::test]
async fn keeps_the_order_of_one_registration() {
    let failing = answer("500 Internal Server Error");
    let receiver = Receiver::start(&[&failing, &failing, OK]).await;
    let relay = builder().build();
    let run = tokio::spawn(relay.run());
    let url = registered(&relay, "1.0", &receiver.url).await;
    for pushed in [WORKING, TASK] {
        push(&relay, &url, pushed).await;
    }
    let got = receiver.wait_for(4).await;
    let bodies: Vec<_> = got.iter().map(|got| &*got.body).collect();
    assert_eq!(bodies, [WORKING, WORKING, WORKING, TASK]);
    run.abort();
}

/// Fault A12: a receiver that fails is asked again, behind waits, and not for ever.
#[tokio::test]
async fn gives_up_behind_so_many_attempts() {
    for status in ["500 Internal Server Error", "429 Too Many Requests"] {
        let receiver = Receiver::start(&[&answer(status)]).await;
        let relay = builder().attempts(3).build();
        let run = tokio::spawn(relay.run());
        let url = registered(&relay, "1.0", &receiver.url).await;
        push(&relay, &url, TASK).await;
        receiver.wait_for(3).await;
        until(|| relay.shared().queue.is_empty()).await;
        assert_eq!(receiver.got().len(), 3, "{status}");
        run.abort();
    }
}

/// Fault A12: a receiver that never answers is left at the timeout; one that closes early or does not listen is asked again and then given up.
#[tokio::test]
async fn waits_for_no_receiver_without_end() {
    let silent = Receiver::start(&[""]).await;
    let closes = Receiver::start(&["HTTP/1.1 2"]).await;
    let closed = {
        let gone = Receiver::start(&[OK]).await;
        gone.url.clone()
    };
    let relay = builder()
        .timeout(Duration::from_millis(50))
        .attempts(2)
        .build();
    let run = tokio::spawn(relay.run());
    let begin = Instant::now();
    for url in [&silent.url, &closes.url, &closed] {
        let url = registered(&relay, "1.0", url).await;
        assert_eq!(push(&relay, &url, TASK).await.0, StatusCode::ACCEPTED);
    }
    until(|| relay.shared().queue.is_empty()).await;
    assert!(begin.elapsed() < Duration::from_secs(4));
    assert_eq!(silent.got().len(), 2);
    assert_eq!(closes.got().len(), 2);
    run.abort();
}

/// Fault A12: of an answer without an end the head is read and no more.
#[tokio::test]
async fn reads_nothing_of_a_huge_answer() {
    let huge = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n{}",
        "x".repeat(256 * 1024)
    );
    let receiver = Receiver::start(&[&huge]).await;
    let relay = builder().build();
    let run = tokio::spawn(relay.run());
    let url = registered(&relay, "1.0", &receiver.url).await;
    push(&relay, &url, TASK).await;
    receiver.wait_for(1).await;
    until(|| relay.shared().queue.is_empty()).await;
    assert_eq!(receiver.got().len(), 1, "it was delivered");
    run.abort();
}

/// Fault A12: a host at which attempts fail in a row is left alone for a while; others are not.
#[tokio::test]
async fn leaves_a_failing_host_alone() {
    let failing = Receiver::start(&[&answer("503 Service Unavailable")]).await;
    let fine = Receiver::start(&[OK]).await;
    let relay = builder().attempts(5).build();
    let run = tokio::spawn(relay.run());
    let url = registered(&relay, "1.0", &failing.url).await;
    push(&relay, &url, TASK).await;
    failing.wait_for(5).await;
    until(|| relay.shared().queue.is_empty()).await;
    push(&relay, &url, TASK).await;
    // The same machine by another address is another host.
    let other = fine.url.replace("127.0.0.1", "127.0.0.2");
    let other = registered(&relay, "1.0", &other).await;
    push(&relay, &other, TASK).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(failing.got().len(), 5);
    assert!(!relay.shared().queue.is_empty(), "it waits");
    run.abort();
}

/// Fault A11: a redirect is not followed, wherever it leads.
/// Fault A14: credentials go to the URL that they were registered for, and nowhere else; the agent's own do not.
#[tokio::test]
async fn follows_no_redirect() {
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let elsewhere = Receiver::start(&[OK]).await;
        let redirects = format!(
            "HTTP/1.1 {status}\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
            elsewhere.url
        );
        let receiver = Receiver::start(&[&redirects]).await;
        let relay = builder().build();
        let run = tokio::spawn(relay.run());
        let url = registered(&relay, "1.0", &receiver.url).await;
        push(&relay, &url, TASK).await;
        receiver.wait_for(1).await;
        until(|| relay.shared().queue.is_empty()).await;
        assert_eq!(receiver.got().len(), 1, "{status}: it is not asked again");
        assert!(elsewhere.got().is_empty(), "{status}");
        run.abort();
    }
}

/// Fault A11: a name that leads inside when it is dialled is not called (DNS rebinding), though its text was allowed when it was registered.
#[tokio::test]
async fn judges_the_address_that_is_dialled() {
    for (guard, count) in [(Guard::new().allow_http(), 0), (loopback(), 1)] {
        let receiver = Receiver::start(&[OK]).await;
        let relay = builder().guard(guard).build();
        let run = tokio::spawn(relay.run());
        let url = format!("http://localhost:{}/", receiver.port);
        let url = registered(&relay, "1.0", &url).await;
        assert_eq!(push(&relay, &url, TASK).await.0, StatusCode::ACCEPTED);
        until(|| relay.shared().queue.is_empty()).await;
        assert_eq!(receiver.got().len(), count);
        run.abort();
    }
}

/// Fault A11: what was allowed when it was registered is judged again before it is sent.
#[tokio::test]
async fn judges_the_url_again_before_it_is_sent() {
    let receiver = Receiver::start(&[OK]).await;
    let before = builder().build();
    let url = registered(&before, "1.0", &receiver.url).await;
    let after = builder().guard(Guard::new()).build();
    assert_eq!(push(&after, &url, TASK).await.0, StatusCode::NOT_FOUND);
    let again = builder().guard(loopback()).build();
    assert_eq!(push(&again, &url, TASK).await.0, StatusCode::ACCEPTED);
}
