//! An agent of two replicas, each with tasks of its own, behind one Service.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod scene;

use serde_json::{Value, json};

use crate::scene::{Scene, id, state};

/// The message that begins a task which works until it is canceled.
fn slow() -> Value {
    let message = json!({"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "slow"}]});
    json!({"message": message, "configuration": {"returnImmediately": true}})
}

/// Without a home for each task, each call after the first would miss in half of the cases.
#[tokio::test(flavor = "multi_thread")]
async fn every_call_about_a_task_finds_its_replica() {
    let scene = Scene::start().await;
    let mut tasks = Vec::new();
    // Streams that stay open are load, which sends the next call to the other replica.
    let mut open = Vec::new();
    for at in 0..20 {
        let made = match at % 3 {
            0 => scene.rpc("SendMessage", slow()).await["result"]["task"].clone(),
            1 => scene.rest("POST", "/message:send", slow()).await["task"].clone(),
            _ => {
                let mut stream = scene.stream("SendStreamingMessage", slow()).await;
                let first = stream.event().await.expect("it begins with the task");
                open.push(stream);
                first["result"]["task"].clone()
            }
        };
        tasks.push(id(&made));
    }
    let mut homes = [0, 0];
    for task in &tasks {
        let has = scene.replicas_with(task).await;
        assert_eq!(has.iter().filter(|has| **has).count(), 1, "one has {task}");
        homes[usize::from(has[1])] += 1;
    }
    assert!(homes[0] > 0 && homes[1] > 0, "both have some: {homes:?}");

    for (at, task) in tasks.iter().enumerate() {
        let about = json!({"id": task});
        let read = scene.rpc("GetTask", about.clone()).await;
        assert_eq!(id(&read["result"]), *task, "{read}");
        let read = scene.rpc("tasks/get", about.clone()).await;
        assert_eq!(id(&read["result"]), *task, "{read}");
        let read = scene
            .rest("GET", &format!("/tasks/{task}"), json!({}))
            .await;
        assert_eq!(id(&read), *task, "{read}");

        let mut stream = scene.stream("SubscribeToTask", about.clone()).await;
        let first = stream.event().await.expect("it begins with the task");
        assert_eq!(id(&first["result"]["task"]), *task, "{first}");
        drop(stream);

        let canceled = match at % 2 {
            0 => {
                scene
                    .rest("POST", &format!("/tasks/{task}:cancel"), json!({}))
                    .await
            }
            _ => scene.rpc("CancelTask", about).await["result"].clone(),
        };
        assert_eq!(state(&canceled), "TASK_STATE_CANCELED", "{canceled}");
    }
}

/// Fault A19: a client that leaves its stream cancels nothing, and may subscribe again.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_its_stream_cancels_nothing() {
    let scene = Scene::start().await;
    for _ in 0..4 {
        let mut stream = scene.stream("SendStreamingMessage", slow()).await;
        let first = stream.event().await.expect("it begins with the task");
        let task = id(&first["result"]["task"]);
        drop(stream);

        let about = json!({"id": task});
        let mut again = scene.stream("SubscribeToTask", about.clone()).await;
        let working = "TASK_STATE_WORKING";
        while state(&again.event().await.expect("it goes on")["result"]["statusUpdate"]) != working
        {
        }
        let read = scene.rpc("GetTask", about.clone()).await;
        assert_eq!(state(&read["result"]), working, "{read}");
        scene.rpc("CancelTask", about).await;
    }
}

/// Fault A18 (part): of three who subscribe to a task one does not read; the others are told all.
#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_holds_no_other_subscriber() {
    let scene = Scene::start().await;
    let made = scene.rpc("SendMessage", slow()).await;
    let about = json!({"id": id(&made["result"]["task"])});
    let silent = scene.stream("SubscribeToTask", about.clone()).await;
    let mut readers = Vec::new();
    for _ in 0..2 {
        let mut stream = scene.stream("SubscribeToTask", about.clone()).await;
        stream.event().await.expect("it begins with the task");
        readers.push(stream);
    }
    scene.rpc("CancelTask", about).await;
    for reader in &mut readers {
        let mut last = Value::Null;
        while let Some(event) = reader.event().await {
            last = event;
        }
        let update = &last["result"]["statusUpdate"];
        assert_eq!(state(update), "TASK_STATE_CANCELED", "{last}");
    }
    drop(silent);
}
