//! What one read brought leaves as one frame, and what lies idle holds nobody's task.

use std::task::{Context, Poll, Wake, Waker};

use super::*;

#[tokio::test]
async fn events_that_came_together_leave_together() {
    let event = format!("120\r\ndata: {}\n\n\r\n", "x".repeat(280));
    assert_eq!(event.len(), 0x120 + 7);
    let whole = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}0\r\n\r\n",
        event.repeat(200)
    );
    let peer = Scripted::repeating(Box::leak(whole.into_boxed_str())).await;
    let client = Client::new();
    let mut body = call(&client, peer.get()).await.unwrap().into_body();
    let (mut frames, mut bytes) = (0, 0);
    while let Some(frame) = timeout(SOON, body.frame()).await.unwrap() {
        let data = frame.unwrap().into_data().unwrap();
        assert!(data.len() <= 16 * 1024);
        frames += 1;
        bytes += data.len();
    }
    assert_eq!(bytes, 200 * 0x120);
    // A read may end anywhere; that each event is a frame of its own is what must not be.
    assert!(frames <= 40, "{frames} frames");
}

struct Counted;

impl Wake for Counted {
    fn wake(self: Arc<Self>) {}
}

#[tokio::test]
async fn an_idle_connection_holds_no_waker_of_its_last_task() {
    let peer = Scripted::repeating(OK).await;
    let client = Client::new();
    let task = Arc::new(Counted);
    let waker = Waker::from(Arc::clone(&task));
    let cx = &mut Context::from_waker(&waker);
    let exchange = async { text(call(&client, peer.get()).await.unwrap()).await };
    let mut exchange = Box::pin(exchange);
    let done = async {
        while exchange.as_mut().poll(cx) == Poll::Pending {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, done).await.unwrap();
    drop(exchange);
    assert_eq!(client.idle(), 1);
    drop(waker);
    // The time driver may hold one until its timers' slots have passed; they are dropped here.
    assert_eq!(Arc::strong_count(&task), 1);
}
