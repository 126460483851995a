use http::{HeaderName, Request, header::AUTHORIZATION, request};

use super::support::*;
use crate::auth::Location;

fn asking(uri: &str) -> request::Parts {
    Request::get(uri).body(()).unwrap().into_parts().0
}

fn found(location: &Location, head: &request::Parts) -> Result<Option<String>, String> {
    match location.find(head) {
        Ok(found) => Ok(found.map(Into::into)),
        Err(rejection) => Err(rejection.rule().to_owned()),
    }
}

#[test]
fn a_header_has_a_credential_behind_its_prefix() {
    let bearer = Location::bearer();
    for (value, expected) in [
        ("Bearer abc", Some("abc")),
        ("bEARER   abc ", Some("abc")),
        ("Bearer ", Some("")),
        ("Bearer", None),
        ("Bearerabc", None),
        ("Basic abc", None),
        ("", None),
    ] {
        let head = with(&[("authorization", value)]);
        let expected = Ok(expected.map(str::to_owned));
        assert_eq!(found(&bearer, &head), expected, "{value:?}");
    }
    let whole = Location::header(HeaderName::from_static("x-api-key"));
    let head = with(&[("x-api-key", "Bearer abc")]);
    assert_eq!(found(&whole, &head), Ok(Some("Bearer abc".to_owned())));
    assert_eq!(found(&whole, &with(&[])), Ok(None));
}

#[test]
fn a_parameter_is_decoded_and_found_by_its_decoded_name() {
    let query = Location::query("key");
    for (uri, expected) in [
        ("/a?key=abc", Some("abc")),
        ("/a?x=1&k%65y=a%2Bb+c&y", Some("a+b c")),
        ("/a?key", Some("")),
        ("/a?keys=abc&KEY=abc", None),
        ("/a", None),
    ] {
        let expected = Ok(expected.map(str::to_owned));
        assert_eq!(found(&query, &asking(uri)), expected, "{uri}");
    }
}

#[test]
fn a_cookie_is_found_among_others() {
    let cookie = Location::cookie("session");
    for (value, expected) in [
        ("session=abc", Some("abc")),
        ("a=1; session=\"abc\" ;b=2", Some("abc")),
        ("a=1;session=a=b;b=2", Some("a=b")),
        ("xsession=abc; session", None),
        ("", None),
    ] {
        let expected = Ok(expected.map(str::to_owned));
        let head = with(&[("cookie", "x=y"), ("cookie", value)]);
        assert_eq!(found(&cookie, &head), expected, "{value}");
    }
}

#[test]
fn more_than_one_is_none_of_them() {
    let repeated = Err("repeated".to_owned());
    let twice = with(&[
        ("authorization", "Bearer good"),
        ("authorization", "bearer evil"),
    ]);
    assert_eq!(found(&Location::bearer(), &twice), repeated);
    let query = asking("/?key=good&key=evil");
    assert_eq!(found(&Location::query("key"), &query), repeated);
    let cookies = with(&[("cookie", "k=good; k=evil")]);
    assert_eq!(found(&Location::cookie("k"), &cookies), repeated);
    let other = with(&[
        ("authorization", "Basic x"),
        ("authorization", "Bearer good"),
    ]);
    assert_eq!(found(&Location::bearer(), &other), Ok(Some("good".into())));
}

#[test]
fn what_is_no_text_is_no_credential() {
    let mut head = with(&[]);
    let value = http::HeaderValue::from_bytes(b"Bearer \xff").unwrap();
    head.headers.insert(AUTHORIZATION, value);
    assert_eq!(found(&Location::bearer(), &head), Err("malformed".into()));
    let query = asking("/?key=%ff");
    assert_eq!(
        found(&Location::query("key"), &query),
        Err("malformed".into())
    );
}

#[test]
fn every_one_is_taken_and_all_else_stays() {
    let mut head = with(&[
        ("authorization", "Bearer one"),
        ("authorization", "Basic other"),
        ("authorization", "bearer two"),
        ("accept", "*/*"),
    ]);
    assert_eq!(Location::bearer().take(&mut head).as_deref(), Some("one"));
    let left: Vec<_> = head.headers.get_all("authorization").iter().collect();
    assert_eq!(left, ["Basic other"]);
    assert_eq!(head.headers["accept"], "*/*");
    assert_eq!(Location::bearer().take(&mut head), None);

    for (uri, left) in [
        ("/a%20b?key=1&x=%2f&&key=2&y", "/a%20b?x=%2f&&y"),
        ("/?key=1", "/"),
        ("http://h:1/p?k%65y=1", "http://h:1/p"),
        ("/p?x=1", "/p?x=1"),
    ] {
        let mut head = asking(uri);
        Location::query("key").take(&mut head);
        assert_eq!(head.uri.to_string(), left);
    }

    let mut head = with(&[
        ("cookie", "a=1; s=secret;b=2"),
        ("cookie", "s=again"),
        ("cookie", "c=3;  d=4"),
    ]);
    Location::cookie("s").take(&mut head);
    let left: Vec<_> = head.headers.get_all("cookie").iter().collect();
    assert_eq!(left, ["a=1; b=2", "c=3;  d=4"]);
}

#[test]
fn an_application_may_look_where_it_likes() {
    let read = Location::read(|head| head.uri.path().strip_prefix("/key/").map(str::to_owned));
    let mut head = asking("/key/abc");
    assert_eq!(found(&read, &head), Ok(Some("abc".into())));
    assert_eq!(read.take(&mut head).as_deref(), Some("abc"));
    assert_eq!(head.uri, "/key/abc", "left where it is");
    assert_eq!(found(&read, &asking("/")), Ok(None));
}
