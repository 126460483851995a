use bytes::{Bytes, BytesMut};

use super::json;

/// The answer to a request for `count_tokens`: the input's tokens.
///
/// # Source
/// Anthropic API, Count tokens in a Message, `MessageTokensCount`.
#[must_use]
pub fn encode_token_count(tokens: u64) -> Bytes {
    let mut out = BytesMut::new();
    json::object(&mut out, |count| count.number("input_tokens", tokens));
    out.freeze()
}
