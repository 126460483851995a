use std::time::Duration;

use http::StatusCode;

use super::{
    super::registered::{Exhausted, MostRegistered, Registered},
    support::{TASK, WORKING, builder, push, register, registered},
};

const URL: &str = "https://victim.example/";

/// Fault A13: a client that registers webhooks without end at one host is stopped, with 429.
#[tokio::test]
async fn caps_the_registrations_of_one_host() {
    let relay = builder().max_registered(3, 1_000).build();
    for _ in 0..3 {
        registered(&relay, "1.0", URL).await;
    }
    for url in [URL, "https://VICTIM.example./other"] {
        let (answer, told) = register(&relay, "1.0", url).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(answer.text.contains("-31429"), "{}", answer.text);
        assert!(answer.text.contains("for this host"), "{}", answer.text);
        assert!(told.is_none(), "the agent was not asked");
    }
    registered(&relay, "1.0", "https://another.example/").await;
}

/// Fault A13: a client is stopped wherever its webhooks lead.
#[tokio::test]
async fn caps_the_registrations_of_one_caller() {
    let relay = builder().max_registered(1_000, 3).build();
    for host in 0..3 {
        registered(&relay, "1.0", &format!("https://h{host}.example/")).await;
    }
    let (answer, _) = register(&relay, "1.0", URL).await;
    assert!(
        answer.text.contains("you have registered too many"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn a_registration_counts_until_its_task_has_ended() {
    let relay = builder().max_registered(1, 1).build();
    let url = registered(&relay, "1.0", URL).await;
    push(&relay, &url, WORKING).await;
    assert!(register(&relay, "1.0", URL).await.1.is_none());
    push(&relay, &url, TASK).await;
    registered(&relay, "1.0", URL).await;
}

#[tokio::test(start_paused = true)]
async fn a_registration_counts_until_it_expires() {
    let most = MostRegistered {
        in_all: 2,
        per_host: 2,
        per_caller: 1,
    };
    let registered = Registered::new(most, Duration::from_secs(60));
    assert_eq!(registered.add("a", "h", 1), Ok(()));
    assert_eq!(registered.add("b", "h", 1), Err(Exhausted::Caller));
    assert_eq!(registered.add("b", "h", 2), Ok(()));
    assert_eq!(registered.add("c", "h", 3), Err(Exhausted::All));
    registered.remove("b");
    registered.remove("unknown");
    assert_eq!(registered.add("c", "h", 3), Ok(()));
    tokio::time::advance(Duration::from_secs(61)).await;
    for id in 0..1_000 {
        let id = id.to_string();
        assert_eq!(registered.add(&id, "h", 1), Ok(()));
        registered.remove(&id);
    }
}

/// Fault A13: what waits for one host, of one caller, and in bytes has a limit; the agent is told to come again.
#[tokio::test]
async fn caps_what_waits() {
    for relay in [
        builder().max_queued(2, 1_000).build(),
        builder().max_queued(1_000, 2).build(),
        builder().max_queued_bytes(2 * TASK.len()).build(),
    ] {
        // Nobody sends.
        let url = registered(&relay, "1.0", URL).await;
        for _ in 0..2 {
            assert_eq!(push(&relay, &url, TASK).await.0, StatusCode::ACCEPTED);
        }
        let (status, _) = push(&relay, &url, TASK).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    }
}
