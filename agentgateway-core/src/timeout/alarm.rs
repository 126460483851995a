use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

use crate::error::{Error, ErrorKind, Origin};

/// An alarm that rings so much later than it was set for tells of this process and not of a service.
const TOLERANCE: Duration = Duration::from_secs(1);

/// Rings at a moment. Its timer is made when somebody waits for it.
#[derive(Debug)]
pub(super) struct Alarm {
    due: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Alarm {
    pub(super) const fn at(due: Instant) -> Self {
        Self { due, sleep: None }
    }

    /// Ready with the error once it has rung.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, words: &'static str) -> Poll<Error> {
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(sleep_until(self.due)));
        sleep.as_mut().poll(cx).map(|()| missed(self.due, words))
    }
}

/// The error of who waited until `due`.
///
/// The upstream's, unless this process stood still when the time came: it was stopped or starved, and
/// the answer may be here.
pub(crate) fn missed(due: Instant, words: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    let error = Error::new(ErrorKind::Timeout, words);
    if due.elapsed() > TOLERANCE {
        error.with_origin(Origin::Gateway)
    } else {
        error
    }
}
