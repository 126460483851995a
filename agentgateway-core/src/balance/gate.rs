use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

const TIME_BITS: u32 = 47;
const TIME_MAX: u64 = (1 << TIME_BITS) - 1;

/// The state of an endpoint, in one word: two requests never see halves of two states.
///
/// The lowest bit says whether a probe is under way, 47 bits are a time in milliseconds (0 when
/// closed), and the 16 upper bits count the ejections and the probes.
#[derive(Debug, Default)]
pub(super) struct Gate(AtomicU64);

/// What [`Gate`] held at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen(u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Healthy.
    Closed,
    /// Ejected; may be probed from this time on.
    Open(Duration),
    /// Ejected; a probe is under way, and is given up at this time.
    Probed(Duration),
}

impl Gate {
    pub(super) fn see(&self) -> Seen {
        Seen(self.0.load(Ordering::Acquire))
    }

    /// Changes the state unless it is another one by now. A closing keeps the epoch, so that who
    /// closed it still counts; all else begins a new one.
    pub(super) fn turn(&self, seen: Seen, state: State) -> Option<Seen> {
        let (time, probed) = match state {
            State::Closed => (0, 0),
            State::Open(time) => (time_of(time), 0),
            State::Probed(time) => (time_of(time), 1),
        };
        let epoch = u64::from(seen.epoch().wrapping_add(u16::from(time != 0)));
        let next = (epoch << (TIME_BITS + 1)) | (time << 1) | probed;
        self.0
            .compare_exchange(seen.0, next, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
            .then_some(Seen(next))
    }
}

impl Seen {
    pub(super) const fn epoch(self) -> u16 {
        (self.0 >> (TIME_BITS + 1)) as u16
    }

    pub(super) fn state(self) -> State {
        let time = (self.0 >> 1) & TIME_MAX;
        let moment = Duration::from_millis(time);
        match (time, self.0 & 1) {
            (0, _) => State::Closed,
            (_, 0) => State::Open(moment),
            _ => State::Probed(moment),
        }
    }

    pub(super) fn is_closed(self) -> bool {
        self.state() == State::Closed
    }
}

impl State {
    /// From when on a request may probe: the end of the ejection, or of the patience with a probe.
    pub(super) const fn due(self) -> Option<Duration> {
        match self {
            Self::Closed => None,
            Self::Open(time) | Self::Probed(time) => Some(time),
        }
    }
}

/// Rounded up, so that no probe is early; never 0, which means closed.
fn time_of(time: Duration) -> u64 {
    let millis = time.as_nanos().div_ceil(1_000_000);
    u64::try_from(millis).unwrap_or(TIME_MAX).clamp(1, TIME_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_state_and_counts_epochs() {
        let gate = Gate::default();
        let closed = gate.see();
        assert!(closed.is_closed());
        let due = Duration::from_micros(1_500);
        let open = gate.turn(closed, State::Open(due)).unwrap();
        assert_eq!(open.state(), State::Open(Duration::from_millis(2)));
        assert_eq!(open.epoch(), closed.epoch() + 1);
        assert_eq!(gate.turn(closed, State::Closed), None);
        let probed = gate.turn(open, State::Probed(Duration::MAX)).unwrap();
        assert_eq!(
            probed.state(),
            State::Probed(Duration::from_millis(TIME_MAX))
        );
        let closed = gate.turn(probed, State::Closed).unwrap();
        assert_eq!((closed.epoch(), closed.is_closed()), (2, true));
        let open = gate.turn(closed, State::Open(Duration::ZERO)).unwrap();
        assert!(!open.is_closed());
    }
}
