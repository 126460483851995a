use std::time::Duration;

use crate::envoy::wire::ratelimit::RateLimitOverride;

const DAY: u64 = 24 * 60 * 60;

/// The time in which a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RateUnit {
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A month.
    Month,
    /// A year.
    Year,
}

impl RateUnit {
    /// The number of `envoy.type.v3.RateLimitUnit`.
    const fn number(self) -> i32 {
        match self {
            Self::Second => 1,
            Self::Minute => 2,
            Self::Hour => 3,
            Self::Day => 4,
            Self::Month => 5,
            Self::Year => 6,
        }
    }
}

/// The time of a limit that the service tells of: `envoy.service.ratelimit.v3`, whose units are the
/// same and a week. A month has 30 days, a year 365.
pub(super) const fn window(unit: i32) -> Option<Duration> {
    Some(Duration::from_secs(match unit {
        1 => 1,
        2 => 60,
        3 => 60 * 60,
        4 => DAY,
        5 => 30 * DAY,
        6 => 365 * DAY,
        7 => 7 * DAY,
        _ => return None,
    }))
}

/// A limit in the place of the one that the service has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitOverride {
    requests_per_unit: u32,
    unit: RateUnit,
}

impl LimitOverride {
    /// So many requests, or tokens, in this time.
    #[must_use]
    pub const fn new(requests_per_unit: u32, unit: RateUnit) -> Self {
        Self {
            requests_per_unit,
            unit,
        }
    }

    pub(super) const fn message(self) -> RateLimitOverride {
        RateLimitOverride {
            requests_per_unit: self.requests_per_unit,
            unit: self.unit.number(),
        }
    }
}
