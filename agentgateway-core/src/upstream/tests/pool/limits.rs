//! How many connections, and who waits for one.

use std::sync::Mutex;

use tokio::sync::Semaphore;

use super::*;
use crate::{
    ErrorKind,
    upstream::{Addresses, Resolve, Resolving},
};

/// Answers when a permit is given for it.
async fn gated() -> (Scripted, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let wait = Arc::clone(&gate);
    let peer = Scripted::new(move |_, mut stream| {
        let wait = Arc::clone(&wait);
        async move {
            while try_read_head(&mut stream).await.is_some() {
                wait.acquire().await.unwrap().forget();
                if stream.write_all(OK.as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    })
    .await;
    (peer, gate)
}

#[tokio::test]
async fn no_more_connections_than_allowed_and_first_come_first_served() {
    let (peer, gate) = gated().await;
    let client = Client::builder().max_connections_per_host(2).build();
    let served = Arc::new(Mutex::new(Vec::new()));
    let mut running = tokio::task::JoinSet::new();
    for nth in 0..20 {
        let (client, request, order) = (client.clone(), peer.get(), Arc::clone(&served));
        running.spawn(async move {
            ok(&client, request).await;
            order.lock().unwrap().push(nth);
        });
        // Each has asked before the next does.
        tokio::task::yield_now().await;
    }
    for _ in 0..20 {
        gate.add_permits(1);
        timeout(SOON, running.join_next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
    }
    assert_eq!(peer.connections(), 2);
    let served = served.lock().unwrap();
    let late = served.iter().enumerate();
    // Two connections are answered in either order.
    assert!(
        late.clone().all(|(place, nth)| place.abs_diff(*nth) <= 1),
        "{served:?}"
    );
}

#[tokio::test]
async fn who_waits_too_long_is_told() {
    let (peer, gate) = gated().await;
    let client = Client::builder()
        .max_connections_per_host(1)
        .wait_deadline(Duration::from_millis(60))
        .build();
    let first = tokio::spawn({
        let (client, request) = (client.clone(), peer.get());
        async move { ok(&client, request).await }
    });
    until(|| peer.connections() == 1).await;
    let error = call(&client, peer.get()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overloaded);
    assert_eq!(
        error.message(),
        format!(
            "all 1 connections to http://{} were in use for 60ms",
            peer.addr
        )
    );
    gate.add_permits(2);
    timeout(SOON, first).await.unwrap().unwrap();
    ok(&client, peer.get()).await;
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn a_waiter_that_left_takes_nothing_with_it() {
    let (peer, gate) = gated().await;
    let client = Client::builder().max_connections_per_host(1).build();
    let first = tokio::spawn({
        let (client, request) = (client.clone(), peer.get());
        async move { ok(&client, request).await }
    });
    until(|| peer.connections() == 1).await;
    let impatient = call(&client, peer.get());
    assert!(timeout(Duration::from_millis(50), impatient).await.is_err());
    let third = tokio::spawn({
        let (client, request) = (client.clone(), peer.get());
        async move { ok(&client, request).await }
    });
    gate.add_permits(2);
    timeout(SOON, first).await.unwrap().unwrap();
    timeout(SOON, third).await.unwrap().unwrap();
    assert_eq!(peer.connections(), 1);
}

/// A place that comes free by a connection's death is passed on, too.
#[tokio::test]
async fn a_place_is_passed_on_when_its_connection_dies() {
    let peer = Scripted::new(|nth, mut stream| async move {
        while try_read_head(&mut stream).await.is_some() {
            if nth < 4 {
                return;
            }
            stream.write_all(OK.as_bytes()).await.unwrap();
        }
    })
    .await;
    let client = Client::builder().max_connections_per_host(1).build();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (client, request) = (client.clone(), peer.get());
        running.spawn(async move { call(&client, request).await.is_ok() });
    }
    let ended = timeout(SOON, running.join_all()).await.unwrap();
    assert_eq!(ended.iter().filter(|ok| !**ok).count(), 3);
    assert_eq!(peer.connections(), 4);
}

/// The first name is found at once, no other ever.
struct OnceFound {
    addr: SocketAddr,
    asked: AtomicUsize,
}

impl Resolve for OnceFound {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        let first = self.asked.fetch_add(1, SeqCst) == 0;
        Box::pin(async move {
            if !first {
                std::future::pending::<()>().await;
            }
            Ok(Addresses::new([self.addr.ip()]))
        })
    }
}

/// Fault H36: nobody waits for a pending connection alone; one that comes free is taken.
#[tokio::test]
async fn a_free_connection_is_taken_while_a_new_one_hangs() {
    let (peer, gate) = gated().await;
    let resolver = OnceFound {
        addr: peer.addr,
        asked: AtomicUsize::new(0),
    };
    let client = Client::builder().resolver(resolver).build();
    let request = || {
        let uri = format!("http://service.example:{}/", peer.addr.port());
        Request::get(uri).body(Body::empty()).unwrap()
    };
    let first = tokio::spawn({
        let (client, request) = (client.clone(), request());
        async move { ok(&client, request).await }
    });
    until(|| peer.connections() == 1).await;
    let second = tokio::spawn({
        let (client, request) = (client.clone(), request());
        async move { ok(&client, request).await }
    });
    tokio::task::yield_now().await;
    gate.add_permits(2);
    timeout(SOON, first).await.unwrap().unwrap();
    timeout(SOON, second).await.unwrap().unwrap();
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn no_more_lie_idle_than_allowed() {
    let (peer, gate) = gated().await;
    let client = Client::builder().max_idle_per_host(2).build();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (client, request) = (client.clone(), peer.get());
        running.spawn(async move { ok(&client, request).await });
    }
    until(|| peer.connections() == 6).await;
    gate.add_permits(6);
    timeout(SOON, running.join_all()).await.unwrap();
    assert_eq!(client.idle(), 2);
}
