use super::*;
use crate::config::snapshot::Secret;

#[test]
fn equal_backends_have_one_stack_which_stays_over_plans() {
    let (parts, _) = parts();
    let rules = || {
        vec![
            rule("/1", Action::Forward(to("a"))),
            rule("/2", Action::Forward(to("a"))),
            rule("/3", Action::Forward(to("b"))),
        ]
    };
    let before = plan(&snapshot(vec![listener("l", rules())]), &parts);
    assert_eq!(parts.stacks.len(), 2);
    let kept = parts.stacks.addresses();
    let after = plan(&snapshot(vec![listener("l", rules())]), &parts);
    assert_eq!(parts.stacks.addresses(), kept);
    let one = vec![rule("/1", Action::Forward(to("a")))];
    let less = plan(&snapshot(vec![listener("l", one)]), &parts);
    assert_eq!(parts.stacks.len(), 1);
    assert!(kept.is_superset(&parts.stacks.addresses()));
    drop((before, after, less));
}

#[test]
fn certificates_that_changed_are_seen() {
    let tls = |key: &str| {
        let reference = Reference::new("", "Secret", "ns", "cert");
        let own = crate::config::snapshot::Certificate::new(
            reference,
            Secret::new("chain"),
            Secret::new(key),
        );
        let listener = Listener::new("l", 443, Protocol::Https(vec![own]));
        let (parts, _) = parts();
        plan(&snapshot(vec![listener]), &parts)
            .sockets
            .remove(0)
            .tls
            .unwrap()
    };
    assert_eq!(tls("one"), tls("one"));
    assert_eq!(tls("one").content_hash(), tls("one").content_hash());
    assert_ne!(tls("one"), tls("two"));
    assert_ne!(tls("one").content_hash(), tls("two").content_hash());
    let shown = format!("{:?}", tls("a-private-key"));
    assert!(!shown.contains("a-private-key"), "{shown}");
}
