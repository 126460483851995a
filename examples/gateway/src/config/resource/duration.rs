//! Durations as Gateway API writes them.

use std::time::Duration;

/// The duration that a text says, as in `10s`, `1h30m` or `500ms`; `None` when it says none.
///
/// It has one to four numbers of up to five digits, each with a unit: `h`, `m`, `s` or `ms`.
///
/// # Source
/// Gateway API, GEP-2257.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let (mut sum, mut rest) = (Duration::ZERO, text);
    for _ in 0..4 {
        let end = rest.find(|char: char| !char.is_ascii_digit())?;
        let (digits, after) = rest.split_at_checked(end)?;
        if digits.is_empty() || digits.len() > 5 {
            return None;
        }
        let number: u64 = digits.parse().ok()?;
        let (millis, after) = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
            .iter()
            .find_map(|(unit, millis)| Some((*millis, after.strip_prefix(unit)?)))?;
        sum = sum.checked_add(Duration::from_millis(number.checked_mul(millis)?))?;
        rest = after;
        if rest.is_empty() {
            return Some(sum);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_gateway_api_writes() {
        let millis = |text| duration(text).map(|duration| duration.as_millis());
        assert_eq!(millis("0s"), Some(0));
        assert_eq!(millis("1h30m"), Some(5_400_000));
        assert_eq!(millis("1s500ms"), Some(1500));
        assert_eq!(millis("1h1m1s1ms"), Some(3_661_001));
        assert_eq!(millis("99999h"), Some(359_996_400_000));
        for text in [
            "",
            "10",
            "s",
            "1.5s",
            "-1s",
            "1d",
            "1s ",
            "100000s",
            "1s1s1s1s1s",
            "1h1",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
