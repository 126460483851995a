use agentgateway_core::{
    context::ClientAddr,
    forwarded::ForwardedLayer,
    route::{Cors, HeaderEdit, PathEdit, Redirect, RedirectScheme, Rewrite},
};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use tower_layer::Layer;

use super::*;
use crate::config::snapshot::{Certificate, Secret};

pub(super) fn edit(set: &[(&'static str, &'static str)], remove: &[&'static str]) -> HeaderEdit {
    let mut edit = HeaderEdit::default();
    let field = |(name, value): &(&'static str, &'static str)| {
        let value = HeaderValue::from_static(value);
        (HeaderName::from_static(name), value)
    };
    edit.set = set.iter().map(field).collect();
    edit.remove = remove
        .iter()
        .map(|name| HeaderName::from_static(name))
        .collect();
    edit
}

#[tokio::test]
async fn headers_are_edited_by_the_rule_and_then_by_the_backend() {
    let (parts, sent) = parts();
    let mut backends = to("a");
    backends[0].filters.request = edit(&[("x-own", "backend")], &["x-gone"]);
    backends[0].filters.response = edit(&[("x-answer", "backend")], &["x-from"]);
    let mut rule = rule("/", Action::Forward(backends));
    rule.filters.request = edit(&[("x-own", "rule"), ("x-rule", "1"), ("x-gone", "1")], &[]);
    rule.filters.response = edit(&[("x-rule", "2")], &[]);
    let table = serving(&parts, vec![rule]);
    let response = ask(&table, get("/")).await;
    assert_eq!(response.headers()["x-answer"], "backend");
    assert_eq!(response.headers()["x-rule"], "2");
    assert!(!response.headers().contains_key("x-from"));
    let sent = sent.lock().unwrap().pop().unwrap();
    assert!(sent.body.is_empty());
    assert_eq!(sent.headers["x-own"], "backend");
    assert_eq!(sent.headers["x-rule"], "1");
    assert!(!sent.headers.contains_key("x-gone"));
}

/// What stands further out has the last word on an answer, and the page that may read it is told last.
#[tokio::test]
async fn answers_are_edited_by_the_backend_then_the_rule_then_for_the_page() {
    let (parts, _) = parts();
    let origin = "access-control-allow-origin";
    let mut backends = to("a");
    backends[0].filters.response = edit(&[("x-own", "backend"), (origin, "backend")], &[]);
    let mut rule = rule("/", Action::Forward(backends));
    rule.filters.response = edit(&[("x-own", "rule"), (origin, "rule")], &[]);
    let mut cors = Cors::default();
    cors.allow_origins = vec!["https://page.example".to_owned()];
    rule.filters.cors = Some(cors);
    let table = serving(&parts, vec![rule]);
    let mut request = get("/");
    let page = HeaderValue::from_static("https://page.example");
    request.headers_mut().insert("origin", page.clone());
    let response = ask(&table, request).await;
    assert_eq!(response.headers()["x-own"], "rule");
    let told: Vec<_> = response.headers().get_all(origin).iter().collect();
    assert_eq!(told, [page]);
}

#[tokio::test]
async fn what_a_filter_sets_passes_a_protocols_list_of_headers() {
    let (parts, sent) = parts();
    let at = Endpoints::Name(HostPort::new("agent", 80));
    let agent = Outcome::Backend(backend(BackendKind::A2a(at)));
    let mut rule = rule("/", Action::Forward(vec![WeightedBackend::new(1, agent)]));
    rule.filters.request = edit(&[("x-team", "blue")], &[]);
    let table = serving(&parts, vec![rule]);
    let mut request = get("/.well-known/agent-card.json");
    request
        .headers_mut()
        .insert("x-other", HeaderValue::from_static("1"));
    ask(&table, request).await;
    let sent = sent.lock().unwrap().pop().unwrap();
    assert_eq!(sent.headers["x-team"], "blue");
    assert!(!sent.headers.contains_key("x-other"));
}

pub(super) fn rewrite(hostname: Option<&str>, path: Option<PathEdit>) -> Rewrite {
    let mut rewrite = Rewrite::default();
    rewrite.hostname = hostname.map(str::to_owned);
    rewrite.path = path;
    rewrite
}

#[tokio::test]
async fn path_and_host_are_rewritten() {
    let (parts, sent) = parts();
    let mut backends = to("a");
    backends[0].filters.rewrite = Some(rewrite(
        Some("two.example"),
        Some(PathEdit::Full("/full".into())),
    ));
    let mut first = rule("/one", Action::Forward(to("a")));
    first.filters.rewrite = Some(rewrite(
        Some("one.example"),
        Some(PathEdit::Prefix("/1".into())),
    ));
    let second = rule("/two", Action::Forward(backends.clone()));
    // What the backend says comes before what the rule says.
    let mut third = rule("/three", Action::Forward(backends));
    third.filters.rewrite.clone_from(&first.filters.rewrite);
    let table = serving(&parts, vec![first, second, third]);
    for (path, uri, host) in [
        ("/one/x?q=1", "http://a.ns.svc:80/1/x?q=1", "one.example"),
        ("/two/x", "http://a.ns.svc:80/full", "two.example"),
        ("/three/x", "http://a.ns.svc:80/full", "two.example"),
    ] {
        assert_eq!(status(&table, get(path)).await, 200);
        let sent = sent.lock().unwrap().pop().unwrap();
        assert_eq!(
            (
                sent.uri.to_string().as_str(),
                sent.host.unwrap().value().to_str().unwrap()
            ),
            (uri, host)
        );
    }
}

#[tokio::test]
async fn redirects_keep_the_listeners_scheme_and_port() {
    let (parts, _) = parts();
    let secret = || Secret::new("pem");
    let reference = Reference::new("", "Secret", "ns", "cert");
    let certificate = Certificate::new(reference, secret(), secret());
    for (protocol, port, expected) in [
        (Protocol::Http, 8080, "http://example.com:8080/new/x?q"),
        (Protocol::Http, 80, "http://example.com/new/x?q"),
        (
            Protocol::Https(vec![certificate]),
            443,
            "https://example.com/new/x?q",
        ),
    ] {
        let mut redirect = Redirect::default();
        redirect.path = Some(PathEdit::Prefix("/new".into()));
        redirect.status = StatusCode::MOVED_PERMANENTLY;
        let mut to_https = Redirect::default();
        to_https.scheme = Some(RedirectScheme::Https);
        let mut backends = to("a");
        backends[0].filters.redirect = Some(to_https);
        let rules = vec![
            rule("/old", Action::Redirect(redirect)),
            rule("/tls", Action::Forward(backends)),
        ];
        let mut listener = Listener::new("l", port, protocol);
        listener.rules = rules;
        let table = table(&parts, vec![listener]);
        let response = ask(&table, get("/old/x?q")).await;
        assert_eq!(response.status(), 301);
        assert_eq!(response.headers()["location"], expected);
        let response = ask(&table, get("/tls")).await;
        assert_eq!(
            (response.status(), &response.headers()["location"]),
            (
                StatusCode::FOUND,
                &HeaderValue::from_static("https://example.com/tls")
            )
        );
    }
}

#[tokio::test]
async fn redirects_keep_the_scheme_that_a_trusted_proxy_tells() {
    let (parts, _) = parts();
    let mut redirect = Redirect::default();
    redirect.path = Some(PathEdit::Full("/new".into()));
    let table = serving(&parts, vec![rule("/old", Action::Redirect(redirect))]);
    let trusted = ["10.0.0.0/8".parse().unwrap()].into_iter().collect();
    let table = ForwardedLayer::new(trusted).layer(table);
    for (peer, expected) in [
        ([10, 0, 0, 1], "https://pub.example/new"),
        ([192, 0, 2, 1], "http://example.com:8080/new"),
    ] {
        let mut request = get("/old");
        request
            .extensions_mut()
            .insert(ClientAddr::new((peer, 1).into()));
        for (name, value) in [("proto", "https"), ("host", "pub.example")] {
            let name: HeaderName = format!("x-forwarded-{name}").parse().unwrap();
            request
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        }
        let Ok(response) = table.clone().oneshot(request).await;
        assert_eq!(response.headers()["location"], expected);
    }
}

#[tokio::test]
async fn preflights_are_answered_before_anything_else_and_errors_are_readable() {
    let (parts, sent) = parts();
    let mut cors = Cors::default();
    cors.allow_origins = vec!["https://page.example".to_owned()];
    cors.allow_methods = vec![Some(Method::PUT)];
    let mut broken = rule("/", Action::Invalid("broken".to_owned()));
    broken.filters.cors = Some(cors);
    let table = serving(&parts, vec![broken]);
    let ask_from = |method: Method, origin: &'static str| {
        let mut request = get("/");
        *request.method_mut() = method;
        let headers = request.headers_mut();
        headers.insert("origin", HeaderValue::from_static(origin));
        headers.insert(
            "access-control-request-method",
            HeaderValue::from_static("PUT"),
        );
        ask(&table, request)
    };
    let preflight = ask_from(Method::OPTIONS, "https://page.example").await;
    assert_eq!(preflight.status(), 204);
    assert_eq!(preflight.headers()["access-control-allow-methods"], "PUT");
    let failure = ask_from(Method::PUT, "https://page.example").await;
    assert_eq!(failure.status(), 500);
    assert_eq!(
        failure.headers()["access-control-allow-origin"],
        "https://page.example"
    );
    let other = ask_from(Method::PUT, "https://evil.example").await;
    assert!(!other.headers().contains_key("access-control-allow-origin"));
    assert!(sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_preflight_is_decided_by_the_rule_that_would_take_the_request() {
    let (parts, sent) = parts();
    let cors = |origin: &str| {
        let mut cors = Cors::default();
        cors.allow_origins = vec![origin.to_owned()];
        Some(cors)
    };
    let with = |method: Option<Method>, path, origin: Option<&str>| {
        let mut rule = rule(path, Action::Forward(to("a")));
        rule.matches[0].method = method;
        rule.filters.cors = origin.and_then(cors);
        rule
    };
    let table = serving(
        &parts,
        vec![
            with(Some(Method::GET), "/x", Some("https://get.example")),
            with(Some(Method::PUT), "/x", Some("https://put.example")),
            with(Some(Method::POST), "/y", None),
            with(None, "/y", Some("https://any.example")),
            with(None, "/z", None),
        ],
    );
    let cases = [
        ("/x", "GET", 204, Some("https://get.example")),
        ("/x", "PUT", 204, Some("https://put.example")),
        ("/x", "DELETE", 404, None),
        // The rule for POST says nothing about pages: it is asked who takes OPTIONS.
        ("/y", "POST", 204, Some("https://any.example")),
        // The service answers for itself.
        ("/z", "GET", 200, None),
    ];
    for (path, asked, status, allowed) in cases {
        let mut request = get(path);
        *request.method_mut() = Method::OPTIONS;
        let headers = request.headers_mut();
        let origin = allowed.unwrap_or("https://other.example");
        headers.insert("origin", HeaderValue::from_static(origin));
        headers.insert(
            "access-control-request-method",
            HeaderValue::from_static(asked),
        );
        let response = ask(&table, request).await;
        assert_eq!(response.status(), status, "{path} {asked}");
        let got = response.headers().get("access-control-allow-origin");
        let got = got.map(|origin| origin.to_str().unwrap());
        assert_eq!(got, allowed, "{path} {asked}");
    }
    assert_eq!(sent.lock().unwrap().len(), 1);
    let plain = Request::options("/x").body(Body::empty()).unwrap();
    assert_eq!(ask(&table, plain).await.status(), 404, "no preflight");
}
