//! The tests that are not passed, each with its reason, and the page that tells of all.

use std::{fmt::Write as _, path::PathBuf, sync::Mutex};

use super::run::Outcome;

/// A test that is not passed, what each of its faults is about one of, and why.
pub(crate) type Exception = (&'static str, &'static [&'static str], &'static str);

/// Those that are known.
pub(crate) const EXCEPTIONS: &[Exception] = &[
    (
        "GatewayInvalidTLSBackendConfiguration",
        &["gateway-client-certificate-"],
        "the gateway has no certificate of its own towards backends",
    ),
    (
        "GatewayTLSBackendClientCertificate",
        &["status 502", "BackendTLSPolicy"],
        "BackendTLSPolicy is not served, nor has the gateway a certificate of its own towards backends",
    ),
    (
        "HTTPRouteBackendProtocolWebSocket",
        &["no upgrade: 501"],
        "upgrades to WebSocket are refused",
    ),
    (
        "HTTPRouteDisallowedKind",
        &["not ready: Gateway gateway-conformance-infra/tlsroutes-only"],
        "the listener that is to be programmed is for TLSRoutes, which are not served; the route is \
         refused as expected",
    ),
    (
        "HTTPRouteRetryConnectionError",
        &["succeedAfter=4 at port 80 of it, headers {}: status 502"],
        "a backend that breaks the connection is answered 502, by RFC 9110; the test wants 500 or 503",
    ),
];

/// The page is written a section at a time.
static PAGE: Mutex<()> = Mutex::new(());

const HEADER: &str = "\
# Conformance to Gateway API

What of the conformance tests of Gateway API this gateway passes. They run in one process, through
real sockets, from their own manifests: `cargo test -p agentgateway-tests --test conformance`. Where
the manifests are not at hand, the tests say that they are skipped.

*Requests* are sent to the Gateways of a test and answered by echo servers that stand for its
Deployments; each must be answered as expected every time. *Conditions* are all that is expected of
a status: conditions with their reasons and generations, counts of routes and listeners, kinds,
addresses. An exception is compared too: the table is wrong, and the test fails, when it passes or
when it fails for another reason. `UPDATE_CONFORMANCE=1` writes this page anew.

";

/// The results of a group, in the order of their tests.
#[derive(Debug)]
pub(crate) struct Table {
    group: &'static str,
    rows: Vec<(String, Outcome)>,
}

impl Table {
    pub(crate) fn new(group: &'static str, rows: Vec<(String, Outcome)>) -> Self {
        Self { group, rows }
    }

    /// Everything that is not as the exceptions say.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, outcome) in &self.rows {
            let found: Vec<_> = outcome.faults().map(String::as_str).collect();
            match exception(name) {
                Some(_) if found.is_empty() => {
                    faults.push(format!("{name}: passes, and is an exception"));
                }
                Some((_, about, _)) => {
                    let others = found
                        .iter()
                        .filter(|fault| !about.iter().any(|about| fault.contains(about)));
                    faults.extend(others.map(|fault| format!("{name}: {fault}")));
                }
                None => faults.extend(found.iter().map(|fault| format!("{name}: {fault}"))),
            }
        }
        faults
    }

    /// The section of the page.
    pub(crate) fn text(&self) -> String {
        let mut text = format!(
            "## {}\n\n| test | requests | conditions | exception |\n|---|---|---|---|\n",
            self.group
        );
        let (mut requests, mut conditions) = ((0, 0), (0, 0));
        for (name, outcome) in &self.rows {
            let (asked, known) = (count(&outcome.requests), count(&outcome.conditions));
            let why = exception(name).map_or("", |(.., why)| *why);
            writeln!(
                text,
                "| {name} | {} | {} | {why} |",
                shown(asked),
                shown(known)
            )
            .unwrap();
            requests = (requests.0 + asked.0, requests.1 + asked.1);
            conditions = (conditions.0 + known.0, conditions.1 + known.1);
        }
        writeln!(
            text,
            "| **all {}** | {} | {} | |\n",
            self.rows.len(),
            shown(requests),
            shown(conditions)
        )
        .unwrap();
        text
    }

    /// Whether the page says the same; it is written when the environment says so.
    pub(crate) fn on_page(&self) -> Result<(), String> {
        let _alone = PAGE
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/conformance.md");
        let page = std::fs::read_to_string(&path).unwrap_or_default();
        let mut sections: Vec<_> = page
            .split("\n## ")
            .skip(1)
            .map(|it| format!("## {it}"))
            .collect();
        let own = format!("## {}\n", self.group);
        let text = self.text();
        let found = sections.iter().position(|it| it.starts_with(&own));
        let same = found.is_some_and(|at| sections[at].trim_end() == text.trim_end());
        if same && page.starts_with(HEADER) {
            return Ok(());
        }
        if std::env::var_os("UPDATE_CONFORMANCE").is_none() {
            return Err(
                "docs/conformance.md is old: UPDATE_CONFORMANCE=1 writes it anew".to_owned(),
            );
        }
        match found {
            Some(at) => sections[at] = text,
            None => sections.push(text),
        }
        sections.sort();
        let sections: Vec<_> = sections.iter().map(|it| it.trim_end()).collect();
        let page = format!("{HEADER}{}\n", sections.join("\n\n"));
        std::fs::write(&path, page).map_err(|error| error.to_string())
    }
}

fn exception(name: &str) -> Option<&'static Exception> {
    EXCEPTIONS.iter().find(|(known, ..)| *known == name)
}

fn count(results: &[Result<(), String>]) -> (usize, usize) {
    let passed = results.iter().filter(|it| it.is_ok()).count();
    (passed, results.len())
}

fn shown((passed, all): (usize, usize)) -> String {
    match all {
        0 => "–".to_owned(),
        _ => format!("{passed}/{all}"),
    }
}
