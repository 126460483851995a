use http::{Request, Response, request, response};

use super::*;
use crate::{
    context::{ClientAddr, RequestId},
    forwarded::{ForwardedLayer, Networks},
    policy::{Decision, Policy},
};

fn networks() -> Networks {
    ["10.0.0.0/8".parse().unwrap()].into_iter().collect()
}

fn policy() -> RequestIds {
    RequestIds::new()
        .trusting(networks())
        .made_by(|head| RequestId::new(&format!("made-for-{}", head.method)).unwrap())
}

fn asked(peer: &str, fields: &[&'static str]) -> request::Parts {
    let mut request = Request::new(());
    for field in fields {
        request
            .headers_mut()
            .append("x-request-id", field.parse().unwrap());
    }
    let peer = format!("{peer}:4000").parse().unwrap();
    request.extensions_mut().insert(ClientAddr::new(peer));
    request.into_parts().0
}

/// The id that the service sees, and the head of an answer with these fields.
fn told(head: &mut request::Parts, answer: &[(&'static str, &str)]) -> (String, response::Parts) {
    let Decision::Follow(mut follow) = policy().decide(head) else {
        panic!("it follows the answer");
    };
    let id = head.extensions.get::<RequestId>().unwrap().clone();
    assert_eq!(head.headers.get_all("x-request-id").iter().count(), 1);
    assert_eq!(head.headers["x-request-id"], id.as_str());
    let mut response = Response::new(());
    for (name, value) in answer {
        let value = value.parse().unwrap();
        response.headers_mut().append(*name, value);
    }
    let mut parts = response.into_parts().0;
    follow.head(&mut parts);
    assert_eq!(parts.headers.get_all("x-request-id").iter().count(), 1);
    assert_eq!(parts.headers["x-request-id"], id.as_str());
    (id.as_str().to_owned(), parts)
}

#[test]
fn takes_the_id_of_a_trusted_peer_alone() {
    let longest = "x".repeat(128).leak();
    let too_long = "x".repeat(129).leak();
    for (peer, fields, expected) in [
        ("10.1.2.3", &["abc-1"][..], "abc-1"),
        ("10.1.2.3", &[&*longest], longest),
        ("10.1.2.3", &[&*too_long], "made-for-GET"),
        ("10.1.2.3", &["a b"], "made-for-GET"),
        ("10.1.2.3", &[""], "made-for-GET"),
        ("10.1.2.3", &["a", "b"], "made-for-GET"),
        ("10.1.2.3", &[], "made-for-GET"),
        ("192.0.2.1", &["abc-1"], "made-for-GET"),
    ] {
        let (id, _) = told(&mut asked(peer, fields), &[]);
        assert_eq!(id, expected, "{peer} {fields:?}");
    }
    let mut nobodys = asked("10.1.2.3", &["abc-1"]);
    nobodys.extensions.clear();
    assert_eq!(told(&mut nobodys, &[]).0, "made-for-GET");
}

#[test]
fn the_peer_is_who_sent_the_request_and_not_the_client() {
    use tower_layer::Layer as _;

    for (sender, expected) in [("10.1.2.3", "abc-1"), ("192.0.2.1", "made-for-GET")] {
        // The client's address is one that would be trusted, or not, as the sender's is not.
        let other = if sender == "10.1.2.3" {
            "192.0.2.7"
        } else {
            "10.0.0.7"
        };
        let (mut parts, ()) = Request::from_parts(asked(sender, &["abc-1"]), ()).into_parts();
        parts
            .headers
            .insert("x-forwarded-for", other.parse().unwrap());
        let mut request = Request::from_parts(parts, ());
        ForwardedLayer::new(networks()).layer(()).take(&mut request);
        let mut parts = request.into_parts().0;
        assert_eq!(told(&mut parts, &[]).0, expected);
    }
}

#[test]
fn an_id_of_the_services_own_is_told_beside_it() {
    let (_, head) = told(
        &mut asked("10.1.2.3", &["abc-1"]),
        &[("x-request-id", "req_9")],
    );
    assert_eq!(head.headers["x-upstream-request-id"], "req_9");
    let (_, head) = told(
        &mut asked("10.1.2.3", &["abc-1"]),
        &[("x-request-id", "abc-1")],
    );
    assert!(!head.headers.contains_key("x-upstream-request-id"));
}

#[test]
fn a_uuid_is_made_where_nobody_says_otherwise() {
    let mut head = asked("10.1.2.3", &["abc-1"]);
    assert!(matches!(
        RequestIds::default().decide(&mut head),
        Decision::Follow(_)
    ));
    let id = head.extensions.get::<RequestId>().unwrap();
    assert_eq!(id.as_str().len(), 36);
    assert_eq!(id.as_str().as_bytes()[14], b'7');
}
