use std::sync::{Arc, Mutex};

use http::Extensions;
use proptest::prelude::*;

use super::*;
use crate::body::End;

type Told = Arc<Mutex<Vec<(Option<u64>, &'static str)>>>;

fn tap(extensions: &mut Extensions) -> (MeterTap, Told) {
    let told = Told::default();
    let log = Arc::clone(&told);
    let tap = Meter::tap(extensions, move |used, end| {
        let total = used.and_then(Used::total);
        log.lock().unwrap().push((total, end.as_str()));
    });
    (tap, told)
}

fn read(told: &Told) -> Vec<(Option<u64>, &'static str)> {
    told.lock().unwrap().clone()
}

#[test]
fn a_claim_tells_every_tap() {
    let mut extensions = Extensions::new();
    let ((first, one), (second, two)) = (tap(&mut extensions), tap(&mut extensions));
    let claim = Meter::claim(&mut extensions).unwrap();
    assert!(Meter::claim(&mut extensions).is_none());
    first.end(End::Complete);
    assert!(read(&one).is_empty(), "the claim will tell");
    claim.settle(&Used::tokens(7, 3), End::Truncated);
    second.end(End::Complete);
    for told in [one, two] {
        assert_eq!(read(&told), [(Some(10), "truncated")]);
    }
}

#[test]
fn a_claim_without_a_word_tells_that_nothing_is_known() {
    let mut extensions = Extensions::new();
    let (tap, told) = tap(&mut extensions);
    drop(Meter::claim(&mut extensions));
    assert_eq!(read(&told), [(None, "dropped")]);
    tap.end(End::Complete);
    assert_eq!(read(&told).len(), 1);
}

#[test]
fn a_tap_that_nobody_claimed_tells_itself() {
    let mut extensions = Extensions::new();
    let (first, one) = tap(&mut extensions);
    let (second, two) = tap(&mut extensions);
    first.end(End::Complete);
    drop(second);
    assert_eq!(read(&one), [(None, "complete")]);
    assert_eq!(read(&two), [(None, "dropped")]);
    // It comes too late.
    let claim = Meter::claim(&mut extensions).unwrap();
    claim.settle(&Used::tokens(1, None), End::Complete);
    assert_eq!((read(&one).len(), read(&two).len()), (1, 1));
}

#[test]
fn there_is_one_claim_whoever_copies_the_extensions() {
    let mut extensions = Extensions::new();
    let (_tap, told) = tap(&mut extensions);
    let mut copy = extensions.clone();
    let claim = Meter::claim(&mut extensions).unwrap();
    assert!(Meter::claim(&mut copy).is_none());
    // One who taps the claimed meter of a copy begins another.
    let (late, told_late) = tap(&mut copy);
    claim.settle(&Used::tokens(None, 4), End::Complete);
    late.end(End::Complete);
    assert_eq!(read(&told), [(Some(4), "complete")]);
    assert_eq!(read(&told_late), [(None, "complete")]);
}

#[test]
fn the_services_own_sum_is_believed() {
    let mut used = Used::tokens(7, 3);
    used.all_tokens = Some(12);
    assert_eq!(used.total(), Some(12));
    assert_eq!(Used::tokens(u64::MAX, 3).total(), Some(u64::MAX));
    assert_eq!(Used::default().total(), None);
}

proptest! {
    /// In whatever order an exchange falls apart, each tap is told exactly once.
    #[test]
    fn each_tap_is_told_exactly_once(
        taps in 1_usize..4,
        steps in prop::collection::vec(0_u8..6, 0..8),
    ) {
        let mut extensions = Extensions::new();
        let (mut taps, told): (Vec<_>, Vec<_>) = (0..taps).map(|_| tap(&mut extensions)).unzip();
        let mut claim = None;
        for step in steps {
            match step {
                0 => claim = claim.or_else(|| Meter::claim(&mut extensions)),
                1 => if let Some(claim) = claim.take() {
                    claim.settle(&Used::tokens(1, 1), End::Complete);
                },
                2 => drop(claim.take()),
                3 => if let Some(tap) = taps.pop() {
                    tap.end(End::Complete);
                },
                4 => drop(taps.pop()),
                _ => extensions.clear(),
            }
        }
        drop((taps, claim, extensions));
        for told in told {
            prop_assert_eq!(read(&told).len(), 1);
        }
    }
}
