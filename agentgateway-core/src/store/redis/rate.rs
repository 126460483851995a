use std::{sync::Arc, time::Duration};

use redis::ScriptInvocation;

use super::{link::Redis, owed::Debt};
use crate::store::{Later, Rate, RateStore, StoreError, Taken};

/// The room of the keys.
const ROOM: &str = "rate";

impl RateStore for Redis {
    fn take(&self, key: &str, rates: &[Rate], permits: u64) -> Later<Result<Taken, StoreError>> {
        let link = &self.0;
        if link.is_away() {
            return Later::Now(Err(StoreError::Away));
        }
        let (link, key) = (Arc::clone(link), link.key(ROOM, key));
        let rates: Box<[Rate]> = rates.into();
        Later::soon(async move {
            let mut script = link.scripts.rate.prepare_invoke();
            script.key(key);
            arguments(&mut script, &rates, permits, "take");
            let [allowed, rate, remaining, full, wait]: [u64; 5] = link.invoke(&script).await?;
            Ok(Taken::new(
                allowed == 1,
                usize::try_from(rate).unwrap_or(usize::MAX),
                remaining,
                Duration::from_micros(full),
                Duration::from_micros(wait),
            ))
        })
    }

    /// Soon: it waits while Redis is away, and may be lost.
    fn charge(&self, key: &str, rates: &[Rate], permits: u64) {
        self.0.owed.push(Debt::Permits {
            key: self.0.key(ROOM, key),
            rates: rates.into(),
            permits,
        });
    }
}

/// The arguments of `rate.lua`.
pub(super) fn arguments(
    script: &mut ScriptInvocation<'_>,
    rates: &[Rate],
    permits: u64,
    mode: &str,
) {
    script.arg(permits).arg(mode);
    for rate in rates {
        let period = rate.period().as_micros();
        let (permits, capacity) = (rate.permits(), rate.capacity());
        script
            .arg(format!("{permits}/{period}/{capacity}"))
            .arg(permits)
            .arg(period.to_string())
            .arg(capacity)
            .arg(rate.deepest_debt());
    }
}
