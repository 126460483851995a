use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use agentgateway_core::telemetry::Propagation;
use arc_swap::{ArcSwap, ArcSwapOption};
use opentelemetry::{Context, Key, StringValue};

use super::{
    Scope, access_log::Log, otlp::Pipeline, sampling::Sampling, server::GatewayPropagation,
    stats::ExportStats,
};
use crate::expression::Expression;

/// The listeners of this process, each at a place that it keeps.
#[derive(Debug, Default)]
pub(super) struct Slots(ArcSwap<Vec<Arc<Slot>>>);

impl Slots {
    /// The listener at this place.
    pub(super) fn at(&self, index: usize) -> Option<Arc<Slot>> {
        self.0.load().get(index).cloned()
    }

    pub(super) fn all(&self) -> Arc<Vec<Arc<Slot>>> {
        self.0.load_full()
    }

    /// Adds those that are not known, all at once. The caller sees to it that it is alone.
    pub(super) fn extend<'a>(&self, known: &mut Known, scopes: impl Iterator<Item = &'a Scope>) {
        let mut all = Vec::clone(&self.0.load());
        for scope in scopes {
            let slot = || Slot::push(&mut all, scope);
            known.entry(scope.clone()).or_insert_with(slot);
        }
        self.0.store(Arc::new(all));
    }

    /// The one of this scope, added where it is not known. The caller sees to it that it is alone.
    pub(super) fn slot(&self, known: &mut Known, scope: &Scope) -> Arc<Slot> {
        let slot = || {
            let mut all = Vec::clone(&self.0.load());
            let slot = Slot::push(&mut all, scope);
            self.0.store(Arc::new(all));
            slot
        };
        known.entry(scope.clone()).or_insert_with(slot).clone()
    }
}

/// The listeners by name.
pub(super) type Known = HashMap<Scope, Arc<Slot>>;

/// One listener, and what rules it now.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) scope: Scope,
    pub(super) index: usize,
    /// None: nothing is traced.
    pub(super) rules: ArcSwapOption<Rules>,
    /// None: nothing is logged.
    pub(super) log: ArcSwapOption<Log>,
}

impl Slot {
    /// A new one behind all others.
    fn push(all: &mut Vec<Arc<Self>>, scope: &Scope) -> Arc<Self> {
        let slot = Arc::new(Self {
            scope: scope.clone(),
            index: all.len(),
            rules: ArcSwapOption::empty(),
            log: ArcSwapOption::empty(),
        });
        all.push(slot.clone());
        slot
    }
}

/// How the requests of a listener are traced.
pub(super) struct Rules {
    pub(super) gateway: StringValue,
    pub(super) sampling: Sampling,
    /// Which of the sampled requests are kept.
    pub(super) filter: Option<Expression>,
    /// Attributes of the server's span that are known with the request.
    pub(super) early: Vec<(Key, Expression)>,
    /// Those that the answer is needed for.
    pub(super) late: Vec<(Key, Expression)>,
    pub(super) remove: Vec<Key>,
    /// `traceparent` is read and written.
    pub(super) propagates: bool,
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) stats: ExportStats,
    pub(super) verdicts: Verdicts,
    /// What the span of a sampled request begins in.
    pub(super) sampled: Context,
    /// For what is inside a request that is sampled, and one that is not.
    pub(super) inside: [Propagation; 2],
    /// What the spans of a sampled request bear.
    pub(super) mark: Mark,
}

impl Rules {
    /// The contexts of a listener at this place.
    pub(super) fn contexts(mark: &Mark) -> (Context, [Propagation; 2]) {
        let inside = [false, true].map(|outer| {
            let mark = Mark {
                decided: false,
                outer,
                ..mark.clone()
            };
            Propagation::new(GatewayPropagation::new(Context::new().with_value(mark)))
        });
        (Context::new().with_value(mark.clone()), inside)
    }

    /// The filter asks about the answer.
    pub(super) fn filters_late(&self) -> bool {
        self.filter.as_ref().is_some_and(Expression::needs_response)
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("gateway", &self.gateway)
            .field("sampling", &self.sampling)
            .finish_non_exhaustive()
    }
}

/// In the context of every span of a request: whose it is.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// Among which its place counts: another [`Tracing`](super::Tracing) of this process has a
    /// listener at the same place.
    slots: Weak<Slots>,
    /// The place of its listener.
    pub(super) index: usize,
    /// The exchange, where a filter waits for its answer; else 0.
    pub(super) exchange: u64,
    /// It was decided that a span that begins in this context is sampled.
    pub(super) decided: bool,
    /// What was decided on the request, where this is not about the request itself.
    pub(super) outer: bool,
}

impl Mark {
    /// Of the requests of a listener that are sampled.
    pub(super) fn new(slots: &Arc<Slots>, index: usize) -> Self {
        Self {
            slots: Arc::downgrade(slots),
            index,
            exchange: 0,
            decided: true,
            outer: true,
        }
    }

    /// For the spans of one exchange.
    pub(super) fn of(&self, exchange: u64) -> Self {
        Self {
            exchange,
            ..self.clone()
        }
    }

    /// Whether its listener is one of these.
    pub(super) fn is_among(&self, slots: &Arc<Slots>) -> bool {
        // What is held weakly gives its address to nobody else.
        self.slots.as_ptr() == Arc::as_ptr(slots)
    }
}

/// Exchanges whose answers a filter refused, until their last span ends.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    last: AtomicU64,
    refused: Mutex<HashSet<u64>>,
    count: AtomicUsize,
}

impl Verdicts {
    /// The number of a new exchange.
    pub(super) fn exchange(&self) -> u64 {
        // 39 bits, as much as stands beside the place of a listener; 0 is none.
        self.last.fetch_add(1, Ordering::Relaxed) % ((1 << 39) - 1) + 1
    }

    pub(super) fn refuse(&self, exchange: u64) {
        self.refused().insert(exchange);
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether spans of this exchange are refused; `last` forgets it.
    pub(super) fn is_refused(&self, exchange: u64, last: bool) -> bool {
        if exchange == 0 || self.count.load(Ordering::Relaxed) == 0 {
            return false;
        }
        let mut refused = self.refused();
        if last {
            let found = refused.remove(&exchange);
            self.count.fetch_sub(usize::from(found), Ordering::Relaxed);
            found
        } else {
            refused.contains(&exchange)
        }
    }

    fn refused(&self) -> std::sync::MutexGuard<'_, HashSet<u64>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
