use std::collections::HashSet;

use super::*;
use crate::{
    assemble::clients::Transport,
    config::snapshot::{Certificate, Secret, TlsTerms},
};

fn on(name: &str, terms: &TlsTerms) -> Vec<WeightedBackend> {
    let mut backend = service(name).as_ref().clone();
    backend.settings.tls = true;
    backend.settings.tls_terms = Some(terms.clone().into());
    vec![WeightedBackend::new(1, Outcome::Backend(backend.into()))]
}

fn terms(name: &str) -> TlsTerms {
    TlsTerms {
        server_name: Some(name.to_owned()),
        ..TlsTerms::default()
    }
}

fn named(transports: &HashSet<Transport>) -> Vec<String> {
    let tls = transports.iter().filter_map(|it| it.tls.as_ref());
    let mut names: Vec<_> = tls.filter_map(|tls| tls.server_name.clone()).collect();
    names.sort();
    names
}

#[test]
fn backends_on_the_same_terms_share_a_client_which_stays_while_one_has_them() {
    let (parts, _) = parts();
    let planned = |all: &[(&str, &str)]| {
        let rules = all.iter().map(|(backend, name)| {
            rule(
                &format!("/{backend}"),
                Action::Forward(on(backend, &terms(name))),
            )
        });
        let made = plan(&snapshot(vec![listener("l", rules.collect())]), &parts);
        drop(made);
        named(&parts.clients.transports())
    };
    assert_eq!(planned(&[("a", "one"), ("b", "one")]), ["one"]);
    // A plan that makes no stack anew keeps the clients of those that stay.
    assert_eq!(planned(&[("a", "one"), ("b", "one")]), ["one"]);
    assert_eq!(planned(&[("a", "one"), ("b", "two")]), ["one", "two"]);
    assert_eq!(planned(&[("b", "two")]), ["two"]);
    assert_eq!(planned(&[]), [""; 0]);
}

#[tokio::test]
async fn terms_that_cannot_be_kept_are_no_client_as_usual() {
    let (parts, sent) = parts();
    let mut terms = terms("one");
    terms.roots = Some(Secret::new("nonsense"));
    let table = serving(&parts, vec![rule("/", Action::Forward(on("a", &terms)))]);
    assert_eq!(status(&table, get("/")).await, 500);
    assert!(sent.lock().unwrap().is_empty());
}

#[test]
fn a_client_is_of_its_certificate() {
    let with = |key: &str| {
        let reference = Reference::new("", "Secret", "ns", "own");
        let own = Certificate::new(reference, Secret::new("chain"), Secret::new(key));
        let mut terms = terms("one");
        terms.identity = Some(own);
        Transport {
            tls: Some(terms.into()),
            ..Transport::default()
        }
    };
    assert_eq!(with("one"), with("one"));
    assert_ne!(with("one"), with("two"));
    let shown = format!("{:?}", with("a-private-key"));
    assert!(!shown.contains("a-private-key"), "{shown}");
}
