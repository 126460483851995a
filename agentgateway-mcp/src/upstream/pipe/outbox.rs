use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use bytes::Bytes;
use tokio::sync::mpsc;

/// A message on its way to the server.
#[derive(Debug)]
pub(crate) struct Line {
    text: Bytes,
    /// The request that it is.
    request: Option<(u64, Arc<Fate>)>,
}

/// How far a request has come.
#[derive(Debug, Default)]
pub(crate) struct Fate(AtomicU8);

/// What is to be written to a server, in order.
#[derive(Debug)]
pub(crate) struct Outbox {
    requests: mpsc::Receiver<Line>,
    replies: mpsc::Receiver<Line>,
}

impl Line {
    pub(super) const fn new(text: Bytes) -> Self {
        Self {
            text,
            request: None,
        }
    }

    pub(super) const fn request(text: Bytes, id: u64, fate: Arc<Fate>) -> Self {
        Self {
            text,
            request: Some((id, fate)),
        }
    }

    /// The minted id, where it is a request.
    #[cfg(feature = "sse")]
    pub(crate) fn id(&self) -> Option<u64> {
        self.request.as_ref().map(|(id, _)| *id)
    }

    pub(crate) const fn text(&self) -> &Bytes {
        &self.text
    }

    /// Whether it is still wanted; from here on the server may have seen it.
    fn begin(&self) -> bool {
        self.request.as_ref().is_none_or(|(_, fate)| fate.begin())
    }
}

impl Fate {
    const QUEUED: u8 = 0;
    const BEGUN: u8 = 1;
    const REVOKED: u8 = 2;

    fn begin(&self) -> bool {
        self.leave_queue(Self::BEGUN)
    }

    /// Takes it back; false where it is written already.
    pub(super) fn revoke(&self) -> bool {
        self.leave_queue(Self::REVOKED)
    }

    pub(super) fn is_begun(&self) -> bool {
        self.0.load(Ordering::Acquire) == Self::BEGUN
    }

    fn leave_queue(&self, to: u8) -> bool {
        let (success, failure) = (Ordering::AcqRel, Ordering::Acquire);
        self.0
            .compare_exchange(Self::QUEUED, to, success, failure)
            .is_ok()
    }
}

impl Outbox {
    pub(super) const fn new(requests: mpsc::Receiver<Line>, replies: mpsc::Receiver<Line>) -> Self {
        Self { requests, replies }
    }

    /// The next line. Whoever takes it writes it.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Option<Line> {
        loop {
            // A reply is about something that is written already, so none is out of turn.
            let line = tokio::select! {
                biased;
                Some(line) = self.replies.recv() => line,
                Some(line) = self.requests.recv() => line,
                else => return None,
            };
            if line.begin() {
                return Some(line);
            }
        }
    }
}
