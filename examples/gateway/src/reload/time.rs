use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment as RFC 3339 writes it, in UTC and whole seconds. Before 1970 it is 1970.
pub(crate) fn rfc3339(at: SystemTime) -> String {
    let seconds = since_epoch(at).as_secs();
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

pub(super) fn since_epoch(at: SystemTime) -> Duration {
    at.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The date of a day, counted from 1970-01-01, in the Gregorian calendar.
fn date(mut day: u64) -> (u64, usize, u64) {
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    loop {
        let length = 365 + u64::from(leap(year));
        if day < length {
            break;
        }
        (year, day) = (year + 1, day - length);
    }
    let february = 28 + u64::from(leap(year));
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    for (index, length) in months.into_iter().enumerate() {
        if day < length {
            return (year, index + 1, day + 1);
        }
        day -= length;
    }
    (year, 12, 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fault O11: a moment behind 2038 is written as it is, and one before 1970 as 1970.
    #[test]
    fn a_clock_that_is_far_off_is_written() {
        let far = UNIX_EPOCH + Duration::from_secs(1 << 31);
        assert_eq!(rfc3339(far), "2038-01-19T03:14:08Z");
        let before = UNIX_EPOCH - Duration::from_secs(3600);
        assert_eq!(rfc3339(before), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn counts_leap_years() {
        for (seconds, written) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(UNIX_EPOCH + Duration::from_secs(seconds)), written);
        }
    }
}
