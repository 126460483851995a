use agentgateway_core::Body;
use http::Request;

use super::support::{NO_TASK, Replicas, ask, made, send};
use crate::route::tasks::TaskAffinityLayer;

const HOSTS: [&str; 4] = ["a", "b", "c", "d"];

#[tokio::test]
async fn a_read_asks_the_others_until_one_knows_the_task() {
    let replicas = Replicas::default();
    let maker = replicas.behind(&HOSTS, None);
    for at in 0..20 {
        let (task, home) = made(&replicas, &maker).await;
        // It has heard of no task.
        let gateway = replicas.behind(&HOSTS, Some(TaskAffinityLayer::new("p").probe(3)));
        let before = replicas.asked_hosts().len();
        let params = format!("{{\"id\":\"{task}\"}}");
        let said = ask(&gateway, "GetTask", &params).await;
        assert!(!said.contains("error"), "{at}: {said}");
        let asked = replicas.asked_hosts().split_off(before);
        let mut each = asked.clone();
        each.sort();
        each.dedup();
        assert_eq!(each.len(), asked.len(), "each once: {asked:?}");
        assert_eq!(asked.last(), Some(&home));
        ask(&gateway, "GetTask", &params).await;
        assert_eq!(
            replicas.asked_hosts().len(),
            before + asked.len() + 1,
            "learnt"
        );
    }
}

#[tokio::test]
async fn asks_no_more_than_it_may_and_nobody_twice() {
    for (probes, hosts, most) in [(0, &HOSTS[..], 1), (2, &HOSTS, 3), (9, &HOSTS[..2], 3)] {
        let replicas = Replicas::default();
        let layer = TaskAffinityLayer::new("p").probe(probes);
        let gateway = replicas.behind(hosts, Some(layer));
        assert_eq!(ask(&gateway, "GetTask", r#"{"id":"x"}"#).await, NO_TASK);
        assert_eq!(replicas.asked_hosts().len(), most, "{probes}");
    }
}

#[tokio::test]
async fn a_get_has_a_body_that_can_be_sent_again() {
    let replicas = Replicas::default();
    let layer = TaskAffinityLayer::new("p").probe(2);
    let gateway = replicas.behind(&HOSTS, Some(layer));
    let request = Request::get("/tasks/x").header("a2a-version", "1.0");
    send(&gateway, request.body(Body::empty()).unwrap()).await;
    // The scripted replicas speak JSON-RPC: what says 200 has said something else.
    assert_eq!(replicas.asked_hosts().len(), 1);
}
