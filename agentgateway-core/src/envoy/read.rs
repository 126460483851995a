use std::pin::pin;

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::BodyExt;

use super::Failure;
use crate::body::{Body, Gather};

/// Reads a whole body and its trailers. One that is longer than the limit is invalid.
pub(super) async fn read(body: Body, limit_bytes: usize) -> Result<(Bytes, HeaderMap), Failure> {
    let mut body = pin!(body);
    let (mut gather, mut trailers) = (Gather::default(), HeaderMap::new());
    while let Some(frame) = body.frame().await {
        match frame?.into_data() {
            Ok(data) => {
                gather.push(data, 0);
                if gather.len() > limit_bytes {
                    return Err(Failure::Invalid("the answer is over its limit"));
                }
            }
            Err(frame) => trailers.extend(frame.into_trailers().unwrap_or_default()),
        }
    }
    Ok((gather.take(), trailers))
}
