use std::time::{Duration, SystemTime};

use super::*;

const LATER: Duration = Duration::from_secs(60);

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

/// Faults M14 and M30: a text that was changed, is of another key, or has expired.
#[test]
fn what_was_changed_is_of_another_key_or_expired_does_not_open() {
    let sealer = Sealer::new(&[1; 32]);
    let seal = Seal::new("session").bound_to("alice");
    let text = sealer.seal(seal, b"state", now() + LATER);
    assert_eq!(sealer.open(seal, &text, now()).unwrap(), b"state");
    assert!(sealer.open(seal, &text, now() + LATER).is_none());
    assert!(Sealer::new(&[2; 32]).open(seal, &text, now()).is_none());
    for at in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(sealer.open(seal, &changed, now()).is_none(), "{at}");
        assert!(sealer.open(seal, &text[..at], now()).is_none(), "{at}");
    }
}

/// Fault M13: a text that another caller brings.
#[test]
fn it_is_bound_to_its_purpose_and_its_caller() {
    let sealer = Sealer::random();
    let text = sealer.seal(Seal::new("ab").bound_to("c"), b"", now() + LATER);
    for (purpose, whom, opens) in [
        ("ab", "c", true),
        ("a", "bc", false),
        ("ab", "d", false),
        ("abc", "", false),
    ] {
        let seal = Seal::new(purpose).bound_to(whom);
        assert_eq!(sealer.open(seal, &text, now()).is_some(), opens, "{seal:?}");
    }
}

#[test]
fn an_older_key_opens_and_no_longer_seals() {
    let (old, new) = ([1; 32], [2; 32]);
    let seal = Seal::new("cursor");
    let text = Sealer::new(&old).seal(seal, b"1", now() + LATER);
    let rotated = Sealer::rotated([&new, &old]);
    assert_eq!(rotated.open(seal, &text, now()).unwrap(), b"1");
    let text = rotated.seal(seal, b"2", now() + LATER);
    assert!(Sealer::new(&old).open(seal, &text, now()).is_none());
    assert!(Sealer::new(&new).open(seal, &text, now()).is_some());
    let none = Sealer::rotated([]);
    assert!(
        none.open(seal, &none.seal(seal, b"", now() + LATER), now())
            .is_none()
    );
}

#[test]
fn no_text_is_like_another_and_the_key_is_not_shown() {
    let sealer = Sealer::new(&[9; 32]);
    let seal = Seal::new("x");
    let text = || sealer.seal(seal, b"same", now() + LATER);
    assert_ne!(text(), text());
    assert_eq!(format!("{sealer:?}"), "Sealer { keys: 1 }");
}

#[test]
fn names_that_nobody_can_guess_are_all_different() {
    let names: Vec<_> = (0..64).map(|_| unguessable().unwrap()).collect();
    for (at, name) in names.iter().enumerate() {
        assert_eq!(name.len(), 22);
        assert!(!names[..at].contains(name));
    }
}
