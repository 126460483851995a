use std::sync::Arc;

use agentgateway_core::telemetry::{HttpServer, Instrument, TraceContext};
use http::{Request, StatusCode, request};
use opentelemetry::{Context, Key, trace::TraceContextExt};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{Opened, propagation::remote};
use crate::{
    expression::{EvaluationError, Expression, Facts},
    telemetry::{otlp::attribute, processor::Ids, sampling::Decision, slot::Rules},
};

/// What waits for the head of the answer.
#[derive(Debug)]
pub(super) struct Late {
    span: Span,
    rules: Arc<Rules>,
    exchange: u64,
    /// The request, where an expression asks about both.
    head: Option<request::Parts>,
}

impl Rules {
    /// Decides on a request, and opens its span.
    pub(super) fn begin(self: &Arc<Self>, head: &mut request::Parts) -> Option<Box<Late>> {
        let parent = self
            .propagates
            .then(|| TraceContext::from_headers(&head.headers))
            .flatten();
        let ids = Ids::default();
        let facts = Facts::request(head);
        let decision = self
            .sampling
            .decide(parent.as_ref(), &facts, || ids.trace(), &self.stats);
        let late = match decision {
            Decision::Sampled(trace) if self.keeps(&facts) => {
                return self.open(head, trace, parent.as_ref());
            }
            Decision::Unsampled(trace) if self.propagates => {
                let span = parent
                    .as_ref()
                    .map_or_else(|| ids.span(), TraceContext::span_id);
                let state = parent.as_ref().and_then(TraceContext::state);
                if let Some(told) = TraceContext::new(trace, span, false) {
                    told.with_state(state).write(&mut head.headers);
                }
                None
            }
            Decision::Sampled(_) | Decision::Unsampled(_) | Decision::Untouched => None,
        };
        let [outside, _] = &self.inside;
        if self.propagates {
            head.extensions.insert(outside.clone());
        }
        late
    }

    /// The filter, where the request is all that it asks about.
    fn keeps(&self, facts: &Facts<'_>) -> bool {
        match &self.filter {
            Some(filter) if !filter.needs_response() => self.passes(filter, facts),
            _ => true,
        }
    }

    fn passes(&self, filter: &Expression, facts: &Facts<'_>) -> bool {
        filter.evaluate_bool(facts).unwrap_or_else(|_| {
            self.stats.expression_errors.inc();
            false
        })
    }

    fn open(
        self: &Arc<Self>,
        head: &mut request::Parts,
        trace: u128,
        parent: Option<&TraceContext>,
    ) -> Option<Box<Late>> {
        let span = HttpServer::default().begin(head);
        let exchange = if self.filters_late() {
            self.verdicts.exchange()
        } else {
            0
        };
        Ids::begin(trace, || {
            // A span that nobody records has no parent.
            let _ = span.set_parent(self.context(exchange, parent));
            // It begins here, with this trace's id.
            drop(span.context());
        });
        span.record("agentgateway.gateway", self.gateway.as_str());
        let facts = Facts::request(head);
        self.describe(&span, &self.early, &facts);
        let late = self.late(&span, exchange, head);
        let [_, inside] = &self.inside;
        if self.propagates {
            head.extensions.insert(inside.clone());
        }
        head.extensions.insert(Opened(span));
        late
    }

    fn context(&self, exchange: u64, parent: Option<&TraceContext>) -> Context {
        let marked;
        let base = if exchange == 0 {
            &self.sampled
        } else {
            marked = Context::new().with_value(self.mark.of(exchange));
            &marked
        };
        match parent {
            Some(parent) => base.with_remote_span_context(remote(parent)),
            None => base.clone(),
        }
    }

    fn describe(&self, span: &Span, attributes: &[(Key, Expression)], facts: &Facts<'_>) {
        for (key, expression) in attributes {
            match expression.evaluate_value(facts) {
                Ok(Some(value)) => span.set_attribute(key.clone(), attribute(&value)),
                Ok(None) => {}
                Err(error) => self.failed(&error),
            }
        }
    }

    /// A header that is not there is no fault.
    fn failed(&self, error: &EvaluationError) {
        if !error.is_missing() {
            self.stats.expression_errors.inc();
        }
    }

    fn late(
        self: &Arc<Self>,
        span: &Span,
        exchange: u64,
        head: &request::Parts,
    ) -> Option<Box<Late>> {
        if exchange == 0 && self.late.is_empty() {
            return None;
        }
        let filter = self.filter.iter().filter(|_| exchange != 0);
        let attributes = self.late.iter().map(|(_, expression)| expression);
        let both = filter.chain(attributes).any(Expression::needs_request);
        Some(Box::new(Late {
            span: span.clone(),
            rules: self.clone(),
            exchange,
            head: both.then(|| copy(head)),
        }))
    }
}

impl Late {
    /// The answer's head has come.
    pub(super) fn answered(self, code: StatusCode) {
        let facts = self.head.as_ref().map_or_else(Facts::none, Facts::request);
        let facts = facts.response(code);
        let rules = &self.rules;
        if self.exchange != 0
            && rules
                .filter
                .as_ref()
                .is_some_and(|filter| !rules.passes(filter, &facts))
        {
            rules.verdicts.refuse(self.exchange);
            return;
        }
        rules.describe(&self.span, &rules.late, &facts);
    }
}

/// What expressions may ask about.
pub(crate) fn copy(head: &request::Parts) -> request::Parts {
    let (mut copy, ()) = Request::new(()).into_parts();
    copy.method = head.method.clone();
    copy.uri = head.uri.clone();
    copy.version = head.version;
    copy.headers = head.headers.clone();
    if let Some(client) = head
        .extensions
        .get::<agentgateway_core::context::ClientAddr>()
    {
        copy.extensions.insert(*client);
    }
    copy
}
