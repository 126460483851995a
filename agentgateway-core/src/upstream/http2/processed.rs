use std::error::Error as StdError;

/// The longest chain of sources that is followed.
const MAX_SOURCES: usize = 16;

/// Whether the service has said that it has not looked at the request, so that any request may be sent
/// again.
///
/// It says so by `REFUSED_STREAM`, or by a GOAWAY whose last stream is an earlier one: of the streams
/// that end with a GOAWAY of the service, h2 tells it those alone. True words for a failure before the
/// head of an answer alone.
///
/// # Source
/// RFC 9113, section 8.7 (request reliability).
pub(in crate::upstream) fn not_processed(error: &hyper::Error) -> bool {
    let mut cause = error.source();
    for _ in 0..MAX_SOURCES {
        let Some(current) = cause else { break };
        if let Some(error) = current.downcast_ref::<h2::Error>() {
            let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
            return error.is_remote() && (refused || error.is_go_away());
        }
        cause = current.source();
    }
    false
}
