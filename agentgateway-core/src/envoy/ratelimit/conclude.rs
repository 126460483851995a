//! What comes of the service's answer.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, request};

use super::{answer, exchange::Passing, policy::Inner, report::Report};
use crate::{
    envoy::{
        Failure, Trail, fields,
        wire::ratelimit::{Code, RateLimitRequest, RateLimitResponse},
    },
    error::{Error, ErrorKind},
    policy::{Decision, FailureMode},
};

/// When it is worth another try, where the service gives no word.
const RETRY_AFTER: Duration = Duration::from_secs(1);

impl Inner {
    pub(super) fn report(&self, request: RateLimitRequest, trail: Trail) -> Report {
        Report {
            policy: Arc::clone(&self.name),
            method: self.method.clone(),
            request,
            trail,
            reports: self.reports.clone(),
            counters: Arc::clone(&self.counters),
        }
    }

    pub(super) fn conclude(
        &self,
        answer: Result<RateLimitResponse, Failure>,
        report: Option<Report>,
        head: &mut request::Parts,
    ) -> Decision {
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) => return self.failed(failure, report),
        };
        match Code::try_from(answer.overall_code) {
            Ok(Code::Ok) => self.passes(&answer, report, head),
            Ok(Code::OverLimit) => self.refuses(answer),
            Ok(Code::Unknown) | Err(_) => {
                let failure = Failure::Invalid("it says neither yes nor no");
                self.failed(failure, report)
            }
        }
    }

    fn passes(
        &self,
        answer: &RateLimitResponse,
        report: Option<Report>,
        head: &mut request::Parts,
    ) -> Decision {
        self.counters.passed.add();
        for (name, value) in &answer::named(&answer.request_headers_to_add) {
            fields::append(&mut head.headers, name, value);
        }
        let headers = self.headers(answer);
        Passing::new(headers, report).decision()
    }

    fn refuses(&self, answer: RateLimitResponse) -> Decision {
        self.counters.over_limit.add();
        let mut headers = self.headers(&answer);
        if answer.raw_body.is_empty() {
            fields::without_content(&mut headers);
        }
        let mut error =
            Error::new(ErrorKind::RateLimited, "the rate limit is reached").with_headers(headers);
        if let Some(delay) = answer::retry_after(&answer) {
            error = error.with_retry_after(delay);
        }
        if answer.raw_body.is_empty() {
            return Decision::Refuse(error);
        }
        self.answers(&error, answer.raw_body)
    }

    /// In the service's own words.
    fn answers(&self, error: &Error, body: Bytes) -> Decision {
        tracing::info!(
            target: "agentgateway_core::envoy",
            policy = &*self.name,
            "answered as the rate limit service says"
        );
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        error.write_headers(response.headers_mut());
        Decision::answer(response)
    }

    /// What a client is told of its limits.
    fn headers(&self, answer: &RateLimitResponse) -> HeaderMap {
        let mut headers = answer::named(&answer.response_headers_to_add);
        if self.tells_clients {
            answer::tell(answer, &mut headers);
        }
        headers
    }

    fn failed(&self, failure: Failure, report: Option<Report>) -> Decision {
        self.counters.failures.add(&failure, self.failure_mode);
        tracing::warn!(
            target: "agentgateway_core::envoy",
            policy = &*self.name,
            reason = failure.as_str(),
            mode = ?self.failure_mode,
            error = &failure as &dyn std::error::Error,
            "the rate limit service gave no word"
        );
        match self.failure_mode {
            FailureMode::Open => Passing::new(HeaderMap::new(), report).decision(),
            FailureMode::Closed => {
                let words = "the rate limits cannot be checked now, try again later";
                let error = Error::new(self.failure_kind, words);
                Decision::Refuse(error.with_retry_after(RETRY_AFTER).with_source(failure))
            }
        }
    }
}
