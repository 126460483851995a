use http::{HeaderMap, response};

use super::report::Report;
use crate::{
    body::End,
    context::{Meter, MeterTap, Used},
    envoy::fields,
    policy::{Decision, Follow},
};

/// What is left to do in an exchange that passes.
pub(super) struct Passing {
    headers: HeaderMap,
    /// Until there is an answer; then the tap has it.
    report: Option<Report>,
    tap: Option<MeterTap>,
}

impl Passing {
    pub(super) const fn new(headers: HeaderMap, report: Option<Report>) -> Self {
        Self {
            headers,
            report,
            tap: None,
        }
    }

    pub(super) fn decision(self) -> Decision {
        if self.headers.is_empty() && self.report.is_none() {
            return Decision::Pass;
        }
        Decision::Follow(Box::new(self))
    }
}

impl Follow for Passing {
    fn head(&mut self, head: &mut response::Parts) {
        for (name, value) in &self.headers {
            fields::append(&mut head.headers, name, value);
        }
        let Some(report) = self.report.take() else {
            return;
        };
        let send = move |used: Option<&Used>, _: End<'_>| {
            if let Some(tokens) = used.and_then(Used::total) {
                report.send(tokens);
            }
        };
        self.tap = Some(Meter::tap(&mut head.extensions, send));
    }

    fn end(&mut self, end: End<'_>) {
        if let Some(tap) = self.tap.take() {
            tap.end(end);
        }
    }
}
