use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, header};
use httpdate::parse_http_date;

/// How long the sender of a head wants to be left alone, by its `Retry-After`.
///
/// Seconds and the three forms of an HTTP date are read; a date that is over is no wait, and all else
/// (a sign, a fraction, more seconds than 64 bits hold) is none. A date counts from the head's own
/// `Date` where it has one, since both come from one clock, and else from `now`; without either it is
/// not read. Whoever waits bounds the wait.
///
/// # Source
/// RFC 9110, sections 5.6.7 (Date/Time Formats) and 10.2.3 (Retry-After).
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: impl Into<Option<SystemTime>>) -> Option<Duration> {
    let told = text(headers, &header::RETRY_AFTER)?;
    if told.bytes().all(|byte| byte.is_ascii_digit()) {
        return told.parse().ok().map(Duration::from_secs);
    }
    let due = parse_http_date(told).ok()?;
    let sent = text(headers, &header::DATE).and_then(|date| parse_http_date(date).ok());
    Some(due.duration_since(sent.or(now.into())?).unwrap_or_default())
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use httpdate::fmt_http_date;
    use proptest::prelude::*;

    use super::*;

    const NOON: &str = "Wed, 21 Oct 2026 12:00:00 GMT";

    fn read(value: &[u8], date: Option<&str>, now: SystemTime) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, value.try_into().ok()?);
        if let Some(date) = date {
            headers.insert(header::DATE, date.parse().unwrap());
        }
        retry_after(&headers, now)
    }

    /// Fault H52: `Retry-After` in seconds or as a date of any form is read; a past date is no wait, and all else is ignored.
    #[test]
    fn seconds_and_dates_are_read_and_all_else_is_ignored() {
        let noon = parse_http_date(NOON).unwrap();
        for (value, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("Wed, 21 Oct 2026 12:01:00 GMT", Some(60)),
            ("Wednesday, 21-Oct-26 12:01:00 GMT", Some(60)),
            ("Wed Oct 21 12:01:00 2026", Some(60)),
            ("Wed, 21 Oct 2026 11:00:00 GMT", Some(0)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Wed, 21 Oct 2026 25:00:00 GMT", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("9e99", None),
            ("1 2", None),
            ("soon", None),
            ("", None),
        ] {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(read(value.as_bytes(), None, noon), expected, "{value:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), noon), None);
    }

    #[test]
    fn a_date_counts_from_the_clock_of_who_sent_it() {
        let (due, other) = (b"Wed, 21 Oct 2026 12:00:30 GMT", SystemTime::UNIX_EPOCH);
        assert_eq!(read(due, Some(NOON), other), Some(Duration::from_secs(30)));
        // A date that is none leaves it to the clock here.
        let noon = parse_http_date(NOON).unwrap();
        assert_eq!(
            read(due, Some("today"), noon),
            Some(Duration::from_secs(30))
        );
    }

    proptest! {
        /// Fault O11: whichever way the wall clock jumps, no wait that a date asks for is negative.
        /// Fault H52: whatever a `Retry-After` holds, reading it ends, and what is written by the rules is read.
        #[test]
        fn any_value_is_read_or_ignored(
            value in proptest::collection::vec(any::<u8>(), 0..64),
            seconds: u64,
            due in 0..200_000_000_000_u64,
            now in 0..200_000_000_000_u64,
        ) {
            let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            let _ = read(&value, None, at(now));
            let written = seconds.to_string();
            prop_assert_eq!(
                read(written.as_bytes(), None, at(now)),
                Some(Duration::from_secs(seconds))
            );
            let left = Duration::from_secs(due.saturating_sub(now));
            let written = fmt_http_date(at(due));
            prop_assert_eq!(read(written.as_bytes(), None, at(now)), Some(left));
        }
    }
}
