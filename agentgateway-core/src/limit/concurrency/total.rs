use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// All that may be in flight, and who waits for a place.
#[derive(Clone, Debug)]
pub(super) struct Total {
    most: usize,
    places: Arc<Semaphore>,
    queue: Option<Queue>,
    waiting: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, Debug)]
struct Queue {
    most: usize,
    longest: Duration,
}

impl Total {
    pub(super) fn new(most: usize) -> Self {
        let most = most.min(Semaphore::MAX_PERMITS);
        Self {
            most,
            places: Arc::new(Semaphore::new(most)),
            queue: None,
            waiting: Arc::default(),
        }
    }

    pub(super) fn with_queue_of(self, other: &Self) -> Self {
        Self {
            queue: other.queue,
            ..self
        }
    }

    pub(super) const fn queue(&mut self, most: usize, longest: Duration) {
        self.queue = Some(Queue { most, longest });
    }

    pub(super) fn in_flight(&self) -> usize {
        self.most.saturating_sub(self.places.available_permits())
    }

    /// Those who wait have the first free places.
    pub(super) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Waits for a place, as long as one may; `None` where no more may wait.
    pub(super) fn wait(
        &self,
    ) -> Option<impl Future<Output = Option<OwnedSemaphorePermit>> + Send + use<>> {
        let queue = self.queue?;
        let waiting = Waiting::begin(&self.waiting, queue.most)?;
        let place = Arc::clone(&self.places).acquire_owned();
        Some(async move {
            let place = timeout(queue.longest, place).await;
            drop(waiting);
            place.ok()?.ok()
        })
    }
}

/// One who waits, until it is dropped.
struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    fn begin(count: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        let waiting = Self(Arc::clone(count));
        // Counted before it is compared: dropped, it is taken back.
        (count.fetch_add(1, Relaxed) < most).then_some(waiting)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
