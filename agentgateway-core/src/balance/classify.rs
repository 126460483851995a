use std::time::Duration;

use http::{HeaderMap, StatusCode, header, response};

use super::Outcome;
use crate::{
    body::End,
    error::{Error, ErrorKind, Origin},
};

/// Says what an exchange means for its endpoint.
pub trait Classify {
    /// The head of the answer: an outcome when it already tells that the endpoint failed; none when
    /// the end of the body decides.
    fn head(&self, head: &response::Parts) -> Option<Outcome> {
        by_status(head.status, &head.headers)
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
/// | 429, 503, 529 (Anthropic's "overloaded") | `Overloaded`, with `Retry-After` in seconds |
/// | other 5xx, but 501 and 505 | `Failure` |
/// | `Timeout`, `Unavailable`, `BadAnswer` of the upstream's origin | `Failure` |
/// | `Overloaded`, `RateLimited` of the upstream's origin | `Overloaded` |
/// | other errors: the request's own fault, or the gateway's | `Canceled` |
/// | a body that ended whole | `Success` |
/// | a body that the client left | `Canceled` |
///
/// A `Retry-After` that is a date is not read: it would need a clock that both sides agree on.
///
/// # Source
/// RFC 9110, sections 10.2.3 (`Retry-After`) and 15.6; RFC 6585, section 4 (429).
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a name for the defaults of the trait, without anything in it"
)]
pub struct ByStatus;

impl Classify for ByStatus {}

fn by_status(status: StatusCode, headers: &HeaderMap) -> Option<Outcome> {
    match status.as_u16() {
        429 | 503 | 529 => Some(Outcome::Overloaded {
            retry_after: retry_after(headers),
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

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(status: u16, retry_after: Option<&str>) -> Option<Outcome> {
        let mut response = http::Response::builder().status(status);
        if let Some(value) = retry_after {
            response = response.header("retry-after", value);
        }
        ByStatus.head(&response.body(()).unwrap().into_parts().0)
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
    fn reads_errors_and_ends() {
        let broken = Error::new(ErrorKind::Unavailable, "gone");
        assert_eq!(ByStatus.end(End::Failed(&broken)), Outcome::Failure);
        assert_eq!(ByStatus.end(End::Truncated), Outcome::Failure);
        assert_eq!(ByStatus.end(End::Complete), Outcome::Success);
        assert_eq!(ByStatus.end(End::Dropped), Outcome::Canceled);
        let shed = Error::new(ErrorKind::Overloaded, "no permit");
        assert_eq!(ByStatus.error(&shed), Outcome::Canceled);
        let full = shed.with_origin(Origin::Upstream);
        assert_eq!(
            ByStatus.error(&full),
            Outcome::Overloaded { retry_after: None }
        );
        let wrong = Error::new(ErrorKind::InvalidRequest, "two lengths");
        assert_eq!(ByStatus.error(&wrong), Outcome::Canceled);
    }
}
