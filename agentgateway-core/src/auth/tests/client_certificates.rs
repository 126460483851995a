use http::request;

use super::support::*;
use crate::{
    auth::*,
    context::{AuthMethod, ClientCertificate, Principal},
};

fn shown() -> ClientCertificate {
    ClientCertificate::new(&b"der"[..], "c0ffee")
        .with_uris(["urn:node:7", "spiffe://example.org/team/planner"])
        .with_dns_names(["Planner.example.org"])
}

fn showing(certificate: ClientCertificate) -> request::Parts {
    let mut head = with(&[]);
    head.extensions.insert(certificate);
    head
}

fn named(method: ClientCertificates) -> Result<String, String> {
    match now(&Authentication::new(method), showing(shown())) {
        Ok(head) => Ok(caller(&head).unwrap().to_owned()),
        Err(error) => Err(rule(&error).to_owned()),
    }
}

#[test]
fn a_verified_certificate_names_its_holder() {
    let policy = Authentication::new(ClientCertificates::new());
    let head = now(&policy, showing(shown())).unwrap();
    let principal = head.extensions.get::<Principal>().unwrap();
    assert_eq!(principal.name(), "urn:node:7");
    assert_eq!(principal.method(), AuthMethod::ClientCertificate);
    assert_eq!(principal.claims()["fingerprint"], "c0ffee");
    assert_eq!(principal.claims()["dns_names"][0], "Planner.example.org");
}

#[test]
fn one_that_nobody_vouches_for_names_nobody() {
    let policy = Authentication::new(ClientCertificates::new());
    let error = now(&policy, showing(shown().unverified())).unwrap_err();
    assert_eq!(rule(&error), "authentication client_certificate unverified");
    let error = now(&policy, with(&[])).unwrap_err();
    assert_eq!(rule(&error), "authentication missing");
    assert_eq!(challenge(&error), r#"ClientCertificate realm="Restricted""#);
}

#[test]
fn the_name_that_is_allowed_is_the_callers() {
    let method = ClientCertificates::new;
    for (method, name) in [
        (method().allow_uri("urn:node:7"), "urn:node:7"),
        (
            method().allow_uri("spiffe://example.org/team/*"),
            "spiffe://example.org/team/planner",
        ),
        (
            method().allow_dns_name("planner.example.org"),
            "Planner.example.org",
        ),
        (
            method().allow_dns_name("*.EXAMPLE.org"),
            "Planner.example.org",
        ),
        (
            method()
                .allow_uri("urn:other")
                .allow_dns_name("*.example.org"),
            "Planner.example.org",
        ),
    ] {
        assert_eq!(named(method), Ok(name.to_owned()));
    }
    for method in [
        method().allow_uri("spiffe://example.org/team"),
        method().allow_uri("SPIFFE://example.org/team/planner"),
        method().allow_dns_name("*.org"),
        method().allow_dns_name("*.planner.example.org"),
        method().allow_dns_name("example.org"),
    ] {
        let refused = named(method.clone()).unwrap_err();
        let expected = "authentication client_certificate not allowed";
        assert_eq!(refused, expected, "{method:?}");
    }
}
