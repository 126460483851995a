use agentgateway_core::{Error, ErrorKind, body::End, context::Trail, error::Origin};
use http::StatusCode;

/// What became of a request, in one word of a closed set.
///
/// The layers inside say it, by the [`Trail`]; the status speaks only where they know of no fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The answer is whole, and its status names no error.
    Ok,
    /// The request is at fault: it is malformed, too large, or asks for what is not there. Also what
    /// a service refuses with a status of 4xx.
    ClientError,
    /// A policy has refused it.
    Denied,
    /// A rate, a budget or a capacity of the gateway is used up.
    Limited,
    /// The service failed, cannot be reached, or gave no valid answer.
    UpstreamError,
    /// The gateway failed, or its configuration has nothing that could answer.
    GatewayError,
    /// The service took too long.
    Timeout,
    /// The client left before the answer was whole.
    Canceled,
    /// A stream ended without its end marker.
    Incomplete,
}

impl Outcome {
    /// A short stable name, for logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ClientError => "client_error",
            Self::Denied => "denied",
            Self::Limited => "limited",
            Self::UpstreamError => "upstream_error",
            Self::GatewayError => "gateway_error",
            Self::Timeout => "timeout",
            Self::Canceled => "canceled",
            Self::Incomplete => "incomplete",
        }
    }

    /// Of an exchange whose body has ended so. The error is the one that the trail holds.
    pub(super) fn of(
        trail: &Trail,
        error: Option<&Error>,
        end: End<'_>,
        code: Option<StatusCode>,
    ) -> Self {
        if let Some(error) = error {
            return Self::of_error(error);
        }
        match end {
            End::Failed(error) => Self::of_error(error),
            End::Truncated => Self::Incomplete,
            _ if trail.is_truncated() => Self::Incomplete,
            // Behind the end marker of a stream there is nothing to wait for.
            End::Dropped if !trail.is_complete() => Self::Canceled,
            End::Complete | End::Dropped => Self::of_status(code),
        }
    }

    fn of_error(error: &Error) -> Self {
        let is_own = error.origin() != Origin::Upstream;
        match error.kind() {
            ErrorKind::Canceled => Self::Canceled,
            ErrorKind::Timeout => Self::Timeout,
            ErrorKind::RateLimited | ErrorKind::Overloaded if is_own => Self::Limited,
            ErrorKind::Unauthenticated | ErrorKind::Forbidden if is_own => Self::Denied,
            _ if error.decided_by().is_some() => Self::Denied,
            ErrorKind::NotFound if is_own => Self::ClientError,
            _ => match error.origin() {
                Origin::Client => Self::ClientError,
                Origin::Upstream => Self::UpstreamError,
                _ => Self::GatewayError,
            },
        }
    }

    fn of_status(code: Option<StatusCode>) -> Self {
        match code {
            Some(code) if code.is_client_error() => Self::ClientError,
            Some(code) if code.is_server_error() => Self::UpstreamError,
            _ => Self::Ok,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(error: &Error) -> &'static str {
        let mut extensions = http::Extensions::new();
        let trail = Trail::lay(&mut extensions);
        Trail::tell(&extensions, End::Failed(error));
        // What was told counts, not the status that it was said with.
        Outcome::of(
            &trail,
            trail.error().as_ref(),
            End::Complete,
            Some(StatusCode::OK),
        )
        .as_str()
    }

    #[test]
    fn each_kind_of_error_has_its_outcome() {
        for (kind, expected) in [
            (ErrorKind::InvalidRequest, "client_error"),
            (ErrorKind::NotFound, "client_error"),
            (ErrorKind::TooLarge, "client_error"),
            (ErrorKind::RequestTimeout, "client_error"),
            (ErrorKind::Unauthenticated, "denied"),
            (ErrorKind::Forbidden, "denied"),
            (ErrorKind::RateLimited, "limited"),
            (ErrorKind::Overloaded, "limited"),
            (ErrorKind::Timeout, "timeout"),
            (ErrorKind::Unavailable, "upstream_error"),
            (ErrorKind::BadAnswer, "upstream_error"),
            (ErrorKind::Canceled, "canceled"),
            (ErrorKind::Internal, "gateway_error"),
        ] {
            assert_eq!(failed(&Error::new(kind, "no")), expected, "{kind:?}");
        }
    }

    #[test]
    fn whose_word_it_is_counts() {
        for kind in [
            ErrorKind::Forbidden,
            ErrorKind::RateLimited,
            ErrorKind::NotFound,
        ] {
            let error = Error::new(kind, "no").with_origin(Origin::Upstream);
            assert_eq!(failed(&error), "upstream_error", "{kind:?}");
        }
        let hidden = Error::new(ErrorKind::NotFound, "no such tool").with_decided_by("tools");
        assert_eq!(failed(&hidden), "denied");
    }

    #[test]
    fn an_end_without_an_error_is_told_apart() {
        let of = |told: Option<End<'_>>, end, code: u16| {
            let mut extensions = http::Extensions::new();
            let trail = Trail::lay(&mut extensions);
            if let Some(told) = told {
                Trail::tell(&extensions, told);
            }
            Outcome::of(
                &trail,
                trail.error().as_ref(),
                end,
                StatusCode::from_u16(code).ok(),
            )
            .as_str()
        };
        for (told, end, code, expected) in [
            (None, End::Complete, 200, "ok"),
            (None, End::Complete, 409, "client_error"),
            (None, End::Complete, 503, "upstream_error"),
            (None, End::Dropped, 200, "canceled"),
            // The client leaves behind the end marker.
            (Some(End::Complete), End::Dropped, 200, "ok"),
            (Some(End::Dropped), End::Dropped, 200, "canceled"),
            (Some(End::Truncated), End::Complete, 200, "incomplete"),
        ] {
            assert_eq!(of(told, end, code), expected, "{told:?} {end:?} {code}");
        }
    }
}
