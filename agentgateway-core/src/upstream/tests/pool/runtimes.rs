//! One client in several runtimes, one after the other and at once.

use tokio::runtime::Builder;

use super::*;

#[test]
fn connections_stay_in_the_runtime_that_opened_them() {
    let serving = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let peer = serving.block_on(Scripted::repeating(OK));
    let client = Client::new();
    for nth in 1..4 {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            ok(&client, peer.get()).await;
            ok(&client, peer.get()).await;
        });
        assert_eq!(peer.connections(), nth);
        // Its connection lies idle without a driver, and the next runtime does not take it.
        drop(runtime);
    }
}

#[test]
fn current_thread_runtimes_share_a_client() {
    let serving = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let peer = serving.block_on(Scripted::repeating(OK));
    let client = Client::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let runtime = Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    for _ in 0..50 {
                        ok(&client, peer.get()).await;
                    }
                });
            });
        }
    });
    assert_eq!(peer.connections(), 4);
}

/// With one place, a connection that lies idle in a runtime that is gone makes room.
#[test]
fn an_idle_connection_of_another_runtime_makes_room() {
    let serving = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let peer = serving.block_on(Scripted::repeating(OK));
    let client = Client::builder().max_connections_per_host(1).build();
    for _ in 0..3 {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(ok(&client, peer.get()));
    }
    assert_eq!(peer.connections(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tasks_on_many_threads_use_few_connections() {
    let peer = Scripted::repeating(OK).await;
    let client = Client::builder().max_connections_per_host(8).build();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let (client, addr) = (client.clone(), peer.addr);
        running.spawn(async move {
            for _ in 0..100 {
                // Not idempotent: a connection that broke would not be hidden by a second attempt.
                let mut request = get(addr, "/");
                *request.method_mut() = http::Method::POST;
                ok(&client, request).await;
            }
        });
    }
    timeout(SOON * 4, running.join_all()).await.unwrap();
    assert!(peer.connections() <= 8, "{}", peer.connections());
}
