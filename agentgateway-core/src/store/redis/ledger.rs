use std::{sync::Arc, time::Duration};

use super::{
    link::{Failed, Link, Redis},
    owed::{Debt, millis, name},
};
use crate::store::{Allowance, Later, Ledger, MAX_AMOUNT, Reservation, Reserved, StoreError};

/// The room of the keys.
const ROOM: &str = "spent";

impl Ledger for Redis {
    fn reserve(
        &self,
        key: &str,
        amount: u64,
        allowance: Allowance,
    ) -> Later<Result<Reserved, StoreError>> {
        let link = &self.0;
        if link.is_away() {
            return Later::Now(Err(StoreError::Away));
        }
        let link = Arc::clone(link);
        let (stored, amount) = (link.key(ROOM, key), amount.min(MAX_AMOUNT));
        let key: Box<str> = key.into();
        Later::soon(async move {
            let id = link.reservation();
            let mut script = link.scripts.reserve.prepare_invoke();
            script
                .key(&stored)
                .arg(name(id))
                .arg(amount)
                .arg(allowance.limit())
                .arg(millis(allowance.window()));
            let unknown = Unknown::begin(&link, stored, id);
            let asked = link.invoke::<(u8, u64)>(&script).await;
            // Where nobody knows whether it was done, it is undone.
            if !matches!(asked, Err(Failed::Unsure(_))) {
                unknown.forget();
            }
            let (granted, left) = asked?;
            if granted == 1 {
                return Ok(Reserved::Granted(Reservation::new(&key, amount, id)));
            }
            let retry_after = Duration::from_millis(left);
            Ok(Reserved::Exhausted { retry_after })
        })
    }

    /// Soon: it waits while Redis is away. Written twice it counts once.
    fn settle(&self, reservation: Reservation, spent: u64) {
        self.0.owed.push(Debt::Reservation {
            key: self.0.key(ROOM, reservation.key()),
            id: reservation.id(),
            spent: spent.min(MAX_AMOUNT),
        });
    }

    /// Soon: it waits while Redis is away, and may be lost.
    fn charge(&self, key: &str, spent: u64, allowance: Allowance) {
        self.0.owed.push(Debt::Spending {
            key: self.0.key(ROOM, key),
            spent: spent.min(MAX_AMOUNT),
            window: allowance.window(),
        });
    }
}

/// A reservation of which nobody knows yet whether it was made. Dropped, it is given back.
struct Unknown {
    link: Arc<Link>,
    reservation: Option<(String, u128)>,
}

impl Unknown {
    fn begin(link: &Arc<Link>, key: String, id: u128) -> Self {
        Self {
            link: Arc::clone(link),
            reservation: Some((key, id)),
        }
    }

    fn forget(mut self) {
        self.reservation = None;
    }
}

impl Drop for Unknown {
    fn drop(&mut self) {
        if let Some((key, id)) = self.reservation.take() {
            self.link.owed.push(Debt::Reservation { key, id, spent: 0 });
        }
    }
}
