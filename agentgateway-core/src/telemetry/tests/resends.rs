use std::fmt;

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use super::*;
use crate::context::Attempt;

/// Keeps the counts of resends that spans record.
#[derive(Clone, Default)]
struct Resends(Arc<Mutex<Vec<i64>>>);

impl Subscriber for Resends {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut Found(&mut self.0.lock().unwrap()));
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Found<'a>(&'a mut Vec<i64>);

impl Visit for Found<'_> {
    fn record_i64(&mut self, field: &Field, value: i64) {
        if field.name() == "http.request.resend_count" {
            self.0.push(value);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

#[test]
fn what_is_sent_again_says_how_often_it_was_sent_before() {
    let resends = Resends::default();
    tracing::subscriber::with_default(resends.clone(), || {
        let mut service = TelemetryLayer::client().layer(tower::service_fn(upstream));
        for attempt in [None, Some(1), Some(2), Some(3)] {
            let mut request = Request::get("http://h.test/")
                .body(Full::default())
                .unwrap();
            if let Some(number) = attempt {
                request.extensions_mut().insert(Attempt::new(number));
            }
            drop(service.call(request));
        }
    });
    assert_eq!(*resends.0.lock().unwrap(), [1, 2]);
}
