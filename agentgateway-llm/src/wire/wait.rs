use std::time::Duration;

use agentgateway_core::error::retry_after;
use http::{HeaderMap, StatusCode};

/// How long a provider wants to be left alone, by the head of its error. That a limit is used up tells nothing of an
/// error that is about something else.
///
/// # Source
/// RFC 9110, section 10.2.3; `retry-after-ms`, which the official SDKs read first, and `x-ratelimit-reset-*` of the
/// OpenAI API; `anthropic-ratelimit-*` tells moments, which `retry-after` stands beside.
pub(crate) fn wait(status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let is_limited = matches!(status.as_u16(), 429 | 503 | 529);
    let millis = || {
        // A number with a fraction, as the SDKs read it.
        let millis: f64 = text("retry-after-ms")?.trim().parse().ok()?;
        Duration::try_from_secs_f64(millis / 1000.0).ok()
    };
    let used_up = |of: &str| {
        let left = text(&format!("x-ratelimit-remaining-{of}"))?;
        let reset = text(&format!("x-ratelimit-reset-{of}"))?;
        (left.trim() == "0").then(|| go_duration(reset))?
    };
    millis()
        // No clock here: a date counts from the answer's own.
        .or_else(|| retry_after(headers, None))
        .or_else(|| {
            used_up("requests")
                .max(used_up("tokens"))
                .filter(|_| is_limited)
        })
}

/// A duration as Go writes it: `6m0s`, `1.5s`, `120ms`.
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, behind) = rest.split_at_checked(digits)?;
        let number: f64 = number.parse().ok()?;
        let unit = behind
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at_checked(unit)?;
        seconds += number
            * match unit {
                "h" => 3600.0,
                "m" => 60.0,
                "s" | "" => 1.0,
                "ms" => 0.001,
                "us" | "µs" => 0.000_001,
                _ => return None,
            };
        rest = behind;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn reads_durations_as_go_writes_them() {
        let read = |text| go_duration(text).map(|found| found.as_millis());
        assert_eq!(read("6m0s"), Some(360_000));
        assert_eq!(read("120ms"), Some(120));
        assert_eq!(read("1.5s"), Some(1500));
        assert_eq!(read("1h2m3s"), Some(3_723_000));
        assert_eq!(read("7"), Some(7000));
        for odd in ["", "s", "soon", "1x", "-1s", "1e400s"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn reads_when_to_come_again() {
        let answer = |status, headers: &[(&'static str, &'static str)]| {
            let headers = headers.iter().map(|(name, value)| {
                let name = HeaderName::from_static(name);
                (name, HeaderValue::from_static(value))
            });
            wait(status, &headers.collect())
        };
        let wait = |headers: &[_]| answer(StatusCode::TOO_MANY_REQUESTS, headers);
        let head = |headers: &[(&'static str, &'static str)]| headers.to_vec();
        let told = head(&[("retry-after-ms", "1500"), ("retry-after", "9")]);
        assert_eq!(wait(&told), Some(Duration::from_millis(1500)));
        let fraction = head(&[("retry-after-ms", "1500.5"), ("retry-after", "9")]);
        assert_eq!(wait(&fraction), Some(Duration::from_micros(1_500_500)));
        for odd in ["-1", "soon", "NaN", "inf", "1e300"] {
            let odd = head(&[("retry-after-ms", odd), ("retry-after", "9")]);
            assert_eq!(wait(&odd), Some(Duration::from_secs(9)));
        }
        assert_eq!(
            wait(&head(&[("retry-after", "9")])),
            Some(Duration::from_secs(9))
        );
        let used = [
            ("x-ratelimit-remaining-requests", "12"),
            ("x-ratelimit-reset-requests", "1s"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "6m0s"),
        ];
        assert_eq!(wait(&head(&used)), Some(Duration::from_secs(360)));
        for of_something_else in [400, 404, 500] {
            let status = StatusCode::from_u16(of_something_else).unwrap();
            assert_eq!(answer(status, &used), None);
        }
        assert_eq!(wait(&head(&[])), None);
    }
}
