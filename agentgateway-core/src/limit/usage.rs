use http::request;

use crate::context::{CallView, Fact};

/// How many bytes of a request make a token, roughly.
const BYTES_PER_TOKEN: u64 = 4;
/// How many tokens an answer may have, when the client said nothing.
const OUTPUT_TOKENS: u64 = 1024;

/// How many tokens a call will use at most, roughly: those of its input, a quarter of its body's
/// bytes, and those that its answer may have, 1,024 where the client says nothing, for each answer
/// that it asks for.
///
/// It reads the facts `bodyBytes`, `maxTokens` and `choices` of the typed call, as an `LlmCall` has
/// them. A request without such a call counts as 1.
#[must_use]
pub fn estimate_tokens(head: &request::Parts) -> u64 {
    let fact = |name| {
        let view = head.extensions.get::<CallView>()?;
        match view.fact(&head.extensions, name) {
            Some(Fact::Number(number)) => Some(number),
            _ => None,
        }
    };
    let Some(body_bytes) = fact("bodyBytes") else {
        return 1;
    };
    let output = fact("maxTokens").unwrap_or(OUTPUT_TOKENS);
    let answers = fact("choices").unwrap_or(1).max(1);
    (body_bytes / BYTES_PER_TOKEN)
        .saturating_add(output.saturating_mul(answers))
        .max(1)
}
