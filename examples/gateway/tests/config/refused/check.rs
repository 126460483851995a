//! Assertions on what is said.

use crate::{GATEWAY, backend, load_text, route, said};

/// Asserts that these documents, beside a valid Gateway and backend, are refused in these words.
#[track_caller]
pub(super) fn refuses(documents: &[&str], expected: &[&str]) {
    assert_eq!(said(documents), expected);
}

/// The same for the rules of a route, which is document 4.
#[track_caller]
pub(super) fn refuses_rule(rule: &str, expected: &str) {
    let expected = format!("document 4, HTTPRoute apps/web: spec.rules[0]{expected}");
    refuses(&[&route(rule)], &[&expected]);
}

/// The same for the spec of an AgentgatewayBackend, which is document 4.
#[track_caller]
pub(super) fn refuses_backend(spec: &str, expected: &str) {
    let expected = format!("document 4, AgentgatewayBackend apps/it: {expected}");
    refuses(&[&backend(spec)], &[&expected]);
}

/// The same for a Gateway changed in one place.
#[track_caller]
pub(super) fn refuses_gateway(from: &str, to: &str, expected: &[&str]) {
    assert!(GATEWAY.contains(from), "{from}");
    let report = load_text(&GATEWAY.replace(from, to)).expect_err("must be refused");
    let told: Vec<_> = report.problems.iter().map(ToString::to_string).collect();
    assert_eq!(told, expected);
}
