use std::{future::poll_fn, pin::Pin};

use agentgateway_core::{Body, Error};
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::Body as _;

use super::answers::bad_answer;

/// Reads a body to its end, and the trailers behind it.
///
/// # Errors
/// It failed, or is over the limit.
pub(crate) async fn whole(
    mut body: Body,
    max_bytes: usize,
) -> Result<(Bytes, Option<HeaderMap>), Error> {
    let (mut first, mut more, mut trailers) = (Bytes::new(), BytesMut::new(), None);
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        match frame?.into_data() {
            Ok(data) => {
                if first.len() + more.len() + data.len() > max_bytes {
                    let message =
                        format!("the agent's answer is over the limit of {max_bytes} bytes");
                    return Err(bad_answer(message));
                }
                if first.is_empty() {
                    first = data;
                } else {
                    more.extend_from_slice(&data);
                }
            }
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
    }
    if more.is_empty() {
        return Ok((first, trailers));
    }
    let mut all = BytesMut::from(&first[..]);
    all.unsplit(more);
    Ok((all.freeze(), trailers))
}
