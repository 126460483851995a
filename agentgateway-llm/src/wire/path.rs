use std::{borrow::Cow, ops::Range};

use memchr::memrchr;
use percent_encoding::percent_decode_str;

use super::{LlmDialect, LlmOperation};

/// What a path asks for, whatever its prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) dialect: LlmDialect,
    pub(crate) operation: LlmOperation,
    /// Where the path names the model, as it is written there (Gemini, Bedrock).
    pub(crate) model: Option<Range<usize>>,
    /// The path asks for a stream (Gemini, Bedrock).
    pub(crate) stream: bool,
}

impl Target {
    /// The model that the path names, percent-decoded; `None` when that is no UTF-8.
    pub(crate) fn model<'a>(&self, path: &'a str) -> Option<Cow<'a, str>> {
        percent_decode_str(path.get(self.model.clone()?)?)
            .decode_utf8()
            .ok()
    }
}

/// Recognises a path by its end. `None`: it is nobody's.
///
/// # Source
/// OpenAI API reference; Anthropic API reference, Messages; Gemini API reference, `models`; Amazon
/// Bedrock API reference, Converse, ConverseStream and CountTokens; Cohere API reference, v2 Rerank.
pub(crate) fn target(path: &str) -> Option<Target> {
    use {LlmDialect as D, LlmOperation as O};
    let (dialect, operation) = if path.ends_with("/chat/completions") {
        (D::OpenAiChat, O::Chat)
    } else if path.ends_with("/completions") {
        (D::OpenAiChat, O::TextCompletion)
    } else if path.ends_with("/embeddings") {
        (D::OpenAiChat, O::Embeddings)
    } else if path.ends_with("/rerank") {
        (D::CohereRerank, O::Rerank)
    } else if path.ends_with("/responses") {
        (D::OpenAiResponses, O::Chat)
    } else if path.ends_with("/responses/input_tokens") {
        (D::OpenAiResponses, O::CountTokens)
    // OpenAI's threads have messages too.
    } else if path.ends_with("/messages") && !path.contains("/threads/") {
        (D::AnthropicMessages, O::Chat)
    } else if path.ends_with("/messages/count_tokens") {
        (D::AnthropicMessages, O::CountTokens)
    } else {
        return converse(path).or_else(|| gemini(path));
    };
    Some(Target {
        dialect,
        operation,
        model: None,
        stream: false,
    })
}

/// `…/model/{model}/converse`, `…/converse-stream` and `…/count-tokens`. A model's ARN has its slashes encoded.
fn converse(path: &str) -> Option<Target> {
    let (before, method) = split_last(path, b'/')?;
    let operation = match method {
        "converse" | "converse-stream" => LlmOperation::Chat,
        "count-tokens" => LlmOperation::CountTokens,
        _ => return None,
    };
    let (prefix, model) = split_last(before, b'/')?;
    if !prefix.ends_with("/model") || model.is_empty() {
        return None;
    }
    let start = prefix.len() + 1;
    Some(Target {
        dialect: LlmDialect::BedrockConverse,
        operation,
        model: Some(start..before.len()),
        stream: method == "converse-stream",
    })
}

/// `…/models/{model}:{method}`
fn gemini(path: &str) -> Option<Target> {
    let (before, method) = split_last(path, b':')?;
    let operation = match method {
        "generateContent" | "streamGenerateContent" => LlmOperation::GenerateContent,
        "countTokens" => LlmOperation::CountTokens,
        "embedContent" | "batchEmbedContents" => LlmOperation::Embeddings,
        _ => return None,
    };
    let (prefix, model) = split_last(before, b'/')?;
    if !prefix.ends_with("/models") || model.is_empty() {
        return None;
    }
    let start = prefix.len() + 1;
    Some(Target {
        dialect: LlmDialect::Gemini,
        operation,
        model: Some(start..before.len()),
        stream: method == "streamGenerateContent",
    })
}

/// What stands before and behind the last of such a byte.
fn split_last(path: &str, mark: u8) -> Option<(&str, &str)> {
    let at = memrchr(mark, path.as_bytes())?;
    Some((path.get(..at)?, path.get(at + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognises_paths_by_their_end() {
        use {LlmDialect as D, LlmOperation as O};
        for (path, dialect, operation) in [
            ("/v1/chat/completions", D::OpenAiChat, O::Chat),
            ("/chat/completions", D::OpenAiChat, O::Chat),
            (
                "/openai/deployments/x/chat/completions",
                D::OpenAiChat,
                O::Chat,
            ),
            ("/v1/completions", D::OpenAiChat, O::TextCompletion),
            ("/v1/embeddings", D::OpenAiChat, O::Embeddings),
            ("/v2/rerank", D::CohereRerank, O::Rerank),
            ("/v1/rerank", D::CohereRerank, O::Rerank),
            ("/rerank", D::CohereRerank, O::Rerank),
            ("/v1/responses", D::OpenAiResponses, O::Chat),
            (
                "/v1/responses/input_tokens",
                D::OpenAiResponses,
                O::CountTokens,
            ),
            ("/v1/messages", D::AnthropicMessages, O::Chat),
            (
                "/v1/messages/count_tokens",
                D::AnthropicMessages,
                O::CountTokens,
            ),
        ] {
            let found = target(path).unwrap();
            assert_eq!((found.dialect, found.operation), (dialect, operation));
            assert_eq!(found.model(path), None);
        }
    }

    #[test]
    fn passes_what_is_not_known() {
        for path in [
            "/",
            "",
            "/v1/models",
            "/v1/responses/resp_1",
            "/v1/responses/resp_1/cancel",
            "/v1/responses/resp_1/input_items",
            "/v1/threads/t_1/messages",
            "/v1/messages/batches",
            "/v1/chatcompletions",
            "/v1/reranked",
            "/v1/rerank/models",
            "/v1beta/models/gemini",
            "/v1beta/models/gemini:tune",
            "/v1beta/models/:generateContent",
            "/v1beta/tunedmodels/x:generateContent",
            "/model/m/invoke",
            "/model/m/converse/more",
            "/model//converse",
            "/model/m/count-tokens/more",
            "/model/arn:aws:bedrock:us-east-1:1:inference-profile/m/converse",
            "/models/m/converse",
            "/converse",
        ] {
            assert_eq!(target(path), None, "{path}");
        }
    }

    #[test]
    fn reads_the_model_of_bedrock_paths() {
        for (path, model, stream) in [
            ("/model/m-v1:0/converse", "m-v1:0", false),
            ("/aws/model/us.m-v1%3A0/converse-stream", "us.m-v1:0", true),
            (
                "/model/arn%3Aaws%3Abedrock%3Ar%3A1%3Ainference-profile%2Fx/converse",
                "arn:aws:bedrock:r:1:inference-profile/x",
                false,
            ),
        ] {
            let found = target(path).unwrap();
            assert_eq!(found.model(path).as_deref(), Some(model));
            assert_eq!(
                (found.dialect, found.operation, found.stream),
                (LlmDialect::BedrockConverse, LlmOperation::Chat, stream)
            );
        }
        let path = "/model/m-v1%3A0/count-tokens";
        let found = target(path).unwrap();
        assert_eq!(found.model(path).as_deref(), Some("m-v1:0"));
        assert_eq!(found.operation, LlmOperation::CountTokens);
    }

    #[test]
    fn reads_the_model_of_gemini_paths() {
        for (path, model, operation, stream) in [
            (
                "/v1beta/models/gemini-2.5-pro:generateContent",
                "gemini-2.5-pro",
                LlmOperation::GenerateContent,
                false,
            ),
            (
                "/v1/models/a%20b%3Ac:streamGenerateContent",
                "a b:c",
                LlmOperation::GenerateContent,
                true,
            ),
            (
                "/v1beta1/projects/p/locations/l/publishers/google/models/g:countTokens",
                "g",
                LlmOperation::CountTokens,
                false,
            ),
            (
                "/x/models/e:embedContent",
                "e",
                LlmOperation::Embeddings,
                false,
            ),
        ] {
            let found = target(path).unwrap();
            assert_eq!(found.model(path).as_deref(), Some(model));
            assert_eq!((found.operation, found.stream), (operation, stream));
            assert_eq!(found.dialect, LlmDialect::Gemini);
        }
        let path = "/v1/models/%ff:generateContent";
        assert_eq!(target(path).unwrap().model(path), None);
    }
}
