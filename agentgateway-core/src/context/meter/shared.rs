use std::{
    fmt, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::Extensions;

use super::{MeterClaim, MeterTap, Used};
use crate::body::End;

/// What somebody does when it is known what a call used: `None` when nobody read it.
type OnUsed = Box<dyn FnOnce(Option<&Used>, End<'_>) + Send>;

/// Waits in an answer's extensions for whoever can read what the call used.
///
/// A policy inside [taps](Self::tap) it when it sees the head; the protocol layer outside, which
/// watches the answer, [claims](Self::claim) it when it sees the head, and settles it when the
/// answer has ended. Every tap is told exactly once: by the claim, by the claim's `drop` when it was
/// not settled, or, where nobody has claimed, by itself at the body's end.
///
/// # Example
/// ```
/// use agentgateway_core::{body::End, context::{Meter, Used}};
/// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
///
/// let mut answer = http::Response::new(());
/// let spent = Arc::new(AtomicU64::new(0));
///
/// // The policy, at the head:
/// let counter = Arc::clone(&spent);
/// let tap = Meter::tap(answer.extensions_mut(), move |used, _| {
///     let tokens = used.and_then(Used::total).unwrap_or(1000);
///     counter.fetch_add(tokens, Ordering::Relaxed);
/// });
/// // The protocol layer, at the head and at the end:
/// let claim = Meter::claim(answer.extensions_mut()).expect("a policy asks");
/// claim.settle(&Used::tokens(20, 5), End::Complete);
/// // The policy, at the body's end: it was told already.
/// tap.end(End::Complete);
/// assert_eq!(spent.load(Ordering::Relaxed), 25);
/// ```
#[derive(Clone)]
pub struct Meter(pub(super) Arc<Shared>);

#[derive(Default)]
pub(super) struct Shared(Mutex<State>);

#[derive(Default)]
struct State {
    claimed: bool,
    taps: Vec<Option<OnUsed>>,
}

impl Meter {
    /// Asks what the call used. `on_used` is called once, where the exchange ends, in a `poll` or a
    /// `drop`: it must not block.
    pub fn tap(
        extensions: &mut Extensions,
        on_used: impl FnOnce(Option<&Used>, End<'_>) + Send + 'static,
    ) -> MeterTap {
        let meter = extensions
            .get::<Self>()
            .filter(|meter| !meter.0.state().claimed)
            .cloned()
            .unwrap_or_else(|| Self(Arc::default()));
        let place = {
            let mut state = meter.0.state();
            state.taps.push(Some(Box::new(on_used)));
            state.taps.len() - 1
        };
        extensions.insert(meter.clone());
        MeterTap::new(meter.0, place)
    }

    /// Promises to tell what the call used. `None` where nobody asks, or another has promised.
    #[must_use]
    pub fn claim(extensions: &mut Extensions) -> Option<MeterClaim> {
        let Self(shared) = extensions.remove::<Self>()?;
        let first = !mem::replace(&mut shared.state().claimed, true);
        first.then(|| MeterClaim::new(shared))
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").finish_non_exhaustive()
    }
}

impl Shared {
    /// The claim tells every tap that was not told.
    pub(super) fn tell_all(&self, used: Option<&Used>, end: End<'_>) {
        let taps = mem::take(&mut self.state().taps);
        for on_used in taps.into_iter().flatten() {
            on_used(used, end);
        }
    }

    /// A tap tells itself, unless a claim will.
    pub(super) fn tell(&self, place: usize, end: End<'_>) {
        let on_used = {
            let mut state = self.state();
            if state.claimed {
                return;
            }
            state.taps.get_mut(place).and_then(Option::take)
        };
        if let Some(on_used) = on_used {
            on_used(None, end);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
