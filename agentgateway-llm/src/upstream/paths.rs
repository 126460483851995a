//! Paths as a provider has them, where they are not the dialect's own.

use std::{borrow::Cow, fmt, sync::Arc};

use percent_encoding::utf8_percent_encode;

use super::prepare::SEGMENT;
use crate::{LlmDialect, LlmOperation};

/// What a path is made of: of a call that is ready for its provider.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CallPath<'a> {
    /// The dialect of the body, after any translation.
    pub dialect: LlmDialect,
    /// What is asked for.
    pub operation: LlmOperation,
    /// The model that is asked for.
    pub model: &'a str,
    /// The answer shall come as a stream.
    pub stream: bool,
    /// Path and query as the dialect has them.
    pub usual: &'a str,
}

impl CallPath<'_> {
    /// The model as a segment of a path.
    #[must_use]
    pub fn model_segment(&self) -> Cow<'_, str> {
        utf8_percent_encode(self.model, SEGMENT).into()
    }

    /// The last part of the usual path: from the version on, such as `chat/completions`. That of a client of Azure
    /// has a deployment in the place of the version.
    fn tail(&self) -> &str {
        let path = self.usual.split('?').next().unwrap_or_default();
        let of_deployment = || {
            let (_, rest) = path.split_once("/deployments/")?;
            rest.split_once('/').map(|(_, rest)| rest)
        };
        let of_version = path.split_once("/v1/").map(|(_, rest)| rest);
        of_version
            .or_else(of_deployment)
            .unwrap_or_else(|| path.trim_start_matches('/').trim_start_matches("openai/"))
    }
}

type Make = dyn Fn(&CallPath<'_>) -> Option<String> + Send + Sync;

/// How a provider's paths are made.
#[derive(Clone)]
pub(super) struct Paths(Arc<Make>);

impl Paths {
    pub(super) fn new(
        make: impl Fn(&CallPath<'_>) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(make))
    }

    /// Azure's older form, where a deployment stands in the path.
    pub(super) fn azure(api_version: &str, deployment: Option<&str>) -> Self {
        let (version, own) = (api_version.to_owned(), deployment.map(str::to_owned));
        if matches!(api_version, "v1" | "preview") {
            return Self::new(move |call| {
                let query = if version == "preview" {
                    "?api-version=preview"
                } else {
                    ""
                };
                Some(format!("/openai/v1/{}{query}", call.tail()))
            });
        }
        Self::new(move |call| {
            let tail = call.tail();
            if call.dialect == LlmDialect::OpenAiResponses {
                return Some(format!("/openai/{tail}?api-version={version}"));
            }
            let model = own.as_deref().map_or_else(
                || call.model_segment(),
                |own| utf8_percent_encode(own, SEGMENT).into(),
            );
            Some(format!(
                "/openai/deployments/{model}/{tail}?api-version={version}"
            ))
        })
    }

    /// Gemini's models at Vertex.
    pub(super) fn vertex(project: &str, region: &str) -> Self {
        let base = format!("/v1/projects/{project}/locations/{region}/publishers/google/models");
        Self::new(move |call| {
            let (_, method) = call.usual.rsplit_once(':')?;
            let model = call.model_segment();
            Some(format!("{base}/{model}:{method}"))
        })
    }

    pub(super) fn make(&self, call: &CallPath<'_>) -> Option<String> {
        (self.0)(call)
    }
}

impl fmt::Debug for Paths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Paths")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(dialect: LlmDialect, usual: &str) -> CallPath<'_> {
        CallPath {
            dialect,
            operation: LlmOperation::Chat,
            model: "gpt 5",
            stream: false,
            usual,
        }
    }

    #[test]
    fn azure_has_deployments_in_its_paths() {
        let chat = call(LlmDialect::OpenAiChat, "/v1/chat/completions");
        let dated = Paths::azure("2024-10-21", None).make(&chat);
        let wanted = "/openai/deployments/gpt%205/chat/completions?api-version=2024-10-21";
        assert_eq!(dated.as_deref(), Some(wanted));
        let own = Paths::azure("2024-10-21", Some("mine")).make(&chat);
        let wanted = "/openai/deployments/mine/chat/completions?api-version=2024-10-21";
        assert_eq!(own.as_deref(), Some(wanted));
        let responses = call(LlmDialect::OpenAiResponses, "/v1/responses");
        let dated = Paths::azure("2025-04-01-preview", None).make(&responses);
        assert_eq!(
            dated.as_deref(),
            Some("/openai/responses?api-version=2025-04-01-preview")
        );
        let v1 = Paths::azure("v1", None).make(&responses);
        assert_eq!(v1.as_deref(), Some("/openai/v1/responses"));
    }

    #[test]
    fn paths_of_clients_of_azure_are_read_too() {
        let usual = "/openai/deployments/gpt-5/chat/completions?api-version=2024-06-01";
        let chat = call(LlmDialect::OpenAiChat, usual);
        let own = Paths::azure("2024-10-21", Some("mine")).make(&chat);
        let wanted = "/openai/deployments/mine/chat/completions?api-version=2024-10-21";
        assert_eq!(own.as_deref(), Some(wanted));
        let v1 = Paths::azure("v1", None).make(&chat);
        assert_eq!(v1.as_deref(), Some("/openai/v1/chat/completions"));
        let responses = call(
            LlmDialect::OpenAiResponses,
            "/openai/responses?api-version=x",
        );
        let v1 = Paths::azure("v1", None).make(&responses);
        assert_eq!(v1.as_deref(), Some("/openai/v1/responses"));
    }

    #[test]
    fn vertex_has_the_project_in_its_paths() {
        let usual = "/v1beta/models/gemini:streamGenerateContent?alt=sse";
        let made = Paths::vertex("p", "us-east1").make(&call(LlmDialect::Gemini, usual));
        let wanted = "/v1/projects/p/locations/us-east1/publishers/google/models/gpt%205:streamGenerateContent?alt=sse";
        assert_eq!(made.as_deref(), Some(wanted));
    }
}
