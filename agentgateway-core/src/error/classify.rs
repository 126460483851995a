use std::{error::Error as StdError, io};

use http_body_util::LengthLimitError;

use super::{BoxError, Error, ErrorKind};

/// The longest chain of sources that is followed: a chain may be a loop.
const MAX_SOURCES: usize = 16;

pub(super) fn classify(error: BoxError) -> Error {
    let error = match error.downcast::<Error>() {
        Ok(error) => return *error,
        Err(error) => error,
    };
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error.as_ref());
    for _ in 0..MAX_SOURCES {
        let Some(current) = cause else { break };
        if let Some(found) = recognise(current) {
            return found.with_source(error);
        }
        cause = beneath(current);
    }
    Error::new(ErrorKind::Unavailable, "the service failed").with_source(error)
}

/// An `io::Error` may carry the real cause, which its `source()` skips.
fn beneath<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref().and_then(io::Error::get_ref) {
        Some(carried) => Some(carried),
        None => error.source(),
    }
}

fn recognise(cause: &(dyn StdError + 'static)) -> Option<Error> {
    if let Some(inner) = cause.downcast_ref::<Error>() {
        return Some(inner.copy());
    }
    if cause.is::<tower::timeout::error::Elapsed>() || cause.is::<tokio::time::error::Elapsed>() {
        return Some(Error::new(
            ErrorKind::Timeout,
            "the service did not answer in time",
        ));
    }
    if cause.is::<tower::load_shed::error::Overloaded>() {
        return Some(Error::new(
            ErrorKind::Overloaded,
            "the service is at its limit",
        ));
    }
    if cause.is::<LengthLimitError>() {
        return Some(Error::new(
            ErrorKind::TooLarge,
            "the body is over its limit",
        ));
    }
    cause
        .downcast_ref::<io::Error>()
        .and_then(|error| match error.kind() {
            io::ErrorKind::TimedOut => Some(Error::new(
                ErrorKind::Timeout,
                "the service did not answer in time",
            )),
            io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NotFound => Some(Error::new(
                ErrorKind::Unavailable,
                "the service cannot be reached",
            )),
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Some(Error::new(
                ErrorKind::Unavailable,
                "the connection to the service broke",
            )),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_tower_timeouts_behind_other_errors() {
        let wrapped = io::Error::other(tower::timeout::error::Elapsed::new());
        assert_eq!(Error::from_boxed(wrapped.into()).kind(), ErrorKind::Timeout);
    }

    #[test]
    fn finds_the_cause_however_often_io_wraps_it() {
        let mut nested = io::Error::other(LoopedError);
        for _ in 0..100_000 {
            nested = io::Error::other(nested);
        }
        let error = Error::from_boxed(nested.into());
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        // The chain is deeper than the stack that dropping it would need.
        Box::leak(Box::new(error));
    }

    #[derive(Debug)]
    struct LoopedError;

    impl std::fmt::Display for LoopedError {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("loop")
        }
    }

    impl StdError for LoopedError {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(self)
        }
    }

    #[test]
    fn bears_an_error_that_is_its_own_source() {
        let error = Error::from_boxed(LoopedError.into());
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }

    #[test]
    fn takes_its_own_error_as_it_is() {
        let own = Error::new(ErrorKind::Forbidden, "no");
        let again = Error::from_boxed(Box::new(own));
        assert_eq!(
            (again.kind(), again.message()),
            (ErrorKind::Forbidden, "no")
        );
    }

    #[test]
    fn what_was_not_processed_stays_so_within_other_errors() {
        let own = || Error::new(ErrorKind::Unavailable, "no connection");
        for (error, expected) in [(own(), false), (own().with_unprocessed(), true)] {
            let wrapped = io::Error::other(io::Error::other(error));
            assert_eq!(Error::from_boxed(wrapped.into()).is_unprocessed(), expected);
        }
    }

    #[test]
    fn keeps_foreign_words_from_the_client() {
        let error = Error::from_boxed("password=hunter2".into());
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(!error.to_string().contains("hunter2"));
        assert!(
            error
                .source()
                .is_some_and(|source| source.to_string().contains("hunter2"))
        );
    }

    #[test]
    fn reads_what_io_says() {
        let refused: BoxError = io::Error::from(io::ErrorKind::ConnectionRefused).into();
        assert_eq!(
            Error::from_boxed(refused).message(),
            "the service cannot be reached"
        );
    }
}
