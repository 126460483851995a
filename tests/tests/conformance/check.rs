//! Whether an answer is as expected.

use std::collections::BTreeMap;

use http::{HeaderMap, StatusCode, Uri, header};
use serde_json::Value;

use super::{
    client::Got,
    expectation::{Answer, Ask, Headers, Redirect},
};

/// Says what is wrong with an answer.
pub(crate) fn check(ask: &Ask, expect: &Answer, got: &Got) -> Result<(), String> {
    if let Some(code) = expect.grpc_code {
        same("grpc-status", &Some(code), &got.code)?;
        return if code == 0 { who(expect, got) } else { Ok(()) };
    }
    status(&expect.status, got.status)?;
    if expect.answered_by.as_deref() == Some("gateway") && got.echo.is_some() {
        return Err("a backend answered, not the gateway".to_owned());
    }
    if let Some(redirect) = &expect.redirect {
        redirected(ask, redirect, got)?;
    }
    if !matches!(got.status, StatusCode::OK | StatusCode::NO_CONTENT) {
        return Ok(());
    }
    answer_headers(&expect.response_headers, &got.headers)?;
    if expect.answered_by.is_some() {
        return Ok(());
    }
    who(expect, got)?;
    at_backend(ask, expect, got)
}

fn status(expect: &Value, got: StatusCode) -> Result<(), String> {
    let wanted: Vec<u64> = match expect {
        Value::Array(all) => all.iter().filter_map(Value::as_u64).collect(),
        one => one.as_u64().into_iter().collect(),
    };
    let late = |status| matches!(status, 408 | 504);
    let got = u64::from(got.as_u16());
    let fits = |&wanted: &u64| wanted == got || (late(wanted) && late(got));
    if wanted.iter().any(fits) {
        return Ok(());
    }
    Err(format!("status {got}, expected {expect}"))
}

/// Which pod answered.
fn who(expect: &Answer, got: &Got) -> Result<(), String> {
    let Some(echo) = &got.echo else {
        return Err("the answer is none of the echo's".to_owned());
    };
    let pod = echo["pod"].as_str().unwrap_or_default();
    let backend = expect.backend.as_deref().unwrap_or_default();
    if !pod.starts_with(backend) {
        return Err(format!("{pod} answered, expected {backend}"));
    }
    if let Some(namespace) = &expect.namespace {
        same("namespace", namespace, &text(&echo["namespace"]))?;
    }
    if let Some(name) = &expect.backend_named_by_request_header {
        let named = seen(echo, name);
        let only = named.as_deref().filter(|named| !named.contains(','));
        if !only.is_some_and(|only| pod.starts_with(only)) {
            return Err(format!("{pod} saw {name}: {named:?}"));
        }
    }
    if let Some(sni) = &expect.sni_at_backend {
        same("the name for TLS at the backend", sni, &text(&echo["sni"]))?;
    }
    match &expect.client_certificate_at_backend {
        Some(_) => Err("no client certificate reached the backend".to_owned()),
        None => Ok(()),
    }
}

/// What the backend saw.
fn at_backend(ask: &Ask, expect: &Answer, got: &Got) -> Result<(), String> {
    let Some(echo) = &got.echo else { return Ok(()) };
    let path = text(&echo["path"]);
    if let Some(wanted) = &expect.path_at_backend {
        // A value that makes the target unique comes on top of what is expected.
        let unique = got.sent.strip_prefix(ask.path.as_str()).unwrap_or_default();
        same("path at the backend", &format!("{wanted}{unique}"), &path)?;
    } else {
        same("path at the backend", &got.sent, &path)?;
        let method = ask.method.as_deref().unwrap_or("GET");
        same(
            "method at the backend",
            &method.to_owned(),
            &text(&echo["method"]),
        )?;
        if let (Some(host), None) = (&ask.host, &expect.host_at_backend) {
            same("host at the backend", host, &text(&echo["host"]))?;
        }
        let edited = &expect.request_headers_at_backend;
        let listed = |name: &String| {
            let same = |other: &String| other.eq_ignore_ascii_case(name);
            edited.set.keys().chain(&edited.absent).any(same)
        };
        for (name, value) in ask.headers.iter().filter(|(name, _)| !listed(name)) {
            same(name, &Some(value.clone()), &seen(echo, name))?;
        }
    }
    if let Some(method) = &expect.method_at_backend {
        same("method at the backend", method, &text(&echo["method"]))?;
    }
    if let Some(host) = &expect.host_at_backend {
        same("host at the backend", host, &text(&echo["host"]))?;
    }
    for (name, value) in &expect.request_headers_at_backend.set {
        same(name, &Some(value.clone()), &seen(echo, name))?;
    }
    for name in &expect.request_headers_at_backend.absent {
        same(name, &None, &seen(echo, name))?;
    }
    Ok(())
}

/// A header at the backend, several values joined by a comma.
fn seen(echo: &Value, name: &str) -> Option<String> {
    let headers = echo["headers"].as_object()?;
    let own = headers
        .iter()
        .find(|(own, _)| own.eq_ignore_ascii_case(name))?;
    let values = own.1.as_array()?.iter().map(text);
    Some(values.collect::<Vec<_>>().join(","))
}

fn answer_headers(expect: &Headers, got: &HeaderMap) -> Result<(), String> {
    let plain = |text: &str| match expect.ignore_whitespace {
        true => text.replace(' ', ""),
        false => text.to_owned(),
    };
    let found = |name: &str| {
        let values: Vec<_> = got
            .get_all(name)
            .iter()
            .map(|it| it.to_str().unwrap_or("?"))
            .collect();
        (!values.is_empty()).then(|| plain(&values.join(",")))
    };
    for (name, value) in &expect.set {
        same(name, &Some(plain(value)), &found(name))?;
    }
    for (name, values) in &expect.one_of {
        let values: Vec<_> = values.iter().map(|value| Some(plain(value))).collect();
        if !values.contains(&found(name)) {
            return Err(format!(
                "{name}: found {:?}, expected one of {values:?}",
                found(name)
            ));
        }
    }
    for name in &expect.absent {
        same(name, &None, &found(name))?;
    }
    Ok(())
}

fn redirected(ask: &Ask, expect: &Redirect, got: &Got) -> Result<(), String> {
    let location = got.headers.get(header::LOCATION);
    let location = location.and_then(|it| it.to_str().ok());
    let location = location.ok_or("there is no Location")?;
    let uri: Uri = location
        .parse()
        .map_err(|error| format!("{location}: {error}"))?;
    same(
        "status of the redirect",
        &expect.status,
        &got.status.as_u16(),
    )?;
    // A Location may be relative to what was asked for (RFC 9110, 10.2.2).
    let own = if ask.tls() { "https" } else { "http" };
    let scheme = uri.scheme_str().unwrap_or(own);
    same("scheme of the redirect", &expect.scheme.as_str(), &scheme)?;
    if let Some(host) = &expect.host {
        same("host of the redirect", &Some(host.as_str()), &uri.host())?;
    }
    let usual = if scheme == "https" { 443 } else { 80 };
    let port = uri.port_u16().unwrap_or(usual);
    same("port of the redirect", &expect.port.unwrap_or(usual), &port)?;
    same("path of the redirect", &expect.path.as_str(), &uri.path())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, wanted: &T, found: &T) -> Result<(), String> {
    if wanted == found {
        return Ok(());
    }
    Err(format!("{what}: found {found:?}, expected {wanted:?}"))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Whether each share is within the tolerance, and what is to get nothing got nothing.
pub(crate) fn shares(
    wanted: &BTreeMap<String, f64>,
    counts: &BTreeMap<String, f64>,
    tolerance: f64,
) -> Result<(), String> {
    let all: f64 = counts.values().sum();
    for (backend, share) in wanted {
        let own = counts.get(backend).copied().unwrap_or_default();
        if (own / all - share).abs() > tolerance || (*share == 0.0 && own > 0.0) {
            return Err(format!(
                "{backend} got {own} of {all}, expected a share of {share}"
            ));
        }
    }
    Ok(())
}
