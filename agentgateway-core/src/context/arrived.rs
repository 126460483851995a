use tokio::time::Instant;

/// When a request arrived.
///
/// Written by who takes requests in, where the time before a layer is to count with the time that the
/// layer limits ([`Clocks::request`](crate::timeout::Clocks::request)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arrived(Instant);

impl Arrived {
    /// Just now.
    #[must_use]
    pub fn now() -> Self {
        Self(Instant::now())
    }

    pub(crate) const fn moment(self) -> Instant {
        self.0
    }
}
