//! The exchanges of the conformance suite's test of CORS.

use super::*;

fn names(names: &[&'static str]) -> Vec<Option<HeaderName>> {
    let named = |name: &&'static str| (*name != "*").then(|| HeaderName::from_static(name));
    names.iter().map(named).collect()
}

fn cors(origins: &[&str], methods: &[&str], headers: &[&'static str], credentials: bool) -> Cors {
    let method = |method: &&str| (*method != "*").then(|| method.parse::<Method>().unwrap());
    Cors {
        allow_origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
        allow_methods: methods.iter().map(method).collect(),
        allow_headers: names(headers),
        allow_credentials: credentials,
        ..Cors::default()
    }
}

/// Sends it, and gives the answer's fields of CORS without the prefix of their names.
async fn ask(cors: &Cors, method: &str, sent: &[(&str, &str)]) -> (bool, Vec<(String, String)>) {
    let mut request = Request::builder().method(method).uri("/");
    for (name, value) in sent {
        request = request.header(*name, *value);
    }
    let layer = CorsLayer::new(cors.clone());
    let answer = through(layer, request.body(String::new()).unwrap()).await;
    let served = answer.headers().contains_key("x-served");
    let status = if served {
        StatusCode::OK
    } else {
        StatusCode::NO_CONTENT
    };
    assert_eq!(answer.status(), status);
    (served, fields(answer.headers()))
}

fn fields(headers: &HeaderMap) -> Vec<(String, String)> {
    let prefix = "access-control-";
    let mut fields: Vec<_> = (headers.iter())
        .filter_map(|(name, value)| Some((name.as_str().strip_prefix(prefix)?, value)))
        .map(|(name, value)| (name.to_owned(), value.to_str().unwrap().to_owned()))
        .collect();
    fields.sort();
    fields
}

fn expected(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

const METHOD: &str = "access-control-request-method";
const HEADERS: &str = "access-control-request-headers";

#[test]
fn a_preflight_tells_the_method_that_it_asks_leave_for() {
    let ask = |method: Method, asked: &[u8]| {
        let mut headers = HeaderMap::new();
        headers.insert("origin", HeaderValue::from_static("https://a.com"));
        headers.insert(METHOD, HeaderValue::from_bytes(asked).unwrap());
        Cors::preflighted(&method, &headers)
    };
    assert_eq!(ask(Method::OPTIONS, b"PUT"), Some(Method::PUT));
    assert_eq!(ask(Method::OPTIONS, b"P T"), None);
    assert_eq!(ask(Method::GET, b"PUT"), None);
    assert_eq!(Cors::preflighted(&Method::OPTIONS, &HeaderMap::new()), None);
}

#[tokio::test]
async fn several_origins_methods_and_headers() {
    let origins = ["https://www.foo.com", "https://*.bar.com"];
    let mut cors = cors(
        &origins,
        &["GET", "OPTIONS"],
        &["x-header-1", "x-header-2"],
        true,
    );
    cors.expose_headers = names(&["x-header-3", "x-header-4"]);
    cors.max_age_seconds = 3600;
    for origin in [
        "https://www.foo.com",
        "https://www.bar.com",
        "https://xpto.www.bar.com",
    ] {
        let sent = [
            ("origin", origin),
            (METHOD, "GET"),
            (HEADERS, "x-header-1, x-header-2"),
        ];
        let fields = [
            ("allow-credentials", "true"),
            ("allow-headers", "x-header-1, x-header-2"),
            ("allow-methods", "GET, OPTIONS"),
            ("allow-origin", origin),
            ("expose-headers", "x-header-3, x-header-4"),
            ("max-age", "3600"),
        ];
        assert_eq!(
            ask(&cors, "OPTIONS", &sent).await,
            (false, expected(&fields))
        );
        let fields = [fields[0], fields[3], fields[4]];
        assert_eq!(ask(&cors, "GET", &sent).await, (true, expected(&fields)));
    }
    let refused = [("origin", "https://foobar.com"), (METHOD, "GET")];
    assert_eq!(ask(&cors, "OPTIONS", &refused).await, (false, vec![]));
    assert_eq!(ask(&cors, "GET", &refused).await, (true, vec![]));
    assert_eq!(ask(&cors, "GET", &[]).await, (true, vec![]));
    // Without the method that is asked for it is no preflight.
    assert!(
        ask(&cors, "OPTIONS", &[("origin", "https://www.foo.com")])
            .await
            .0
    );
}

#[tokio::test]
async fn any_method_without_credentials() {
    let cors = cors(&["https://www.foo.com"], &["*"], &[], false);
    let sent = [("origin", "https://www.foo.com"), (METHOD, "POST")];
    let fields = [
        ("allow-methods", "POST"),
        ("allow-origin", "https://www.foo.com"),
        ("max-age", "5"),
    ];
    assert_eq!(
        ask(&cors, "OPTIONS", &sent).await,
        (false, expected(&fields))
    );
}

#[tokio::test]
async fn any_origin_without_credentials() {
    let cors = cors(&["*"], &["PUT"], &[], false);
    for origin in ["https://foobar.com", "https://foobar.com:12345"] {
        let sent = [("origin", origin), (METHOD, "PUT")];
        let fields = [
            ("allow-methods", "PUT"),
            ("allow-origin", "*"),
            ("max-age", "5"),
        ];
        assert_eq!(
            ask(&cors, "OPTIONS", &sent).await,
            (false, expected(&fields))
        );
        let fields = [("allow-origin", "*")];
        assert_eq!(
            ask(&cors, "PUT", &sent[..1]).await,
            (true, expected(&fields))
        );
    }
}

#[tokio::test]
async fn anything_with_and_without_credentials() {
    let origin = "https://other.foo.com";
    let sent = [
        ("origin", origin),
        (METHOD, "PUT"),
        (HEADERS, "x-header-1, x-header-2"),
    ];
    let with = cors(&["*"], &["*"], &["*"], true);
    let fields = [
        ("allow-credentials", "true"),
        ("allow-headers", "x-header-1, x-header-2"),
        ("allow-methods", "PUT"),
        ("allow-origin", origin),
        ("max-age", "5"),
    ];
    assert_eq!(
        ask(&with, "OPTIONS", &sent).await,
        (false, expected(&fields))
    );
    let fields = [("allow-credentials", "true"), ("allow-origin", origin)];
    assert_eq!(
        ask(&with, "GET", &sent[..1]).await,
        (true, expected(&fields))
    );

    let without = cors(&["*"], &["*"], &["*"], false);
    let fields = [
        ("allow-headers", "x-header-1, x-header-2"),
        ("allow-methods", "PUT"),
        ("allow-origin", "*"),
        ("max-age", "5"),
    ];
    assert_eq!(
        ask(&without, "OPTIONS", &sent).await,
        (false, expected(&fields))
    );
    let fields = [("allow-origin", "*")];
    assert_eq!(
        ask(&without, "GET", &sent[..1]).await,
        (true, expected(&fields))
    );
    // Without names that are asked for none are allowed.
    let (_, fields) = ask(&without, "OPTIONS", &sent[..2]).await;
    assert!(fields.iter().all(|(name, _)| name != "allow-headers"));
}
