//! An exchange that is dropped at each point where it may wait.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame};
use http_body_util::BodyExt;
use tokio_test::task::spawn;
use tower_service::Service;

use super::engine::Ids;
use crate::{
    body::Peeked,
    error::{BoxError, Error},
    protocol::*,
};

/// What must be given back; its clones are counted.
type Permit = Arc<()>;

/// Waits at every other poll.
#[derive(Clone, Debug, Default)]
struct Halts(bool);

impl Halts {
    fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        self.0 = !self.0;
        if self.0 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}

/// A body that waits before each frame and before its end.
struct Halting {
    frames: VecDeque<Bytes>,
    halts: Halts,
    _permit: Permit,
}

impl Halting {
    fn new(frames: &[&'static str], permit: &Permit) -> Self {
        Self {
            frames: frames
                .iter()
                .map(|frame| Bytes::from_static(frame.as_bytes()))
                .collect(),
            halts: Halts::default(),
            _permit: permit.clone(),
        }
    }
}

impl HttpBody for Halting {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        std::task::ready!(self.halts.poll(cx));
        Poll::Ready(self.frames.pop_front().map(|frame| Ok(Frame::data(frame))))
    }
}

/// Waits before it is ready, before its answer, and within it.
#[derive(Clone)]
struct Slow {
    halts: Halts,
    kind: &'static str,
    permit: Permit,
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<Halting>, BoxError>> + Send>>;

impl Service<Request<Peeked<Halting>>> for Slow {
    type Response = Response<Halting>;
    type Error = BoxError;
    type Future = Answering;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.halts.poll(cx).map(Ok)
    }

    fn call(&mut self, request: Request<Peeked<Halting>>) -> Answering {
        let (kind, permit, mut halts) = (self.kind, self.permit.clone(), Halts::default());
        Box::pin(async move {
            request.into_body().collect().await?;
            std::future::poll_fn(|cx| halts.poll(cx)).await;
            let body = Halting::new(&["da", "ta:\n", "\n"], &permit);
            Ok(Response::builder().header(kind, "1").body(body)?)
        })
    }
}

/// Polls so often and drops it; the ends that were told, what is still held, and whether it was done.
fn dropped_after(polls: usize, kind: &'static str) -> (Vec<String>, usize, bool) {
    let (ids, permit) = (Ids::default(), Permit::default());
    let slow = Slow {
        halts: Halts::default(),
        kind,
        permit: permit.clone(),
    };
    let mut service = ProtocolService::new(slow, ids.clone(), true);
    let body = Halting::new(&["i", "d"], &permit);
    let call = service.call(Request::post("/").body(body).unwrap());
    drop(service);
    let mut exchange = spawn(async move {
        let Ok(answer) = call.await;
        answer.into_body().collect().await.is_ok()
    });
    let done = (0..polls).any(|_| exchange.poll().is_ready());
    drop(exchange);
    (ids.ends(), Arc::strong_count(&permit) - 1, done)
}

/// Fault S20: an exchange that is dropped at any point where it waits gives back all that it held, and tells its end once.
#[test]
fn an_exchange_dropped_at_any_point_gives_all_back_and_ends_once() {
    for kind in ["x-pass", "x-events", "x-rewrite"] {
        for polls in 0..100 {
            let (ends, held, done) = dropped_after(polls, kind);
            assert_eq!(held, 0, "{kind}, {polls}");
            if done {
                assert_eq!(ends, ["id complete"], "{kind}");
                assert!(polls >= 8, "{kind}: only {polls} points were tried");
                break;
            }
            // Three points stand before the call is known: before each frame and before the end.
            let end = if polls <= 3 {
                "rejected canceled"
            } else {
                "id dropped"
            };
            assert_eq!(ends, [end], "{kind}, {polls}");
        }
    }
}
