use std::{
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use http_body_util::BodyExt;
use proptest::prelude::*;
use tokio_test::task;

use super::support::*;
use crate::{
    body::End,
    context::{Meter, MeterClaim, Used},
    error::{Error, ErrorKind},
    limit::{Key, budget::Budget},
    store::Allowance,
};

/// How one exchange goes.
#[derive(Clone, Debug)]
struct Course {
    /// After how many steps the client leaves.
    leaves_after: usize,
    status: u16,
    fails: bool,
    claims: bool,
    /// What who has claimed says: nothing, before the body's end, or behind it.
    says: Option<bool>,
    frames: usize,
    breaks: bool,
}

fn courses() -> impl Strategy<Value = Course> {
    let ends = (any::<bool>(), 0_usize..4, any::<bool>());
    let says = (any::<bool>(), prop::option::of(any::<bool>()));
    (0_usize..8, prop::sample::select(vec![200, 500]), ends, says).prop_map(
        |(leaves_after, status, (fails, frames, breaks), (claims, says))| Course {
            leaves_after,
            status,
            fails,
            claims,
            says,
            frames,
            breaks,
        },
    )
}

/// Goes on until the client leaves: `None` when it has.
struct Patience(usize);

impl Patience {
    fn step(&mut self) -> Option<()> {
        self.0 = self.0.checked_sub(1)?;
        Some(())
    }
}

/// Whoever reads the answer, outside of the policies.
fn tell(claim: &mut Option<MeterClaim>) {
    if let Some(claim) = claim.take() {
        claim.settle(&Used::tokens(7, 3), End::Complete);
    }
}

fn exchange(rig: &mut Rig, course: &Course) -> Option<()> {
    let mut patience = Patience(course.leaves_after);
    let mut call = rig.call(call(400, 200));
    let answer = rig.next();
    patience.step()?;
    assert!(call.poll().is_pending());
    patience.step()?;
    if course.fails {
        answer.send_error(Error::new(ErrorKind::Timeout, "late"));
        drop(call.poll());
        return None;
    }
    let (sender, body) = http_body_util::Channel::new(8);
    let response = http::Response::builder().status(course.status);
    answer.send_response(response.body(body).unwrap());
    patience.step()?;
    let std::task::Poll::Ready(Ok(mut response)) = call.poll() else {
        panic!("it was answered");
    };
    let mut claim = course
        .claims
        .then(|| Meter::claim(response.extensions_mut()))
        .flatten();
    patience.step()?;
    let mut sender = Some(sender);
    let mut body = response.into_body();
    for _ in 0..course.frames {
        let sending = sender.as_mut().unwrap().send_data("data".into());
        assert!(task::spawn(sending).poll().is_ready());
        assert!(task::spawn(body.frame()).poll().is_ready());
        patience.step()?;
    }
    if course.says == Some(true) {
        tell(&mut claim);
    }
    patience.step()?;
    match sender.take() {
        Some(sender) if course.breaks => sender.abort(Error::new(ErrorKind::Unavailable, "broke")),
        sender => drop(sender),
    }
    assert!(task::spawn(body.frame()).poll().is_ready());
    patience.step()?;
    if course.says == Some(false) {
        tell(&mut claim);
    }
    Some(())
}

proptest! {
    /// Fault L14 (part): wherever an exchange ends, its reservation is settled exactly once, with what was told or with what was reserved.
    #[test]
    fn a_reservation_is_settled_exactly_once(courses in prop::collection::vec(courses(), 1..6)) {
        let ledger = Arc::new(Counted::default());
        let allowance = Allowance::new(u64::MAX, Duration::from_secs(1000));
        let budget = Budget::new("b", Key::everybody(), allowance).ledger(ledger.clone());
        let mut rig = Rig::new(budget);
        for (number, course) in courses.iter().enumerate() {
            let before = ledger.ledger.spent("b/");
            exchange(&mut rig, course);
            prop_assert_eq!(ledger.granted.load(SeqCst), number + 1);
            prop_assert_eq!(ledger.settled.load(SeqCst), number + 1, "{:?}", course);
            let spent = ledger.ledger.spent("b/") - before;
            let is_known = spent == 10 || spent == 500;
            prop_assert!(is_known || (spent == 0 && course.status == 500), "{} {:?}", spent, course);
        }
    }
}
