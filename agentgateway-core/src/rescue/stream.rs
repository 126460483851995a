use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::Frame;
use tokio::time::{Sleep, sleep};

use super::{Ending, Silence, Watch, units::Units};
use crate::{
    body::End,
    error::{BoxError, Error, ErrorKind},
};

/// Tells the end once.
pub(super) struct Guard<W> {
    watch: Option<W>,
    streams: bool,
}

impl<W: Watch> Guard<W> {
    pub(super) const fn new(watch: W, streams: bool) -> Self {
        Self {
            watch: Some(watch),
            streams,
        }
    }

    /// The end was told before.
    pub(super) const fn told() -> Self {
        Self {
            watch: None,
            streams: false,
        }
    }

    pub(super) const fn is_told(&self) -> bool {
        self.watch.is_none()
    }

    pub(super) fn tell(&mut self, end: End<'_>) {
        if let Some(mut watch) = self.watch.take() {
            watch.end(end);
        }
    }

    pub(super) fn frame(&mut self, frame: &Frame<Bytes>) {
        let Some(watch) = &mut self.watch else { return };
        if let Some(data) = frame.data_ref() {
            watch.data(data);
        } else if let Some(trailers) = frame.trailers_ref() {
            watch.trailers(trailers);
        }
    }

    pub(super) fn whole(&mut self, body: &[u8]) {
        if let Some(watch) = &mut self.watch {
            watch.whole(body);
        }
    }

    /// Ready when the last word was said and the service has had its time to end the stream. The alarm is set when
    /// this is asked for the first time.
    pub(super) fn poll_closed(
        &self,
        alarm: &mut Option<Pin<Box<Sleep>>>,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        match self.watch.as_ref().and_then(Watch::closes_within) {
            Some(within) => alarm
                .get_or_insert_with(|| Box::pin(sleep(within)))
                .as_mut()
                .poll(cx),
            None => Poll::Pending,
        }
    }

    /// The client has left. Behind the end marker it has had the whole answer, if all was `sent`.
    pub(super) fn left(&mut self, sent: bool) {
        let whole = sent && self.streams && self.is_complete();
        self.tell(if whole { End::Complete } else { End::Dropped });
    }

    fn is_complete(&self) -> bool {
        self.watch
            .as_ref()
            .is_some_and(|watch| watch.ending() == Ending::Complete)
    }
}

/// One step of a stream. Each step answers whether the inner body is to be polled again.
pub(super) struct Stream<'a, W: Watch> {
    pub(super) units: &'a mut Units,
    pub(super) watch: &'a mut Guard<W>,
    pub(super) queue: &'a mut VecDeque<Bytes>,
    pub(super) trailers: &'a mut Option<Box<HeaderMap>>,
    pub(super) abort: &'a mut Option<Error>,
}

impl<W: Watch> Stream<'_, W> {
    /// The inner body has brought this.
    pub(super) fn step<E>(&mut self, frame: Option<Result<Frame<Bytes>, E>>) -> bool
    where
        E: Into<BoxError>,
    {
        match frame {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => {
                    self.units.feed(data);
                    self.turn()
                }
                Err(frame) => {
                    *self.trailers = frame.into_trailers().ok().map(Box::new);
                    true
                }
            },
            Some(Err(error)) => {
                self.failed(Error::from_boxed(error.into()));
                false
            }
            None => {
                self.ended();
                false
            }
        }
    }

    /// The inner body has brought nothing: ready when something is done about it.
    pub(super) fn poll_silent(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let Some(watch) = &mut self.watch.watch else {
            return Poll::Pending;
        };
        Poll::Ready(match ready!(watch.poll_silent(cx)) {
            Silence::Break(bytes) => {
                self.queue.push_back(bytes);
                true
            }
            Silence::Fail(error) => {
                self.failed(error);
                false
            }
        })
    }

    /// Some of the last chunk is shown.
    pub(super) fn turn(&mut self) -> bool {
        let Some(watch) = &mut self.watch.watch else {
            return false;
        };
        if let Err(error) = self.units.turn(watch, self.queue) {
            self.failed(error);
            return false;
        }
        true
    }

    /// A failure behind the end marker takes nothing from the client.
    fn failed(&mut self, error: Error) {
        self.units.give_up();
        if self.watch.is_complete() {
            self.watch.tell(End::Complete);
            return;
        }
        let watch = self.watch.watch.as_ref();
        let told = watch.and_then(|watch| self.units.say(watch, &error));
        self.watch.tell(End::Failed(&error));
        self.say(told, error);
    }

    fn ended(&mut self) {
        let Some(watch) = &mut self.watch.watch else {
            return;
        };
        let rest = self.units.finish(watch);
        let end = match watch.ending() {
            Ending::Complete | Ending::Endless => End::Complete,
            Ending::Resumable => End::Truncated,
            Ending::Truncated => {
                let error = Error::new(
                    ErrorKind::BadAnswer,
                    "the stream ended without its end marker: the answer is not complete",
                );
                let told = self.units.say(watch, &error);
                self.watch.tell(End::Truncated);
                self.say(told, error);
                return;
            }
        };
        self.queue.extend(rest);
        self.watch.tell(end);
    }

    /// A stream that cannot tell its error is aborted: a clean end would be a lie.
    fn say(&mut self, told: Option<Bytes>, error: Error) {
        match told {
            Some(told) => self.queue.push_back(told),
            None => *self.abort = Some(error),
        }
    }
}
