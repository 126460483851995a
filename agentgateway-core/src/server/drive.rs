use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use hyper::{
    body::Incoming,
    rt::{Read, Write, bounds::Http2ServerConnExec},
    server::conn::{http1, http2},
    service::HttpService,
};
use tokio::{sync::watch, time::sleep};

use super::{
    activity::Activity,
    clock::{Clock, Expired, Phase, bearable},
    drain::{Signal, Stage, reached},
};
use crate::error::BoxError;

/// A connection of either protocol.
pub(super) trait Connection: Future<Output = hyper::Result<()>> {
    /// Ends it behind what is in flight. To be called once.
    fn close(self: Pin<&mut Self>);
}

impl<I, S, B> Connection for http1::Connection<I, S>
where
    S: HttpService<Incoming, ResBody = B>,
    S::Error: Into<BoxError>,
    I: Read + Write + Unpin,
    B: http_body::Body + 'static,
    B::Error: Into<BoxError>,
{
    fn close(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<I, S, B, E> Connection for http2::Connection<I, S, E>
where
    S: HttpService<Incoming, ResBody = B>,
    S::Error: Into<BoxError>,
    I: Read + Write + Unpin,
    B: http_body::Body + 'static,
    B::Error: Into<BoxError>,
    E: Http2ServerConnExec<S::Future, B>,
{
    fn close(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// Why a connection ended.
#[derive(Debug)]
pub(super) enum Ended {
    ByProtocol(hyper::Result<()>),
    ByClock(Expired),
}

/// Brings a connection to its end: by itself, by its clock, or because its listener ends.
///
/// It takes the connection pinned: a future holds all that is moved through it twice.
pub(super) async fn drive<C: Connection>(
    mut connection: Pin<&mut C>,
    activity: &Arc<Activity>,
    clock: Clock,
    signal: watch::Receiver<Signal>,
) -> Ended {
    let mut turned = pin!(reached(signal.clone(), Stage::Draining));
    let age = activity.config().max_connection_age;
    let mut age = age.map(|limit| Box::pin(sleep(bearable(limit))));
    let mut course = Course {
        activity,
        clock,
        stage: Stage::Serving,
        told: false,
        sweeps: Sweeps::new(signal.clone()),
    };
    poll_fn(move |cx| {
        activity.woken_by(cx.waker());
        if course.stage < Stage::Closing {
            if let Some(age) = &mut age {
                if age.as_mut().poll(cx).is_ready() {
                    course.turn(Stage::Closing);
                }
            }
            while let Poll::Ready(now) = turned.as_mut().poll(cx) {
                course.turn(now);
                if now >= Stage::Closing {
                    break;
                }
                turned.set(reached(signal.clone(), Stage::Closing));
            }
        }
        course.poll(connection.as_mut(), cx)
    })
    .await
}

struct Course<'a> {
    activity: &'a Activity,
    clock: Clock,
    stage: Stage,
    told: bool,
    sweeps: Sweeps,
}

/// Hears that idle connections are to be closed. Whoever waits for the stage is woken by it, too.
struct Sweeps {
    signal: watch::Receiver<Signal>,
    seen: u64,
}

impl Sweeps {
    fn new(signal: watch::Receiver<Signal>) -> Self {
        let seen = signal.borrow().sweeps;
        Self { signal, seen }
    }

    /// Whether there was one since it was asked last. Mostly a look at one number.
    fn heard(&mut self) -> bool {
        if !self.signal.has_changed().unwrap_or(false) {
            return false;
        }
        let now = self.signal.borrow_and_update().sweeps;
        std::mem::replace(&mut self.seen, now) != now
    }
}

impl Course<'_> {
    fn turn(&mut self, stage: Stage) {
        self.stage = stage;
        self.activity.make_last();
    }

    fn poll<C: Connection>(
        &mut self,
        mut connection: Pin<&mut C>,
        cx: &mut Context<'_>,
    ) -> Poll<Ended> {
        loop {
            if let Poll::Ready(result) = connection.as_mut().poll(cx) {
                return Poll::Ready(Ended::ByProtocol(result));
            }
            self.activity.unread().poll(cx);
            if self.sweeps.heard() && !self.told {
                if matches!(self.activity.phase(), Phase::Idle(..)) {
                    self.tell(connection.as_mut());
                    continue;
                }
                // HTTP/2 could be told only that nothing new is taken, while its streams go on.
                if !self.activity.is_http2() {
                    self.activity.make_last();
                }
            }
            if self.must_tell() {
                self.tell(connection.as_mut());
                continue;
            }
            match self.clock.poll_expired(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Expired::Idle) => self.tell(connection.as_mut()),
                Poll::Ready(Expired::Unread) => self.activity.unread().clear(),
                Poll::Ready(expired) => {
                    if expired == Expired::Blocked {
                        self.activity.sever();
                    }
                    return Poll::Ready(Ended::ByClock(expired));
                }
            }
        }
    }

    /// HTTP/1 has been told by its last answer, and an idle connection is left open while the
    /// listener takes new ones: the client's next request may be on its way. HTTP/2 has `GOAWAY`,
    /// which loses no request; a client that has just come may ask for something first.
    fn must_tell(&self) -> bool {
        let in_time = self.activity.is_http2() && self.activity.started() > 0;
        !self.told
            && match self.stage {
                Stage::Serving => false,
                Stage::Draining => in_time,
                Stage::Closing | Stage::Aborted => true,
            }
    }

    /// Once: what follows a second call is not said by hyper.
    fn tell<C: Connection>(&mut self, connection: Pin<&mut C>) {
        if !self.told {
            self.told = true;
            self.activity.make_last();
            connection.close();
        }
        self.clock.close();
    }
}
