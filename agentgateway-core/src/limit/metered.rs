use http::response;

use crate::{
    body::End,
    context::{Meter, MeterTap, Used},
    error::ErrorKind,
    policy::Follow,
};

/// What is to be paid when it is known what a call used.
pub(super) trait Bill: Send + 'static {
    /// Where nobody says what was used, it may have been something or it was nothing.
    fn pay(self, used: Option<&Used>, may_have_used: bool);
}

/// Follows an exchange, and pays its bill once.
pub(super) struct Metered<B: Bill> {
    /// Until there is an answer; then the tap has it.
    bill: Option<B>,
    tap: Option<MeterTap>,
}

impl<B: Bill> Metered<B> {
    pub(super) const fn new(bill: B) -> Self {
        Self {
            bill: Some(bill),
            tap: None,
        }
    }
}

impl<B: Bill> Follow for Metered<B> {
    fn head(&mut self, head: &mut response::Parts) {
        let Some(bill) = self.bill.take() else {
            return;
        };
        // An answer that is an error used nothing, unless it says so.
        let is_error = head.status.is_client_error() || head.status.is_server_error();
        let pay = move |used: Option<&Used>, _: End<'_>| bill.pay(used, !is_error);
        self.tap = Some(Meter::tap(&mut head.extensions, pay));
    }

    fn end(&mut self, end: End<'_>) {
        if let Some(tap) = self.tap.take() {
            tap.end(end);
        }
        if let Some(bill) = self.bill.take() {
            bill.pay(None, may_have_used(end));
        }
    }
}

/// Whether a call that got no answer may have used something all the same: the client left while the
/// service worked, the service was too late, or what it answered was no answer.
fn may_have_used(end: End<'_>) -> bool {
    match end {
        End::Failed(error) => matches!(error.kind(), ErrorKind::Timeout | ErrorKind::BadAnswer),
        End::Complete | End::Truncated | End::Dropped => true,
    }
}
