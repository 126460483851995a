use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use crate::error::{Error, ErrorKind, Origin};

/// Tells answers to end: their connections are about to be cut, as at the deadline of a drain.
///
/// Who serves writes it into the extensions of requests, and [`TimeoutLayer`](crate::timeout::TimeoutLayer)
/// heeds it: an answer that is waited for, or has no end yet, fails then, and the protocol layer outside
/// says so as its protocol does. Clones are one.
#[derive(Clone, Default)]
pub struct Cutoff(Arc<Inner>);

#[derive(Default)]
struct Inner {
    has_come: AtomicBool,
    waiting: Mutex<Waiting>,
}

/// Places that are taken again: nothing is hashed, and little is allocated.
#[derive(Default)]
struct Waiting {
    wakers: Vec<Option<Waker>>,
    free: Vec<usize>,
}

impl Waiting {
    fn take(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.wakers.push(None);
            self.wakers.len() - 1
        })
    }

    fn put(&mut self, place: usize, waker: Option<Waker>) {
        if let Some(own) = self.wakers.get_mut(place) {
            *own = waker;
        }
    }
}

impl Cutoff {
    /// It has not come.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// It has come: wakes all who wait for it.
    pub fn come(&self) {
        self.0.has_come.store(true, Ordering::SeqCst);
        let woken: Vec<_> = {
            let mut waiting = self.0.waiting();
            waiting.wakers.iter_mut().filter_map(Option::take).collect()
        };
        woken.into_iter().for_each(Waker::wake);
    }

    /// For one answer.
    pub(crate) const fn awaited(self) -> Awaited {
        Awaited {
            cutoff: self,
            place: None,
        }
    }
}

impl fmt::Debug for Cutoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_come = self.0.has_come.load(Ordering::Relaxed);
        f.debug_tuple("Cutoff").field(&has_come).finish()
    }
}

impl Inner {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who waits for a [`Cutoff`].
pub(crate) struct Awaited {
    cutoff: Cutoff,
    /// Where its waker is.
    place: Option<(usize, Waker)>,
}

impl Awaited {
    /// Ready with what an answer then fails with. Nothing is locked while the same task polls it.
    pub(crate) fn poll(&mut self, cx: &Context<'_>) -> Poll<Error> {
        let known = self.place.as_ref();
        if known.is_none_or(|(_, waker)| !waker.will_wake(cx.waker())) {
            self.register(cx.waker());
        }
        if self.cutoff.0.has_come.load(Ordering::SeqCst) {
            let error = Error::new(ErrorKind::Overloaded, "the server is shutting down");
            return Poll::Ready(error.with_origin(Origin::Gateway));
        }
        Poll::Pending
    }

    /// Before it is asked whether it has come: a waker that comes too late is not missed.
    fn register(&mut self, waker: &Waker) {
        let mut waiting = self.cutoff.0.waiting();
        let place = match &self.place {
            Some((place, _)) => *place,
            None => waiting.take(),
        };
        waiting.put(place, Some(waker.clone()));
        drop(waiting);
        self.place = Some((place, waker.clone()));
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        if let Some((place, _)) = self.place.take() {
            let mut waiting = self.cutoff.0.waiting();
            waiting.put(place, None);
            waiting.free.push(place);
        }
    }
}

impl fmt::Debug for Awaited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Awaited").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio_test::{assert_pending, assert_ready, task};

    use super::*;

    #[test]
    fn all_who_wait_are_told_and_who_has_left_is_forgotten() {
        let cutoff = Cutoff::new();
        let wait = || {
            let mut awaited = cutoff.clone().awaited();
            task::spawn(poll_fn(move |cx| awaited.poll(cx)))
        };
        let (mut one, mut other, mut gone) = (wait(), wait(), wait());
        assert_pending!(one.poll());
        assert_pending!(one.poll());
        assert_pending!(other.poll());
        assert_pending!(gone.poll());
        let count = || cutoff.0.waiting().wakers.iter().flatten().count();
        assert_eq!(count(), 3);
        drop(gone);
        assert_eq!(count(), 2);
        let mut next = wait();
        assert_pending!(next.poll());
        assert_eq!(cutoff.0.waiting().wakers.len(), 3, "a place is taken again");
        drop(next);
        cutoff.come();
        for waiting in [&mut one, &mut other] {
            assert!(waiting.is_woken());
            let error = assert_ready!(waiting.poll());
            assert_eq!(error.kind(), ErrorKind::Overloaded);
        }
        // Who comes later need not be woken.
        assert_ready!(wait().poll());
        drop((one, other));
        assert_eq!(count(), 0);
    }

    #[test]
    fn another_task_takes_over() {
        let cutoff = Cutoff::new();
        let mut awaited = cutoff.clone().awaited();
        let poll = |awaited: &mut Awaited| {
            let mut waiting = task::spawn(poll_fn(|cx| awaited.poll(cx)));
            assert_pending!(waiting.poll());
        };
        poll(&mut awaited);
        poll(&mut awaited);
        assert_eq!(cutoff.0.waiting().wakers.iter().flatten().count(), 1);
        let mut last = task::spawn(poll_fn(move |cx| awaited.poll(cx)));
        assert_pending!(last.poll());
        cutoff.come();
        assert!(last.is_woken());
    }
}
