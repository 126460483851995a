use http::{request, response};
use tracing::{Span, record_all};

use crate::{body::End, error::Error};

/// What the span of one exchange is called and records.
///
/// Numbers are recorded as `i64`: what reads `tracing` fields for OpenTelemetry, whose integers are
/// signed, makes texts of others. Fields must be declared when the span is opened (`field::Empty` for what comes later); those that
/// the default methods record are `http.response.status_code`, `error.type`, `error.message` (what of an error is for
/// the operator alone), `otel.status_code` and `agentgateway.end`; the layer itself records `http.request.resend_count` where there is such a field.
pub trait Instrument: Clone + Send + Sync + 'static {
    /// Opens the span of this request.
    fn begin(&self, head: &request::Parts) -> Span;

    /// The answer's head has come.
    fn response(&self, span: &Span, head: &response::Parts);

    /// The service failed before the answer's head.
    fn failed(&self, span: &Span, error: &Error) {
        record_end(span, End::Failed(error));
    }

    /// The answer's body has ended.
    fn end(&self, span: &Span, end: End<'_>) {
        record_end(span, end);
    }
}

/// Records how an exchange ended, in the fields that [`Instrument`] names, and that it ended now.
pub fn record_end(span: &Span, end: End<'_>) {
    if span.is_disabled() {
        return;
    }
    let fault = match end {
        End::Failed(error) => Some(error.type_name()),
        End::Truncated => Some("truncated"),
        End::Complete | End::Dropped => None,
    };
    let detail = match end {
        End::Failed(error) => error.detail(),
        End::Complete | End::Truncated | End::Dropped => None,
    };
    record_all!(
        span,
        error.message = detail,
        agentgateway.end = end.as_str(),
        error.type = fault,
        otel.status_code = fault.map(|_| "ERROR"),
    );
    // A subscriber may take the last exit for the span's end (tracing-opentelemetry does), and a
    // body's frames are polled outside of the span.
    span.in_scope(|| ());
}
