use http::{HeaderMap, HeaderName, Method, Request};

use crate::route::*;

mod reference;
mod steps;

fn prefix(path: &str) -> RequestMatch {
    RequestMatch {
        path: PathMatch::Prefix(path.to_owned()),
        ..RequestMatch::default()
    }
}

fn exact(path: &str) -> RequestMatch {
    RequestMatch {
        path: PathMatch::Exact(path.to_owned()),
        ..RequestMatch::default()
    }
}

fn regex(text: &str) -> RequestMatch {
    RequestMatch {
        path: PathMatch::Regex(Pattern::new(text).unwrap()),
        ..RequestMatch::default()
    }
}

fn header(mut asked: RequestMatch, name: &'static str, value: &str) -> RequestMatch {
    asked.headers.push(HeaderMatch {
        name: HeaderName::from_static(name),
        value: ValueMatch::Exact(value.to_owned()),
    });
    asked
}

fn query(mut asked: RequestMatch, name: &str, value: &str) -> RequestMatch {
    asked.query.push(QueryMatch {
        name: name.to_owned(),
        value: ValueMatch::Exact(value.to_owned()),
    });
    asked
}

fn method(mut asked: RequestMatch, method: Method) -> RequestMatch {
    asked.method = Some(method);
    asked
}

fn names(hostnames: &[&str]) -> Vec<Hostname> {
    hostnames
        .iter()
        .map(|name| Hostname::parse(name).unwrap())
        .collect()
}

/// What the router finds for a request with these header fields.
fn ask<T: Copy>(
    router: &Router<T>,
    verb: &str,
    host: &str,
    target: &str,
    fields: &[(&str, &str)],
) -> Option<T> {
    let mut request = Request::builder()
        .method(verb)
        .uri(target)
        .header("host", host);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let request = request.body(()).unwrap();
    let head = Head::new(&request);
    let found = router.find(&head);
    let all = router.find_all(&head);
    assert_eq!(
        found.map(|found| std::ptr::from_ref(found.matched)),
        all.first().map(|found| std::ptr::from_ref(found.matched))
    );
    found.map(|found| *found.value)
}

fn get<T: Copy>(router: &Router<T>, target: &str) -> Option<T> {
    ask(router, "GET", "h", target, &[])
}

#[test]
fn is_shared_between_threads_whatever_it_holds() {
    fn assert<T: Clone + Send + Sync + 'static>() {}
    assert::<Router<std::sync::Mutex<()>>>();
    assert::<Hosts<u8>>();
}

#[test]
fn exact_paths_come_first_then_the_longer_prefix() {
    let router = Router::builder()
        .route(vec![], vec![exact("/match")], 1)
        .route(vec![], vec![exact("/match/exact")], 2)
        .route(vec![], vec![exact("/match/exact/one")], 3)
        .route(vec![], vec![prefix("/match/")], 4)
        .route(vec![], vec![prefix("/match/prefix/")], 5)
        .route(vec![], vec![prefix("/match/prefix/one")], 6)
        .build();
    let cases = [
        ("/match/exact/one", Some(3)),
        ("/match/exact", Some(2)),
        ("/match", Some(1)),
        ("/match/", Some(4)),
        ("/match/prefix/one/any", Some(6)),
        ("/match/prefix/any", Some(5)),
        ("/match/prefix", Some(5)),
        ("/match/any", Some(4)),
        ("/matches", None),
        ("/", None),
    ];
    for (path, value) in cases {
        assert_eq!(get(&router, path), value, "{path}");
    }
}

#[test]
fn a_slash_at_the_end_of_a_prefix_does_not_count() {
    let router = Router::builder()
        .route(vec![], vec![prefix("/a/")], 1)
        .route(vec![], vec![header(prefix("/a"), "x", "1")], 2)
        .route(vec![], vec![prefix("/a")], 3)
        .build();
    assert_eq!(ask(&router, "GET", "h", "/a/b", &[("x", "1")]), Some(2));
    assert_eq!(get(&router, "/a/b"), Some(1));
}

#[test]
fn expressions_stand_between_exact_paths_and_prefixes() {
    let router = Router::builder()
        .route(vec![], vec![prefix("/a/b/c/d/e")], 1)
        .route(vec![], vec![regex("/a/.*")], 2)
        .route(vec![], vec![regex("/a/[b]/.*")], 3)
        .route(vec![], vec![exact("/a/b/c")], 4)
        .build();
    assert_eq!(get(&router, "/a/b/c"), Some(4));
    assert_eq!(get(&router, "/a/b/c/d/e"), Some(3));
    assert_eq!(get(&router, "/a/x"), Some(2));
    assert_eq!(get(&router, "/x/a/x"), None);
}

#[test]
fn a_method_beats_headers_and_headers_beat_parameters() {
    let router = Router::builder()
        .route(vec![], vec![prefix("/")], 0)
        .route(
            vec![],
            vec![query(query(prefix("/"), "a", "1"), "b", "2")],
            1,
        )
        .route(vec![], vec![header(prefix("/"), "x", "1")], 2)
        .route(
            vec![],
            vec![header(header(prefix("/"), "x", "1"), "y", "1")],
            3,
        )
        .route(vec![], vec![method(prefix("/"), Method::POST)], 4)
        .build();
    let (x, y) = (("x", "1"), ("y", "1"));
    let target = "/?a=1&b=2";
    assert_eq!(ask(&router, "POST", "h", target, &[x, y]), Some(4));
    assert_eq!(ask(&router, "GET", "h", target, &[x, y]), Some(3));
    assert_eq!(ask(&router, "GET", "h", target, &[x]), Some(2));
    assert_eq!(ask(&router, "GET", "h", target, &[]), Some(1));
    assert_eq!(ask(&router, "GET", "h", "/?a=1", &[]), Some(0));
}

#[test]
fn a_repeated_entry_asks_for_nothing_and_counts_for_nothing() {
    let twice = header(header(prefix("/"), "x", "1"), "x", "2");
    let router = Router::builder()
        .route(vec![], vec![header(prefix("/"), "x", "1")], 1)
        .route(vec![], vec![twice], 2)
        .build();
    assert_eq!(ask(&router, "GET", "h", "/", &[("x", "1")]), Some(1));
    let router = Router::builder()
        .route(
            vec![],
            vec![query(query(prefix("/"), "a", "1"), "a", "2")],
            1,
        )
        .build();
    assert_eq!(get(&router, "/?a=1"), Some(1));
    assert_eq!(get(&router, "/?a=2"), None);
}

#[test]
fn of_rules_alike_the_first_decides_and_of_its_matches_too() {
    let router = Router::builder()
        .route(vec![], vec![prefix("/b"), prefix("/a"), prefix("/a")], 1)
        .route(vec![], vec![prefix("/a")], 2)
        .build();
    assert_eq!(get(&router, "/a"), Some(1));
    let request = Request::get("/a/x").body(()).unwrap();
    let found = router.find_all(&Head::new(&request));
    let values: Vec<_> = found.iter().map(|found| *found.value).collect();
    assert_eq!(values, [1, 1, 2]);
    assert!(std::ptr::eq(found[0].path(), &found[0].matched.path));
}

#[test]
fn the_more_specific_hostname_decides_before_any_path() {
    let router = Router::builder()
        .route(vec![], vec![exact("/a")], 0)
        .route(names(&["*.a.com", "*.a.com"]), vec![prefix("/a")], 1)
        .route(names(&["*.b.a.com"]), vec![prefix("/a")], 2)
        .route(names(&["c.b.a.com"]), vec![prefix("/a/x")], 3)
        .build();
    let cases = [
        ("c.b.a.com", "/a/x", Some(3)),
        ("C.B.A.com:80", "/a/x", Some(3)),
        // No rule of the more specific hostname matches: the next one's do.
        ("c.b.a.com", "/a", Some(2)),
        ("d.b.a.com.", "/a/x", Some(2)),
        ("b.a.com", "/a", Some(1)),
        ("a.com", "/a", Some(0)),
        ("a.com", "/a/x", None),
        ("", "/a", Some(0)),
    ];
    for (host, path, value) in cases {
        assert_eq!(ask(&router, "GET", host, path, &[]), value, "{host}{path}");
    }
}

#[test]
fn a_rule_without_matches_takes_every_path() {
    let router = Router::builder()
        .route(names(&["a.com"]), vec![], 1)
        .build();
    assert_eq!(ask(&router, "OPTIONS", "a.com", "/x/y", &[]), Some(1));
    assert_eq!(ask(&router, "GET", "b.com", "/x/y", &[]), None);
    assert_eq!(get(&Router::<u8>::default(), "/"), None);
}

#[test]
fn grpc_services_come_before_methods_of_any_service() {
    let router = Router::builder()
        .route(vec![], vec![RequestMatch::grpc(None, None)], 0)
        .route(vec![], vec![RequestMatch::grpc(None, Some("Say"))], 1)
        .route(vec![], vec![RequestMatch::grpc(Some("p.Greeter"), None)], 2)
        .route(
            vec![],
            vec![RequestMatch::grpc(Some("p.Greeter"), Some("Say"))],
            3,
        )
        .build();
    let cases = [
        ("/p.Greeter/Say", 3),
        ("/p.Greeter/Sing", 2),
        ("/p.Other/Say", 1),
        ("/p.Other/Sing", 0),
        ("/p.Greeters/Sing", 0),
        ("/a/b/Say", 0),
    ];
    for (path, value) in cases {
        assert_eq!(ask(&router, "POST", "h", path, &[]), Some(value), "{path}");
    }
}

#[test]
fn a_method_of_any_service_comes_behind_a_service_that_has_it() {
    let expression = RequestMatch::grpc_regex(None, Some("Say.*")).unwrap();
    for any in [RequestMatch::grpc(None, Some("SayHi")), expression] {
        assert!(any.is_any_service());
        let service = RequestMatch::grpc(Some("p.Greeter"), None);
        assert!(!service.is_any_service());
        let router = Router::builder()
            .route(vec![], vec![any], 0)
            .route(vec![], vec![service], 1)
            .build();
        for (path, value) in [("/p.Greeter/SayHi", 1), ("/p.Other/SayHi", 0)] {
            assert_eq!(ask(&router, "POST", "h", path, &[]), Some(value), "{path}");
        }
    }
}

#[test]
fn grpc_expressions_match_a_whole_service_and_a_whole_method() {
    let asked = RequestMatch::grpc_regex(Some("p\\.(A|B)"), Some("Get.*")).unwrap();
    for (path, taken) in [
        ("/p.A/GetX", true),
        ("/p.C/GetX", false),
        ("/p.A/XGet", false),
    ] {
        assert_eq!(asked.path.matches(path), taken, "{path}");
    }
    let any = RequestMatch::grpc_regex(None, Some("a|b")).unwrap();
    assert!(any.path.matches("/s/b") && !any.path.matches("/s/t/b"));
    assert!(RequestMatch::grpc_regex(Some("a)(b"), None).is_err());
}

#[test]
fn a_path_of_slashes_alone_is_read_once() {
    let router = Router::builder()
        .route(vec![], vec![prefix("//")], 1)
        .route(vec![], vec![prefix("/")], 2)
        .build();
    assert_eq!(get(&router, &"/".repeat(60_000)), Some(1));
    let headers = HeaderMap::new();
    let star = Head {
        host: "",
        authority: None,
        method: &Method::OPTIONS,
        path: "*",
        query: None,
        headers: &headers,
    };
    assert!(router.find(&star).is_none());
}
