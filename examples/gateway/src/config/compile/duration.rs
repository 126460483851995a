//! Durations and quantities as manifests write them.

use std::time::Duration;

use crate::config::resource::Quantity;
use crate::config::suggest::quoted;

/// A duration of Gateway API: one to four numbers of at most five digits, each with its unit.
///
/// # Source
/// GEP-2257.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let (mut rest, mut sum, mut parts) = (text, Duration::ZERO, 0);
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at_checked(digits)?;
        if digits == 0 || digits > 5 || parts == 4 {
            return None;
        }
        let letters = after.bytes().take_while(u8::is_ascii_lowercase).count();
        let (unit, after) = after.split_at_checked(letters)?;
        let number: u64 = number.parse().ok()?;
        sum += match unit {
            "h" => Duration::from_secs(number * 3_600),
            "m" => Duration::from_secs(number * 60),
            "s" => Duration::from_secs(number),
            "ms" => Duration::from_millis(number),
            _ => return None,
        };
        rest = after;
        parts += 1;
    }
    (parts > 0).then_some(sum)
}

/// What is said of a text that is none.
pub(crate) fn no_duration(text: &str) -> String {
    format!("{} is no duration such as 10s", quoted(text))
}

/// A number of bytes with a suffix of Kubernetes: `65536`, `64Ki`, `1M`.
///
/// # Source
/// Kubernetes API, `resource.Quantity`; fractions and exponents are not read.
pub(crate) fn bytes(quantity: &Quantity) -> Option<u64> {
    let text = match quantity {
        Quantity::Number(number) => return u64::try_from(*number).ok(),
        Quantity::Text(text) => text,
    };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, suffix) = text.split_at_checked(digits)?;
    let number: u64 = number.parse().ok()?;
    let factor: u64 = match suffix {
        "" => 1,
        "k" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations_and_refuses_what_is_none() {
        let cases = [
            ("0s", Some(0)),
            ("10s", Some(10_000)),
            ("500ms", Some(500)),
            ("1h30m", Some(5_400_000)),
            ("1h1m1s1ms", Some(3_661_001)),
            ("99999h", Some(359_996_400_000)),
            ("", None),
            ("10", None),
            ("s", None),
            ("1d", None),
            ("1.5s", None),
            ("123456s", None),
            ("1s1s1s1s1s", None),
            ("-1s", None),
            ("1 s", None),
        ];
        for (text, millis) in cases {
            assert_eq!(
                duration(text),
                millis.map(Duration::from_millis),
                "{text:?}"
            );
        }
    }

    #[test]
    fn reads_quantities_and_refuses_what_is_none() {
        let text = |text: &str| bytes(&Quantity::Text(text.to_owned()));
        assert_eq!(text("64Ki"), Some(65_536));
        assert_eq!(text("1M"), Some(1_000_000));
        assert_eq!(text("7"), Some(7));
        assert_eq!(text("1.5Mi"), None);
        assert_eq!(text("99999999999G"), None);
        assert_eq!(bytes(&Quantity::Number(-1)), None);
    }
}
