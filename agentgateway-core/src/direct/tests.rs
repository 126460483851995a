use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};

use super::Direct;
use crate::{
    error::{Error, ErrorKind},
    policy::{Decision, Policy},
};

fn answer(direct: &Direct, path: &str) -> Result<Response<Bytes>, Error> {
    let mut head = Request::get(path).body(()).unwrap().into_parts().0;
    match direct.decide(&mut head) {
        Decision::Answer(response) => Ok(*response),
        Decision::Refuse(error) => Err(error),
        other => panic!("{other:?}"),
    }
}

const NAME: HeaderName = HeaderName::from_static("x-own");

#[test]
fn says_what_it_was_given() {
    let direct = Direct::new(StatusCode::IM_A_TEAPOT)
        .header(NAME, HeaderValue::from_static("1"))
        .header(NAME, HeaderValue::from_static("2"))
        .body("short and stout");
    let answer = answer(&direct, "/").unwrap();
    assert_eq!(answer.status(), StatusCode::IM_A_TEAPOT);
    let values: Vec<_> = answer.headers().get_all(NAME).iter().collect();
    assert_eq!(values, ["1", "2"]);
    assert_eq!(answer.body(), "short and stout");
}

#[test]
fn a_status_without_a_body_has_none() {
    for status in [204, 205, 304] {
        let direct = Direct::new(StatusCode::from_u16(status).unwrap()).body("words");
        assert!(answer(&direct, "/").unwrap().body().is_empty(), "{status}");
    }
}

#[test]
fn a_function_answers_by_the_head_or_refuses() {
    let direct = Direct::from_fn(|head| match head.uri.path() {
        "/no" => Err(Error::new(ErrorKind::NotFound, "not here")),
        path => Ok(Response::new(Bytes::from(path.to_owned()))),
    })
    .header(NAME, HeaderValue::from_static("1"));
    let said = answer(&direct, "/yes").unwrap();
    assert_eq!(said.body(), "/yes");
    assert_eq!(said.headers()[NAME], "1");
    assert_eq!(
        answer(&direct, "/no").unwrap_err().kind(),
        ErrorKind::NotFound
    );
}
