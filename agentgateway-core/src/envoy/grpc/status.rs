use http::HeaderMap;

use crate::envoy::Failure;

/// The longest words of a service that go into a log, in bytes.
const MAX_WORDS_BYTES: usize = 256;

/// The names of the codes, by their numbers.
///
/// # Source
/// doc/statuscodes.md of grpc/grpc
static NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// The status that a head or trailers hold; `None` where they hold none.
pub(super) fn read(fields: &HeaderMap) -> Option<Result<(), Failure>> {
    let number = fields.get("grpc-status")?.to_str().ok();
    let Some(code) = number.and_then(|number| number.parse::<usize>().ok()) else {
        return Some(Err(Failure::Invalid("the answer's status is no number")));
    };
    Some(match code {
        0 => Ok(()),
        4 => Err(Failure::Timeout),
        _ => {
            let name = NAMES.get(code).copied().unwrap_or("an unknown code");
            let words = fields
                .get("grpc-message")
                .map_or(&b""[..], |words| words.as_bytes());
            let words = words.get(..MAX_WORDS_BYTES).unwrap_or(words);
            let words = String::from_utf8_lossy(words);
            Err(Failure::Status(format!("{name}: {words}")))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: &'static str, message: &str) -> Option<Result<(), Failure>> {
        let fields = [("grpc-status", code), ("grpc-message", message)];
        read(&HeaderMap::from_iter(fields.map(|(name, value)| {
            (name.parse().unwrap(), value.parse().unwrap())
        })))
    }

    #[test]
    fn reads_the_code_and_the_words() {
        assert!(read(&HeaderMap::new()).is_none());
        assert!(matches!(status("0", ""), Some(Ok(()))));
        assert!(matches!(status("4", ""), Some(Err(Failure::Timeout))));
        for (code, words, said) in [
            ("7", "no", "PERMISSION_DENIED: no"),
            ("14", "", "UNAVAILABLE: "),
            ("99", "", "an unknown code: "),
        ] {
            let Some(Err(Failure::Status(status))) = status(code, words) else {
                panic!("{code}");
            };
            assert_eq!(status, said);
        }
        for code in ["", "-1", "ok", "99999999999999999999999"] {
            assert!(
                matches!(status(code, ""), Some(Err(Failure::Invalid(_)))),
                "{code}"
            );
        }
        let Some(Err(Failure::Status(long))) = status("2", &"x".repeat(1000)) else {
            panic!("a status");
        };
        assert_eq!(long.len(), "UNKNOWN: ".len() + MAX_WORDS_BYTES);
    }
}
