//! Spans that remember what was recorded on them.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

use agentgateway_core::telemetry::{Propagate, TraceContext};
use tracing::{
    Span, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt, registry::LookupSpan};

pub(crate) type Fields = BTreeMap<&'static str, String>;

/// Remembers the fields of every span, in the order in which they were opened.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<(u64, Fields)>>>);

impl Recorder {
    pub(crate) fn install(&self) -> DefaultGuard {
        tracing::subscriber::set_default(tracing_subscriber::registry().with(self.clone()))
    }

    pub(crate) fn spans(&self) -> Vec<Fields> {
        let spans = self.0.lock().unwrap();
        spans.iter().map(|(_, fields)| fields.clone()).collect()
    }
}

impl<S> Layer<S> for Recorder
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        let mut fields = Fields::new();
        attributes.record(&mut Visitor(&mut fields));
        self.0.lock().unwrap().push((id.into_u64(), fields));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut spans = self.0.lock().unwrap();
        if let Some((_, fields)) = spans.iter_mut().find(|(own, _)| *own == id.into_u64()) {
            values.record(&mut Visitor(fields));
        }
    }
}

struct Visitor<'a>(&'a mut Fields);

impl Visit for Visitor<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

/// Remembers which spans were tied together, numbered in the order in which they were met.
#[derive(Clone, Default)]
pub(crate) struct Links {
    ids: Arc<Mutex<Vec<u64>>>,
    told: Arc<Mutex<Vec<(u64, String)>>>,
}

impl Links {
    fn number(&self, span: &Span) -> u64 {
        let id = span.id().map_or(0, |id| id.into_u64());
        let mut ids = self.ids.lock().unwrap();
        let known = ids.iter().position(|known| *known == id);
        let at = known.unwrap_or_else(|| {
            ids.push(id);
            ids.len() - 1
        });
        at as u64 + 1
    }

    pub(crate) fn told(&self) -> Vec<String> {
        let told = self.told.lock().unwrap();
        told.iter()
            .map(|(number, what)| format!("{number} {what}"))
            .collect()
    }

    fn tell(&self, span: &Span, what: String) {
        let number = self.number(span);
        self.told.lock().unwrap().push((number, what));
    }
}

impl Propagate for Links {
    fn set_parent(&self, span: &Span, parent: &TraceContext) {
        self.tell(span, format!("under {}", parent.span_id()));
    }

    fn add_link(&self, span: &Span, other: &TraceContext) {
        self.tell(span, format!("linked to {}", other.span_id()));
    }

    fn context(&self, span: &Span) -> Option<TraceContext> {
        if span.is_disabled() {
            return None;
        }
        TraceContext::new(1, self.number(span), true)
    }
}
