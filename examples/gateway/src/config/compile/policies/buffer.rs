//! Which bodies are read whole.

use super::callers::{Read, part};
use crate::config::compile::Fault;
use crate::config::compile::duration::bytes;
use crate::config::resource::{BodyBuffer, Buffer, FailureMode};
use crate::config::snapshot::{Buffering, Held};

/// How much is read of the bodies of requests and answers.
pub(super) fn buffer(origin: &str, spec: &Buffer) -> Read<Buffering> {
    let mut faults = Vec::new();
    let mut of = |spec: Option<&BodyBuffer>, field: &str| Some(held(spec?, field, &mut faults));
    let found = Buffering {
        request: of(spec.request.as_ref(), "request"),
        response: of(spec.response.as_ref(), "response"),
    };
    part(format!("{origin} traffic.buffer"), found, faults)
}

fn held(spec: &BodyBuffer, field: &str, faults: &mut Vec<Fault>) -> Held {
    let limit = spec.max_bytes.as_ref();
    let max_bytes = limit
        .and_then(bytes)
        .and_then(|it| usize::try_from(it).ok());
    if limit.is_some() && max_bytes.is_none() {
        let path = format!("spec.traffic.buffer.{field}.maxBytes");
        let message = "maxBytes is no number of bytes such as 65536 or 64Ki";
        faults.push(Fault::new(path, "Invalid", message));
    }
    Held {
        max_bytes,
        passes_longer: spec.failure_mode == Some(FailureMode::FailOpen),
    }
}
