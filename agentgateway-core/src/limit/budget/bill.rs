use std::sync::Arc;

use super::policy::Measure;
use crate::{
    context::Used,
    limit::metered::Bill,
    store::{Allowance, Ledger, Reservation},
};

/// What is to be written into the ledger.
pub(super) enum Debt {
    Reserved(Reservation),
    /// The ledger did not answer.
    Unreserved(String, Allowance),
}

/// What one call owes. Dropped before the call was made, it gives the reservation back.
pub(super) struct Owed {
    ledger: Arc<dyn Ledger>,
    debt: Option<Debt>,
    reserved: u64,
    measure: Measure,
}

impl Owed {
    pub(super) fn new(
        ledger: &Arc<dyn Ledger>,
        debt: Debt,
        reserved: u64,
        measure: &Measure,
    ) -> Self {
        Self {
            ledger: Arc::clone(ledger),
            debt: Some(debt),
            reserved,
            measure: Arc::clone(measure),
        }
    }

    fn settle(&mut self, spent: u64) {
        match self.debt.take() {
            Some(Debt::Reserved(reservation)) => self.ledger.settle(reservation, spent),
            Some(Debt::Unreserved(key, allowance)) if spent > 0 => {
                self.ledger.charge(&key, spent, allowance);
            }
            Some(Debt::Unreserved(..)) | None => {}
        }
    }
}

impl Bill for Owed {
    fn pay(mut self, used: Option<&Used>, may_have_used: bool) {
        let fallback = if may_have_used { self.reserved } else { 0 };
        let spent = used.and_then(|used| (self.measure)(used));
        self.settle(spent.unwrap_or(fallback));
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        self.settle(0);
    }
}
