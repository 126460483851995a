//! Whether an answer says that the agent knows no such task.

use agentgateway_core::{Body, Peeked, body::Look, media};
use http::{Response, StatusCode};

use crate::wire::{A2aBinding, Answer, code, read_answer};

/// The longest answer that is looked at, in bytes: an error is short.
const MAX_ERROR_BYTES: usize = 64 * 1024;
/// `NOT_FOUND`.
const GRPC_NOT_FOUND: &[u8] = b"5";

/// The same answer, and whether it says so. A stream has begun, so it does not.
pub(super) async fn looked_at(
    answer: Response<Body>,
    binding: A2aBinding,
) -> (Response<Body>, bool) {
    match binding {
        A2aBinding::HttpJson => {
            let unknown = answer.status() == StatusCode::NOT_FOUND;
            (answer, unknown)
        }
        A2aBinding::Grpc => {
            let status = answer.headers().get("grpc-status");
            let unknown = status.is_some_and(|status| status.as_bytes() == GRPC_NOT_FOUND);
            (answer, unknown)
        }
        A2aBinding::JsonRpc if media::is_json(answer.headers()) => {
            let (head, body) = answer.into_parts();
            let (body, unknown) = read(body).await;
            (Response::from_parts(head, body), unknown)
        }
        A2aBinding::JsonRpc => (answer, false),
    }
}

async fn read(body: Body) -> (Body, bool) {
    match Peeked::peek(body, MAX_ERROR_BYTES).await {
        Look::Whole(text, peeked) => {
            let answer = read_answer(&text, A2aBinding::JsonRpc);
            let unknown = matches!(
                answer,
                Answer::Error { code: Some(number), .. } if number == code::TASK_NOT_FOUND
            );
            (peeked.into_body(), unknown)
        }
        Look::OverLimit(peeked) | Look::Failed(peeked) => (peeked.into_body(), false),
    }
}
