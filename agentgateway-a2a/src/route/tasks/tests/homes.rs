use std::{sync::Arc, time::Duration};

use agentgateway_core::store::{Later, MemoryTasks, StoreError, TaskIndex};

use super::support::{NO_TASK, Replicas, ask, made};
use crate::{A2aOperation, route::tasks::TaskAffinityLayer};

const HOSTS: [&str; 4] = ["a", "b", "c", "d"];

fn affinity() -> TaskAffinityLayer {
    TaskAffinityLayer::new("planner")
}

#[tokio::test]
async fn every_call_about_a_task_reaches_its_home() {
    let replicas = Replicas::default();
    let gateway = replicas.behind(&HOSTS, Some(affinity()));
    let mut homes = std::collections::HashSet::new();
    for _ in 0..40 {
        let (task, home) = made(&replicas, &gateway).await;
        for (method, params) in [
            ("GetTask", format!("{{\"id\":\"{task}\"}}")),
            ("tasks/get", format!("{{\"id\":\"{task}\"}}")),
            ("CancelTask", format!("{{\"id\":\"{task}\"}}")),
            (
                "SendMessage",
                format!(
                    "{{\"message\":{{\"messageId\":\"m\",\"taskId\":\"{task}\",\"parts\":[]}}}}"
                ),
            ),
        ] {
            let said = ask(&gateway, method, &params).await;
            assert!(!said.contains("error"), "{method}: {said}");
            assert_eq!(replicas.asked_hosts().last(), Some(&home), "{method}");
        }
        homes.insert(home);
    }
    assert!(homes.len() > 1, "more than one replica has tasks");
}

#[tokio::test]
async fn without_it_calls_miss() {
    let replicas = Replicas::default();
    let gateway = replicas.behind(&HOSTS, None);
    let mut missed = 0;
    for _ in 0..40 {
        let (task, _) = made(&replicas, &gateway).await;
        let said = ask(&gateway, "GetTask", &format!("{{\"id\":\"{task}\"}}")).await;
        missed += usize::from(said == NO_TASK);
    }
    assert!(missed > 0);
}

#[tokio::test]
async fn a_message_of_a_known_conversation_goes_where_the_conversation_is() {
    let replicas = Replicas::default();
    let gateway = replicas.behind(&HOSTS, Some(affinity()));
    for _ in 0..20 {
        let (task, home) = made(&replicas, &gateway).await;
        let params = format!(
            "{{\"message\":{{\"messageId\":\"m\",\"contextId\":\"c-{task}\",\"parts\":[]}}}}"
        );
        ask(&gateway, "SendMessage", &params).await;
        assert_eq!(replicas.asked_hosts().last(), Some(&home));
    }
}

#[tokio::test]
async fn a_home_that_is_gone_is_passed_over() {
    let replicas = Replicas::default();
    let layer = affinity();
    let gateway = replicas.behind(&["a"], Some(layer.clone()));
    let (task, _) = made(&replicas, &gateway).await;
    let gateway = replicas.behind(&["b"], Some(layer));
    let said = ask(&gateway, "GetTask", &format!("{{\"id\":\"{task}\"}}")).await;
    assert_eq!(said, NO_TASK, "b answers for itself");
}

#[tokio::test]
async fn gateways_that_share_an_index_know_each_others_homes() {
    let index: Arc<dyn TaskIndex> = Arc::new(MemoryTasks::new());
    let replicas = Replicas::default();
    let one = replicas.behind(&HOSTS, Some(affinity().shared(index.clone())));
    let other = replicas.behind(&HOSTS, Some(affinity().shared(index.clone())));
    let stranger = affinity().agent("another").shared(index.clone());
    let stranger = replicas.behind(&HOSTS, Some(stranger));
    let mut missed = 0;
    for _ in 0..20 {
        let (task, home) = made(&replicas, &one).await;
        let params = format!("{{\"id\":\"{task}\"}}");
        ask(&other, "GetTask", &params).await;
        assert_eq!(replicas.asked_hosts().last(), Some(&home));
        let said = ask(&stranger, "GetTask", &params).await;
        missed += usize::from(said == NO_TASK);
    }
    assert!(missed > 0, "agents of other names are rooms of their own");
}

/// An index that gives no word.
struct Away;

impl TaskIndex for Away {
    fn put(&self, _: &str, _: &str, _: Duration) -> Later<Result<(), StoreError>> {
        Later::soon(async { Err(StoreError::Away) })
    }

    fn home(&self, _: &str) -> Later<Result<Option<Arc<str>>, StoreError>> {
        Later::soon(async { Err(StoreError::Late) })
    }

    fn remove(&self, _: &str) -> Later<Result<(), StoreError>> {
        Later::Now(Err(StoreError::Away))
    }
}

#[tokio::test]
async fn an_index_that_is_away_stops_no_call() {
    let replicas = Replicas::default();
    let gateway = replicas.behind(&HOSTS, Some(affinity().shared(Arc::new(Away))));
    for _ in 0..10 {
        let (task, home) = made(&replicas, &gateway).await;
        ask(&gateway, "GetTask", &format!("{{\"id\":\"{task}\"}}")).await;
        assert_eq!(
            replicas.asked_hosts().last(),
            Some(&home),
            "this process knows"
        );
        let said = ask(&gateway, "GetTask", r#"{"id":"unknown"}"#).await;
        assert_eq!(said, NO_TASK);
    }
}

#[tokio::test]
async fn a_message_about_a_task_that_nobody_knows_is_sent_once() {
    let replicas = Replicas::default();
    let gateway = replicas.behind(&HOSTS, Some(affinity().probe(3)));
    for method in ["SendMessage", "CancelTask"] {
        let params =
            r#"{"id":"unknown","message":{"messageId":"m","taskId":"unknown","parts":[]}}"#;
        assert_eq!(ask(&gateway, method, params).await, NO_TASK);
    }
    assert_eq!(
        replicas.operations(),
        [A2aOperation::SendMessage, A2aOperation::CancelTask]
    );
}

#[tokio::test]
async fn ids_that_are_too_long_and_cards_are_left_alone() {
    let replicas = Replicas::default();
    let gateway = replicas.behind(&HOSTS, Some(affinity()));
    let id = "x".repeat(5000);
    let said = ask(&gateway, "GetTask", &format!("{{\"id\":\"{id}\"}}")).await;
    assert_eq!(said, NO_TASK);
}
