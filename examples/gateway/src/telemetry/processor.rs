//! What the SDK asks of us: which spans are recorded, under which ids, and where they go.

use std::{cell::Cell, sync::Arc, time::Duration};

use opentelemetry::{
    Context, Key, KeyValue, Value,
    trace::{Link, Span as _, SpanId, SpanKind, TraceContextExt, TraceId},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{
        IdGenerator, RandomIdGenerator, SamplingDecision, SamplingResult, ShouldSample, Span,
        SpanData, SpanProcessor,
    },
};

use super::slot::{Mark, Rules, Slots};

/// Whose a span is, until it is exported.
const MARK: &str = "agentgateway.mark";

/// The bits of a mark that name the place of a listener.
const INDEX_BITS: u32 = 24;

/// Follows what was decided on the request.
#[derive(Clone, Debug)]
pub(super) struct Chooser(pub(super) Arc<Slots>);

impl Chooser {
    fn is_sampled(&self, context: &Context, trace_id: TraceId) -> bool {
        let mark = context.get::<Mark>();
        let Some(mark) = mark.filter(|mark| mark.is_among(&self.0)) else {
            return false;
        };
        let span = context.span();
        let parent = span.span_context();
        if parent.is_valid() && !parent.is_remote() {
            return parent.is_sampled();
        }
        if mark.decided {
            return true;
        }
        let Some(slot) = self.0.at(mark.index) else {
            return false;
        };
        let rules = slot.rules.load();
        rules.as_ref().is_some_and(|rules| {
            let trace = u128::from_be_bytes(trace_id.to_bytes());
            rules
                .sampling
                .decide_inner(trace, parent.is_sampled(), mark.outer)
        })
    }
}

impl ShouldSample for Chooser {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        let sampled = parent.is_some_and(|context| self.is_sampled(context, trace_id));
        SamplingResult {
            decision: if sampled {
                SamplingDecision::RecordAndSample
            } else {
                SamplingDecision::Drop
            },
            attributes: Vec::new(),
            trace_state: parent
                .map(|context| context.span().span_context().trace_state().clone())
                .unwrap_or_default(),
        }
    }
}

thread_local! {
    static NEXT_TRACE: Cell<Option<u128>> = const { Cell::new(None) };
}

/// Random ids; the id of a trace that was decided on before its first span began is that one.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids(RandomIdGenerator);

impl Ids {
    /// An id of a trace.
    pub(super) fn trace(&self) -> u128 {
        u128::from_be_bytes(self.0.new_trace_id().to_bytes())
    }

    /// An id of a span.
    pub(super) fn span(&self) -> u64 {
        u64::from_be_bytes(self.0.new_span_id().to_bytes())
    }

    /// A span without a parent that begins within `begin` is of this trace.
    pub(super) fn begin<T>(trace: u128, begin: impl FnOnce() -> T) -> T {
        NEXT_TRACE.set(Some(trace));
        let begun = begin();
        NEXT_TRACE.set(None);
        begun
    }
}

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        match NEXT_TRACE.take() {
            Some(trace) => TraceId::from(trace),
            None => self.0.new_trace_id(),
        }
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}

/// Gives each span to the collector of its listener.
#[derive(Clone, Debug)]
pub(super) struct Router(pub(super) Arc<Slots>);

impl SpanProcessor for Router {
    fn on_start(&self, span: &mut Span, context: &Context) {
        // The chooser has seen to it that it is of these places.
        if let Some(mark) = context.get::<Mark>() {
            let exchange = mark.exchange << INDEX_BITS;
            let packed = i64::try_from(exchange | mark.index as u64).unwrap_or_default();
            span.set_attribute(KeyValue::new(Key::from_static_str(MARK), packed));
        }
    }

    fn on_end(&self, mut span: SpanData) {
        let found = span.attributes.iter();
        let Some(at) = found
            .map(|found| found.key.as_str())
            .position(|key| key == MARK)
        else {
            return;
        };
        let Value::I64(packed) = span.attributes.remove(at).value else {
            return;
        };
        let packed = packed.unsigned_abs();
        let index = usize::try_from(packed & ((1 << INDEX_BITS) - 1)).unwrap_or(usize::MAX);
        let Some(slot) = self.0.at(index) else {
            return;
        };
        if let Some(rules) = &*slot.rules.load() {
            rules.take(span, packed >> INDEX_BITS);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl Rules {
    /// Takes a span that has ended.
    fn take(&self, mut span: SpanData, exchange: u64) {
        let first = span.parent_span_is_remote || span.parent_span_id == SpanId::INVALID;
        if self.verdicts.is_refused(exchange, first) {
            return;
        }
        if first && span.span_kind == SpanKind::Server {
            self.dress(&mut span);
        }
        self.pipeline.push(span);
    }

    /// The attributes of the server's span, as the policy wants them.
    fn dress(&self, span: &mut SpanData) {
        for (key, _) in self.early.iter().chain(&self.late) {
            let last = span.attributes.iter().rposition(|found| found.key == *key);
            let mut at = 0;
            span.attributes.retain(|found| {
                let stays = Some(at) == last || found.key != *key;
                at += 1;
                stays
            });
        }
        if !self.remove.is_empty() {
            let removed = |found: &KeyValue| self.remove.contains(&found.key);
            span.attributes.retain(|found| !removed(found));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two Gateways at one place, each of a tracing of its own, are not taken for one another.
    #[test]
    fn a_request_of_another_tracing_is_not_recorded() {
        let [own, other] = [(); 2].map(|()| Arc::<Slots>::default());
        let chooser = Chooser(own.clone());
        let sampled = |slots| {
            let context = Context::new().with_value(Mark::new(slots, 0));
            chooser.is_sampled(&context, TraceId::from(1))
        };
        assert!(sampled(&own));
        assert!(!sampled(&other));
    }
}
