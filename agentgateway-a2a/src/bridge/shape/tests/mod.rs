//! The conversions by example, by property, and against the published schema.

mod events;
mod faults;
mod messages;
mod notifications;
mod parts;
mod pushes;
mod requests;
mod round_trip;
mod schema;

use bytes::Bytes;

use super::*;
use crate::{
    A2aOperation,
    bridge::{Loss, LossReport},
};

const RPC: Shape = Shape::V0_3JsonRpc;
const PROTO: Shape = Shape::V0_3Proto;

type Convert = fn(&A2aOperation, Shape, &[u8], &mut LossReport) -> Result<Bytes, ShapeError>;

/// What a conversion gives, and what it loses.
fn convert(with: Convert, operation: &A2aOperation, shape: Shape, text: &str) -> (String, String) {
    let mut loss = LossReport::new();
    let out = with(operation, shape, text.as_bytes(), &mut loss)
        .unwrap_or_else(|error| panic!("{error}: {text}"));
    (text_of(&out), loss.to_string())
}

fn text_of(bytes: &Bytes) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The same words in v1.0 and in another shape, from either to the other, with nothing lost.
fn same(
    to_v1: Convert,
    from_v1: Convert,
    operation: &A2aOperation,
    v1: &str,
    shape: Shape,
    other: &str,
) {
    assert_eq!(
        convert(to_v1, operation, shape, other),
        (v1.to_owned(), "nothing".to_owned())
    );
    assert_eq!(
        convert(from_v1, operation, shape, v1),
        (other.to_owned(), "nothing".to_owned())
    );
}

fn same_params(operation: &A2aOperation, v1: &str, shape: Shape, other: &str) {
    same(params_to_v1, params_from_v1, operation, v1, shape, other);
}

fn same_result(operation: &A2aOperation, v1: &str, shape: Shape, other: &str) {
    same(result_to_v1, result_from_v1, operation, v1, shape, other);
}

/// One way, with what is lost on it.
fn becomes(
    with: Convert,
    operation: &A2aOperation,
    shape: Shape,
    text: &str,
    expected: &str,
    lost: &[Loss],
) {
    let mut loss = LossReport::new();
    lost.iter().for_each(|one| loss.add(*one));
    assert_eq!(
        convert(with, operation, shape, text),
        (expected.to_owned(), loss.to_string())
    );
}

fn fault(with: Convert, operation: &A2aOperation, shape: Shape, text: &str) -> ShapeError {
    match with(operation, shape, text.as_bytes(), &mut LossReport::new()) {
        Ok(out) => panic!("{text} became {}", text_of(&out)),
        Err(error) => error,
    }
}
