use bytes::Bytes;
use http::{HeaderName, Request, Response, Version};
use serde_json::json;

use super::support::{fails, request, response, says, values};
use crate::{body::BodyPrefix, context::Written, error::ErrorKind, transform::*};

fn of(name: &str) -> RequestField {
    name.parse().unwrap()
}

fn back(name: &str) -> ResponseField {
    name.parse().unwrap()
}

#[test]
fn sets_then_adds_then_removes() {
    let changes = Changes::new()
        .set(of("x-set"), says("new"))
        .set(of("X-Method"), |seen: &Seen<'_>| {
            Some(seen.request().method.to_string())
        })
        .add(of("x-add"), says("b"))
        .add(of("x-gone"), says("1"))
        .remove(HeaderName::from_static("x-gone"));
    let sent = Request::put("/")
        .header("x-set", "1")
        .header("x-set", "2")
        .header("x-add", "a")
        .header("x-kept", "k");
    let headers = request(&changes, sent).unwrap().headers;
    assert_eq!(values(&headers, "x-set"), ["new"]);
    assert_eq!(values(&headers, "x-method"), ["PUT"]);
    assert_eq!(values(&headers, "x-add"), ["a", "b"]);
    assert_eq!(values(&headers, "x-kept"), ["k"]);
    assert!(values(&headers, "x-gone").is_empty());
}

#[test]
fn a_value_that_is_not_made_leaves_none_of_the_clients() {
    let changes = Changes::new()
        .set(of("x-user"), fails)
        .set(of("x-line"), says("a\r\nx-admin: 1"))
        .add(of("x-add"), fails)
        .add(of("x-add"), says("b\n"));
    let sent = Request::get("/")
        .header("x-user", "root")
        .header("x-line", "own")
        .header("x-add", "a");
    let headers = request(&changes, sent).unwrap().headers;
    assert_eq!(headers.len(), 1);
    assert_eq!(values(&headers, "x-add"), ["a"]);
}

#[test]
fn every_function_sees_the_message_as_it_came() {
    let changes = Changes::new()
        .set(of("x-one"), says("new"))
        .set(of("x-two"), |seen: &Seen<'_>| {
            let one = seen.request().headers.get("x-one")?;
            Some(one.to_str().ok()?.to_owned())
        })
        .remove(HeaderName::from_static("x-one"));
    let headers = request(&changes, Request::get("/").header("x-one", "old")).unwrap();
    assert_eq!(values(&headers.headers, "x-two"), ["old"]);
}

#[test]
fn names_that_cannot_be_written_are_refused() {
    for name in [
        "content-length",
        "Transfer-Encoding",
        "trailer",
        "connection",
        "te",
        "upgrade",
        ":scheme",
        ":status",
        ":protocol",
        "",
        "a b",
    ] {
        assert!(name.parse::<RequestField>().is_err(), "{name}");
    }
    for name in ["content-length", ":path", ":method", ":authority", "a:b"] {
        assert!(name.parse::<ResponseField>().is_err(), "{name}");
    }
    assert_eq!(of("Host"), of(":authority"));
}

#[test]
fn what_frames_a_message_cannot_be_removed() {
    let changes = Changes::new()
        .remove(HeaderName::from_static("content-length"))
        .remove(HeaderName::from_static("transfer-encoding"));
    let sent = Request::post("/").header("content-length", "3");
    let headers = request(&changes, sent).unwrap().headers;
    assert_eq!(values(&headers, "content-length"), ["3"]);
}

#[test]
fn method_target_and_authority_are_rewritten() {
    let changes = Changes::new()
        .set(of(":method"), says("PATCH"))
        .set(of(":path"), says("/v2/x?q=1"))
        .add(of(":authority"), says("b.example:81"));
    for (target, expected) in [
        ("/x?old", "/v2/x?q=1"),
        ("https://a.example/x", "https://b.example:81/v2/x?q=1"),
    ] {
        let sent = Request::post(target).header("host", "a.example");
        let head = request(&changes, sent).unwrap();
        assert_eq!(
            (head.method.as_str(), head.version),
            ("PATCH", Version::HTTP_11)
        );
        assert_eq!(head.uri, expected);
        assert_eq!(values(&head.headers, "host"), ["b.example:81"]);
    }
}

#[test]
fn a_request_without_one_of_them_goes_nowhere() {
    for (field, value) in [
        (":method", "CONNECT"),
        (":method", "HEAD"),
        (":method", "no method"),
        (":path", "v2"),
        (":path", ""),
        (":path", "/a b"),
        (":authority", "a b"),
        (":authority", ""),
        (":authority", "user@b.example"),
    ] {
        for changes in [
            Changes::new().set(of(field), says(value)),
            Changes::new().add(of(field), says(value)),
            Changes::new().set(of(field), fails),
        ] {
            let error = request(&changes, Request::post("/")).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Internal, "{field} {value}");
        }
    }
    let to_get = Changes::new().set(of(":method"), says("GET"));
    assert_eq!(request(&to_get, Request::head("/")).unwrap().method, "GET");
    assert!(request(&to_get, Request::connect("a.example:443")).is_err());
    let elsewhere = Changes::new().set(of(":path"), says("/"));
    assert!(request(&elsewhere, Request::connect("a.example:443")).is_err());
}

#[test]
fn a_new_body_of_a_request_is_described_anew() {
    let changes = Changes::new().body(|seen| {
        let old = seen.body()?;
        Some(Bytes::from([old, b"!"].concat()))
    });
    let sent = || {
        Request::post("/")
            .header("content-length", "2")
            .header("content-encoding", "gzip")
            .header("digest", "sha-256=x")
            .header("content-type", "text/plain")
    };
    let read = sent().extension(BodyPrefix::new("hi".into(), true));
    let head = request(&changes, read).unwrap();
    assert_eq!(values(&head.headers, "content-length"), ["3"]);
    assert_eq!(head.headers.len(), 2);
    // What looks at the body later sees the new one.
    let prefix = head.extensions.get::<BodyPrefix>().unwrap();
    assert!(prefix.is_whole());
    assert_eq!(prefix.bytes(), "hi!");
    for unread in [
        sent(),
        sent().extension(BodyPrefix::new("hi".into(), false)),
    ] {
        let head = request(&changes, unread).unwrap();
        assert_eq!(values(&head.headers, "content-length"), ["0"]);
    }
}

#[test]
fn metadata_is_noted_beside_what_is_known_and_seen_by_the_values() {
    let early = Changes::new()
        .metadata("team", |_| Some(json!("blue")))
        .metadata("old", |_| Some(json!(1)));
    let head = request(&early, Request::get("/")).unwrap();
    let late = Changes::new()
        .metadata("old", fails)
        .metadata("size", |_| Some(json!({ "x": 2 })))
        .set(of("x-team"), |seen: &Seen<'_>| {
            let metadata = seen.request().extensions.get::<Metadata>()?;
            Some(metadata.members().get("team")?.as_str()?.to_owned())
        });
    let known = head.extensions.get::<Metadata>().unwrap().clone();
    let head = request(&late, Request::get("/").extension(known)).unwrap();
    assert_eq!(values(&head.headers, "x-team"), ["blue"]);
    let metadata = head.extensions.get::<Metadata>().unwrap();
    let expected = json!({ "team": "blue", "size": { "x": 2 } });
    assert_eq!(
        serde_json::Value::from(metadata.members().clone()),
        expected
    );
    assert!(!format!("{metadata:?}").contains("blue"));
}

#[test]
fn a_status_is_a_final_one_or_the_answer_is_refused() {
    let teapot = Changes::new().set(back(":status"), says("418"));
    let (head, body) = response(&teapot, Response::builder()).unwrap();
    assert_eq!((head.status.as_u16(), body), (418, None));
    for value in ["100", "101", "199", "600", "1000", "-1", "", "ok"] {
        let changes = Changes::new().set(back(":status"), says(value));
        let error = response(&changes, Response::builder()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal, "{value}");
    }
    let changes = Changes::new().set(back(":status"), fails);
    assert!(response(&changes, Response::builder()).is_err());
    assert!(response(&teapot, Response::builder().status(101)).is_err());
}

#[test]
fn a_status_and_its_body_fit_together() {
    let described = |status| {
        Response::builder()
            .status(status)
            .header("content-length", "9")
            .header("etag", "\"1\"")
    };
    let to = |status| Changes::new().set(back(":status"), says(status));
    let (head, body) = response(&to("204"), described(200)).unwrap();
    assert_eq!((head.headers.len(), body), (0, Some(Bytes::new())));
    // The length in a 304 is that of a body which is not there.
    let (head, body) = response(&to("200"), described(304)).unwrap();
    assert_eq!(values(&head.headers, "content-length"), ["0"]);
    assert_eq!(body, Some(Bytes::new()));
    let (head, _) = response(&to("204"), described(304)).unwrap();
    assert!(head.headers.is_empty());
    let (head, body) = response(&to("404"), described(200)).unwrap();
    assert_eq!((head.headers.len(), body), (2, None));
    let words = Changes::new().body(|_| Some("words".into()));
    let (head, body) = response(&words, described(304)).unwrap();
    assert_eq!((head.headers.len(), body), (2, None));
}

#[test]
fn what_is_written_is_known_behind_a_list_and_what_is_taken_away_is_not() {
    let first = Changes::new()
        .set(of("x-set"), says("1"))
        .set(of("x-failed"), says("1"))
        .add(of("x-add"), says("b"))
        .add(of("x-gone"), says("1"))
        .set(of("authorization"), says("own"))
        .set(of("content-encoding"), says("br"));
    let second = Changes::new()
        .set(of("x-set"), says("2"))
        .set(of("x-failed"), fails)
        .add(of("x-failed"), says("3"))
        .add(of("x-add"), says("c"))
        .remove(HeaderName::from_static("x-gone"))
        .body(|_| Some(Bytes::new()));
    let sent = Request::get("/")
        .header("x-add", "a")
        .header("x-client", "1");
    let mut head = request(&first, sent).unwrap();
    second.apply(&mut head).unwrap();
    let written = head.extensions.get::<Written>().unwrap();
    let mut headers = http::HeaderMap::new();
    headers.insert("authorization", "the endpoint's".parse().unwrap());
    written.restore(&mut headers);
    assert_eq!(values(&headers, "x-set"), ["2"]);
    assert_eq!(values(&headers, "x-failed"), ["3"]);
    assert_eq!(values(&headers, "x-add"), ["b", "c"]);
    assert_eq!(values(&headers, "authorization"), ["the endpoint's"]);
    assert_eq!(headers.len(), 5);
    // The value of a client's is no operator's, and nobody is shown one.
    assert!(!format!("{written:?}").contains("own"));
}
