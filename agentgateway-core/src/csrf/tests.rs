use http::Request;

use super::*;
use crate::{
    error::ErrorKind,
    policy::{Decision, Policy},
};

/// Whether a request with these fields passes.
fn passes(method: &str, target: &str, fields: &[(&str, &str)]) -> bool {
    let policy = Csrf::new()
        .allow_origin("https://chat.example.org")
        .unwrap()
        .allow_origin("http://localhost:8080")
        .unwrap();
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let mut head = request.body(()).unwrap().into_parts().0;
    match policy.decide(&mut head) {
        Decision::Pass => true,
        Decision::Refuse(error) => {
            assert_eq!(error.kind(), ErrorKind::Forbidden);
            false
        }
        other => panic!("{other:?}"),
    }
}

const HOST: (&str, &str) = ("host", "tools.example.org");

#[test]
fn safe_methods_and_clients_that_are_no_browsers_pass() {
    let evil = [
        HOST,
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://evil.example"),
    ];
    for method in ["GET", "HEAD", "OPTIONS"] {
        assert!(passes(method, "/", &evil));
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE"] {
        assert!(!passes(method, "/", &evil), "{method}");
        assert!(passes(method, "/", &[HOST]), "{method}");
    }
}

#[test]
fn the_browsers_word_on_the_site_comes_first() {
    for (site, expected) in [
        ("same-origin", true),
        ("none", true),
        ("same-site", false),
        ("cross-site", false),
        ("Same-Origin", false),
        ("", false),
        ("nonsense", false),
    ] {
        let own = ("origin", "https://tools.example.org");
        assert_eq!(
            passes("POST", "/", &[HOST, ("sec-fetch-site", site), own]),
            expected
        );
        assert_eq!(
            passes("POST", "/", &[HOST, ("sec-fetch-site", site)]),
            expected
        );
    }
    let twice = [
        HOST,
        ("sec-fetch-site", "none"),
        ("sec-fetch-site", "cross-site"),
    ];
    assert!(!passes("POST", "/", &twice));
}

#[test]
fn without_it_the_origin_is_compared_with_the_host() {
    for (host, origin, expected) in [
        ("tools.example.org", "https://tools.example.org", true),
        ("TOOLS.example.org", "https://tools.EXAMPLE.org", true),
        ("tools.example.org:443", "https://tools.example.org", true),
        ("tools.example.org:80", "http://tools.example.org", true),
        (
            "tools.example.org:8080",
            "http://tools.example.org:8080",
            true,
        ),
        ("tools.example.org:8080", "http://tools.example.org", false),
        ("tools.example.org", "http://tools.example.org:8080", false),
        (
            "tools.example.org",
            "https://tools.example.org.evil.example",
            false,
        ),
        ("tools.example.org", "https://evil.example", false),
        ("tools.example.org", "null", false),
        ("tools.example.org", "", false),
        ("tools.example.org", "https://tools.example.org/path", false),
        ("bad host", "https://tools.example.org", false),
    ] {
        let fields = [("host", host), ("origin", origin)];
        assert_eq!(passes("POST", "/", &fields), expected, "{host} {origin}");
    }
    let twice = [
        HOST,
        ("origin", "https://tools.example.org"),
        ("origin", "https://evil.example"),
    ];
    assert!(!passes("POST", "/", &twice));
    // The target's host, as HTTP/2 and trusted proxies name it, is the request's.
    let own = [
        ("host", "internal"),
        ("origin", "https://tools.example.org"),
    ];
    assert!(passes("POST", "https://tools.example.org/", &own));
}

#[test]
fn additional_origins_may_call_whatever_the_site() {
    for (origin, expected) in [
        ("https://chat.example.org", true),
        ("https://chat.example.org:443", true),
        ("http://chat.example.org", false),
        ("http://localhost:8080", true),
        ("http://localhost", false),
    ] {
        let fields = [HOST, ("sec-fetch-site", "cross-site"), ("origin", origin)];
        assert_eq!(passes("POST", "/", &fields), expected, "{origin}");
        assert_eq!(
            passes("POST", "/", &[HOST, ("origin", origin)]),
            expected,
            "{origin}"
        );
    }
}
