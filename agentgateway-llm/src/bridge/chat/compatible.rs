use http::{HeaderMap, StatusCode};

use super::{
    super::{
        Codec, DecodeContext, Encoded, Fault, LossReport, Refused, Target, Unreadable,
        form::{Request, Response},
        stream::StreamDecoder,
    },
    OpenAiChat, request,
};
use crate::LlmDialect;

/// OpenAI's word for the most tokens of an answer, its thoughts among them.
pub(super) const MAX_COMPLETION_TOKENS: &str = "max_completion_tokens";
/// The older word, which every server knows that follows OpenAI.
const MAX_TOKENS: &str = "max_tokens";

/// OpenAI Chat Completions, as servers take it that follow OpenAI.
///
/// The most tokens of an answer are asked for by `max_tokens`: Mistral refuses `max_completion_tokens`, DeepSeek,
/// Ollama and older versions of vLLM pass over it, and then the answer has no limit. OpenAI's own models that think
/// know the newer word alone, so they are asked with it wherever they are served. All else is as in [`OpenAiChat`].
///
/// A [`Provider`](crate::upstream::Provider) whose first dialect is Chat is asked so, unless its host is OpenAI's or
/// Azure's.
///
/// # Source
/// Mistral API, Chat Completion (`max_tokens`; other members are `extra_forbidden`); DeepSeek API, Create Chat
/// Completion; OpenAI API, `CreateChatCompletionRequest.max_tokens`: "deprecated, not compatible with o-series models".
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a dialect has no state")]
pub struct OpenAiCompatible;

impl Codec for OpenAiCompatible {
    fn dialect(&self) -> LlmDialect {
        OpenAiChat.dialect()
    }

    fn decode_request(&self, target: &Target<'_>, body: &[u8]) -> Result<Request, Refused> {
        OpenAiChat.decode_request(target, body)
    }

    fn encode_request(
        &self,
        request: &Request,
        losses: &mut LossReport,
    ) -> Result<Encoded, Refused> {
        let limit = if is_thinker(&request.model) {
            MAX_COMPLETION_TOKENS
        } else {
            MAX_TOKENS
        };
        Ok(request::encode(request, limit, losses))
    }

    fn decode_response(
        &self,
        context: &DecodeContext,
        body: &[u8],
    ) -> Result<Response, Unreadable> {
        OpenAiChat.decode_response(context, body)
    }

    fn decode_fault(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fault {
        OpenAiChat.decode_fault(status, headers, body)
    }

    fn fault_in(&self, body: &[u8]) -> Option<Fault> {
        OpenAiChat.fault_in(body)
    }

    fn stream_decoder(&self, context: &DecodeContext) -> Box<dyn StreamDecoder> {
        OpenAiChat.stream_decoder(context)
    }
}

/// Whether it is one of OpenAI's models that think, by its name: `o3-mini`, `gpt-5.1`, `openai/gpt-5`.
fn is_thinker(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    let generation = |rest: &str| {
        let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next();
        digits.and_then(|digits| digits.parse::<u8>().ok())
    };
    let is_series = |rest: &str| {
        generation(rest).is_some()
            && rest
                .trim_start_matches(|letter: char| letter.is_ascii_digit())
                .bytes()
                .next()
                .is_none_or(|next| next == b'-')
    };
    match name.strip_prefix("gpt-") {
        Some(rest) => generation(rest).is_some_and(|number| number >= 5),
        None => name.strip_prefix('o').is_some_and(is_series),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(model: &str) -> serde_json::Value {
        let mut request = Request {
            model: model.to_owned(),
            ..Request::default()
        };
        request.sampling.max_tokens = Some(9);
        let encoded = OpenAiCompatible.encode_request(&request, &mut LossReport::new());
        let mut body: serde_json::Value = serde_json::from_slice(&encoded.unwrap().body).unwrap();
        let body = body.as_object_mut().unwrap();
        body.retain(|name, _| name.starts_with("max_"));
        serde_json::Value::Object(std::mem::take(body))
    }

    #[test]
    fn servers_that_follow_are_told_the_limit_in_the_word_that_all_know() {
        for model in [
            "mistral-small-latest",
            "deepseek-chat",
            "gpt-4o",
            "gpt-oss-120b",
            "olmo-2",
        ] {
            let told = limit(model);
            assert_eq!(told, serde_json::json!({"max_tokens": 9}), "{model}");
        }
    }

    #[test]
    fn models_of_openai_that_think_are_told_in_the_only_word_that_they_take() {
        for model in [
            "o3",
            "o4-mini",
            "gpt-5",
            "gpt-5.1-codex",
            "openai/gpt-5-mini",
            "gpt-10",
        ] {
            let told = limit(model);
            assert_eq!(
                told,
                serde_json::json!({"max_completion_tokens": 9}),
                "{model}"
            );
        }
    }
}
