use std::time::SystemTime;

use http::response;

use super::Outcome;
use crate::{
    body::End,
    error::{Error, ErrorKind, Origin, retry_after},
};

/// Says what an exchange means for its endpoint.
///
/// A closure over the head is one: it says which answers are failures, and the rest is as
/// [`ByStatus`] has it.
///
/// ```
/// use agentgateway_core::balance::{Classify, Outcome};
///
/// let unhealthy = |head: &http::response::Parts| {
///     (head.status.as_u16() >= 500).then_some(Outcome::Failure)
/// };
/// let (head, ()) = http::Response::builder().status(503).body(()).unwrap().into_parts();
/// assert_eq!(Classify::head(&unhealthy, &head), Some(Outcome::Failure));
/// ```
pub trait Classify {
    /// The head of the answer: an outcome when it already tells that the endpoint failed; none when
    /// the end of the body decides.
    fn head(&self, head: &response::Parts) -> Option<Outcome> {
        by_status(head, None)
    }

    /// There was no answer.
    fn error(&self, error: &Error) -> Outcome {
        by_error(error)
    }

    /// The body ended.
    fn end(&self, end: End<'_>) -> Outcome {
        match end {
            End::Complete => Outcome::Success,
            End::Truncated => Outcome::Failure,
            End::Failed(error) => self.error(error),
            End::Dropped => Outcome::Canceled,
        }
    }
}

/// The default: statuses and errors as HTTP means them.
///
/// | what came | outcome |
/// |---|---|
/// | 429, 503, 529 (Anthropic's "overloaded") | `Overloaded`, with `Retry-After` |
/// | other 5xx, but 501 and 505 | `Failure` |
/// | `Timeout`, `Unavailable`, `BadAnswer` of the upstream's origin | `Failure` |
/// | `Overloaded`, `RateLimited` of the upstream's origin | `Overloaded` |
/// | other errors: the request's own fault, or the gateway's | `Canceled` |
/// | a body that ended whole | `Success` |
/// | a body that the client left | `Canceled` |
///
/// A `Retry-After` that is a date counts from the head's `Date`; without one, from the
/// [clock](Self::clock), or it is not read.
///
/// # Source
/// RFC 9110, sections 10.2.3 (`Retry-After`) and 15.6; RFC 6585, section 4 (429).
#[derive(Clone, Copy, Debug, Default)]
pub struct ByStatus {
    clock: Option<fn() -> SystemTime>,
}

impl ByStatus {
    /// Without a clock.
    #[must_use]
    pub const fn new() -> Self {
        Self { clock: None }
    }

    /// What time it is, for a `Retry-After` that is a date in a head without one. Default: nobody
    /// knows.
    #[must_use]
    pub const fn clock(mut self, now: fn() -> SystemTime) -> Self {
        self.clock = Some(now);
        self
    }
}

impl Classify for ByStatus {
    fn head(&self, head: &response::Parts) -> Option<Outcome> {
        by_status(head, self.clock)
    }
}

impl<F> Classify for F
where
    F: Fn(&response::Parts) -> Option<Outcome>,
{
    fn head(&self, head: &response::Parts) -> Option<Outcome> {
        self(head)
    }
}

fn by_status(head: &response::Parts, clock: Option<fn() -> SystemTime>) -> Option<Outcome> {
    match head.status.as_u16() {
        429 | 503 | 529 => Some(Outcome::Overloaded {
            retry_after: retry_after(&head.headers, clock.map(|now| now())),
        }),
        // A method or a version that the service does not have is no fault of its health.
        501 | 505 => None,
        code if code >= 500 => Some(Outcome::Failure),
        _ => None,
    }
}

fn by_error(error: &Error) -> Outcome {
    if error.origin() != Origin::Upstream {
        return Outcome::Canceled;
    }
    match error.kind() {
        ErrorKind::Timeout | ErrorKind::Unavailable | ErrorKind::BadAnswer => Outcome::Failure,
        ErrorKind::Overloaded | ErrorKind::RateLimited => Outcome::Overloaded {
            retry_after: error.retry_after(),
        },
        _ => Outcome::Canceled,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn parts(status: u16, fields: &[(&str, &str)]) -> response::Parts {
        let mut response = http::Response::builder().status(status);
        for (name, value) in fields {
            response = response.header(*name, *value);
        }
        response.body(()).unwrap().into_parts().0
    }

    fn head(status: u16, retry_after: Option<&str>) -> Option<Outcome> {
        let field = retry_after.map(|value| ("retry-after", value));
        ByStatus::new().head(&parts(status, field.as_slice()))
    }

    #[test]
    fn reads_statuses() {
        for status in [200, 204, 301, 400, 401, 404, 408, 499, 501, 505] {
            assert_eq!(head(status, None), None, "{status}");
        }
        for status in [500, 502, 504, 599] {
            assert_eq!(head(status, None), Some(Outcome::Failure), "{status}");
        }
        for (value, seconds) in [
            (None, None),
            (Some("30"), Some(30)),
            (Some("Wed, 21 Oct 2026 07:28:00 GMT"), None),
            (Some("-1"), None),
            (Some("99999999999999999999"), None),
        ] {
            for status in [429, 503, 529] {
                let retry_after = seconds.map(Duration::from_secs);
                assert_eq!(
                    head(status, value),
                    Some(Outcome::Overloaded { retry_after })
                );
            }
        }
    }

    #[test]
    fn a_date_counts_from_the_heads_own_or_from_the_clock() {
        let noon = ("date", "Wed, 21 Oct 2026 07:27:30 GMT");
        let due = ("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT");
        let asked = |seconds| {
            Some(Outcome::Overloaded {
                retry_after: Some(Duration::from_secs(seconds)),
            })
        };
        assert_eq!(ByStatus::new().head(&parts(503, &[noon, due])), asked(30));
        let epoch = ByStatus::new().clock(|| SystemTime::UNIX_EPOCH);
        assert_eq!(epoch.head(&parts(503, &[noon, due])), asked(30));
        assert_eq!(epoch.head(&parts(503, &[due])), asked(1_792_567_680));
    }

    #[test]
    fn reads_errors_and_ends() {
        let broken = Error::new(ErrorKind::Unavailable, "gone");
        assert_eq!(ByStatus::new().end(End::Failed(&broken)), Outcome::Failure);
        assert_eq!(ByStatus::new().end(End::Truncated), Outcome::Failure);
        assert_eq!(ByStatus::new().end(End::Complete), Outcome::Success);
        assert_eq!(ByStatus::new().end(End::Dropped), Outcome::Canceled);
        let shed = Error::new(ErrorKind::Overloaded, "no permit");
        assert_eq!(ByStatus::new().error(&shed), Outcome::Canceled);
        let full = shed.with_origin(Origin::Upstream);
        assert_eq!(
            ByStatus::new().error(&full),
            Outcome::Overloaded { retry_after: None }
        );
        let wrong = Error::new(ErrorKind::InvalidRequest, "two lengths");
        assert_eq!(ByStatus::new().error(&wrong), Outcome::Canceled);
    }
}
