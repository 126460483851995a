use http::{HeaderMap, response};

use super::{Settlement, report::Report};
use crate::{
    envoy::fields,
    policy::{Decision, Follow},
};

/// What is left to do in an exchange that passes.
pub(super) struct Passing {
    pub(super) headers: HeaderMap,
    pub(super) report: Option<Report>,
}

impl Passing {
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
        if let Some(report) = self.report.take() {
            Settlement::wait(report, &mut head.extensions);
        }
    }
}
