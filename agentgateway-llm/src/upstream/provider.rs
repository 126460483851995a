use std::{fmt, sync::Arc};

use agentgateway_core::upstream::Endpoint;
use http::HeaderName;

use super::{CallPath, Credential, paths::Paths};
use crate::{
    LlmDialect, LlmOperation,
    bridge::{self, Codec, LossPolicy, OpenAiCompatible},
};

/// What Vertex is called in spans.
const VERTEX: &str = "gcp.vertex_ai";

/// Who answers calls: where it listens, what it speaks, and what it is told.
///
/// ```
/// use agentgateway_llm::upstream::{Credential, Provider, ProviderKind};
///
/// let endpoint = "https://api.openai.com".parse()?;
/// let provider = Provider::new("main", ProviderKind::OpenAi, endpoint)
///     .credential(Credential::bearer("sk-secret")?)
///     .model("gpt-5");
/// assert!(!format!("{provider:?}").contains("secret"));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Provider {
    pub(super) identity: LlmProvider,
    pub(super) endpoint: Endpoint,
    pub(super) model: Option<Box<str>>,
    pub(super) credential: Option<Credential>,
    pub(super) forward_client_credential: bool,
    pub(super) inject_usage: bool,
    pub(super) allow_other_paths: bool,
    pub(super) headers: Vec<HeaderName>,
    /// What it is asked in as it is; none for whatever it is asked in.
    pub(super) dialects: Vec<LlmDialect>,
    /// What requests in other dialects are translated to.
    pub(super) codec: Option<Arc<dyn Codec>>,
    has_own_codec: bool,
    /// It is OpenAI's own service, or Azure's, not a server that follows it.
    is_openai: bool,
    pub(super) losses: LossPolicy,
    pub(super) paths: Option<Paths>,
}

impl Provider {
    /// A provider without a credential, known to operators as `name`.
    #[must_use]
    pub fn new(name: &str, kind: ProviderKind, endpoint: Endpoint) -> Self {
        let semantic = kind.semantic_name().unwrap_or(name);
        let is_openai = is_openai(endpoint.host());
        Self {
            identity: LlmProvider(Arc::new(Identity {
                name: name.into(),
                kind,
                semantic: semantic.into(),
            })),
            endpoint,
            model: None,
            credential: None,
            forward_client_credential: false,
            inject_usage: kind == ProviderKind::OpenAi,
            allow_other_paths: false,
            headers: Vec::new(),
            dialects: kind.dialects().to_vec(),
            codec: codec_of(kind.dialects(), is_openai),
            has_own_codec: false,
            is_openai,
            losses: LossPolicy::new(),
            paths: None,
        }
    }

    /// OpenAI's models at Azure. `api_version` is a date, or `v1` for paths without deployments; with a date, the
    /// model's name is the deployment's, unless one is given.
    ///
    /// ```
    /// use agentgateway_llm::upstream::{Credential, Provider};
    /// use http::HeaderName;
    ///
    /// let endpoint = "https://own.openai.azure.com".parse()?;
    /// let key = Credential::header(HeaderName::from_static("api-key"), "secret")?;
    /// let provider = Provider::azure("azure", endpoint, "2024-10-21", None).credential(key);
    /// # let _ = provider;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Source
    /// Azure OpenAI in Foundry Models, REST API reference.
    #[must_use]
    pub fn azure(
        name: &str,
        endpoint: Endpoint,
        api_version: &str,
        deployment: Option<&str>,
    ) -> Self {
        let mut provider = Self::new(name, ProviderKind::OpenAi, endpoint);
        provider.paths = Some(Paths::azure(api_version, deployment));
        provider.is_openai = true;
        provider.codec = codec_of(&provider.dialects, true);
        provider.semantic_name("azure.ai.openai")
    }

    /// Gemini's models at Vertex. The endpoint is the region's, such as
    /// `https://us-east1-aiplatform.googleapis.com`; its credential is a bearer token.
    ///
    /// # Source
    /// Vertex AI API reference, `projects.locations.publishers.models`.
    #[must_use]
    pub fn vertex(name: &str, endpoint: Endpoint, project: &str, region: &str) -> Self {
        let mut provider = Self::new(name, ProviderKind::Gemini, endpoint);
        provider.paths = Some(Paths::vertex(project, region));
        provider.semantic_name(VERTEX)
    }

    /// How the paths of calls are made: path and query, behind the endpoint's base; `None` where the dialect's own
    /// stays. Default: the dialect's own.
    #[must_use]
    pub fn paths(
        mut self,
        make: impl Fn(&CallPath<'_>) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.paths = Some(Paths::new(make));
        self
    }

    /// Asks for this model, whatever the client asked for. Default: the client's.
    #[must_use]
    pub fn model(mut self, model: &str) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Attaches this credential. Default: none.
    #[must_use]
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credential = Some(credential);
        self
    }

    /// When true, and the provider has no credential of its own, the client's goes on:
    /// `authorization`, `x-api-key`, `api-key`, `x-goog-api-key` and Gemini's keys in the query.
    /// Default: false, it stays here.
    #[must_use]
    pub const fn forward_client_credential(mut self, forward: bool) -> Self {
        self.forward_client_credential = forward;
        self
    }

    /// When true, streams of OpenAI Chat are asked to tell their usage. Default: true for
    /// [`ProviderKind::OpenAi`], else false. Turn it off for a service that refuses
    /// `stream_options`.
    #[must_use]
    pub const fn inject_usage(mut self, inject: bool) -> Self {
        self.inject_usage = inject;
        self
    }

    /// When true, requests that are no calls reach the provider too, with its credential: files,
    /// batches, whatever it offers. Default: false.
    #[must_use]
    pub const fn allow_other_paths(mut self, allow: bool) -> Self {
        self.allow_other_paths = allow;
        self
    }

    /// What it speaks. Requests in these dialects go there as they are; those in others are translated to the
    /// first that has turns. Default: what the kind says; none, which is whatever it is asked in, for
    /// [`ProviderKind::Custom`].
    ///
    /// ```
    /// use agentgateway_llm::{LlmDialect, upstream::{Provider, ProviderKind}};
    ///
    /// // A server that follows OpenAI, but has no Responses.
    /// let server = Provider::new("own", ProviderKind::Custom, "http://localhost:8000".parse()?)
    ///     .dialects(&[LlmDialect::OpenAiChat]);
    /// # let _ = server;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn dialects(mut self, dialects: &[LlmDialect]) -> Self {
        if !self.has_own_codec {
            self.codec = codec_of(dialects, self.is_openai);
        }
        self.dialects = dialects.to_vec();
        self
    }

    /// Translates requests of other dialects with this codec, for a provider that speaks something of its own.
    /// Default: the codec of its first dialect; for OpenAI Chat at another host than OpenAI's and Azure's
    /// [`OpenAiCompatible`]. Where it has no [dialects](Self::dialects) yet, it speaks the
    /// codec's and no other.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use agentgateway_llm::{LlmDialect, bridge::Ollama, upstream::{Provider, ProviderKind}};
    ///
    /// let own = Provider::new("own", ProviderKind::Custom, "http://localhost:11434".parse()?)
    ///     .codec(Arc::new(Ollama));
    /// assert!(!own.speaks(LlmDialect::OpenAiChat));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn codec(mut self, codec: Arc<dyn Codec>) -> Self {
        if self.dialects.is_empty() {
            self.dialects.push(codec.dialect());
        }
        self.codec = Some(codec);
        self.has_own_codec = true;
        self
    }

    /// What is done about what a translated request loses. Default: [`LossPolicy::new`].
    #[must_use]
    pub const fn losses(mut self, policy: LossPolicy) -> Self {
        self.losses = policy;
        self
    }

    /// Whether a call in this dialect goes there as it is.
    #[must_use]
    pub fn speaks(&self, dialect: LlmDialect) -> bool {
        self.dialects.is_empty() || self.dialects.contains(&dialect)
    }

    /// Whether it can be asked for this: as it is, or translated.
    #[cfg(feature = "route")]
    pub(crate) fn takes(&self, call: &crate::LlmCall) -> bool {
        self.speaks(call.dialect()) || self.codec_for(call.operation()).is_some()
    }

    /// Lets one more header of the client go on. Default: none but those of the list.
    #[must_use]
    pub fn forward_header(mut self, name: HeaderName) -> Self {
        self.headers.push(name);
        self
    }

    /// What `gen_ai.provider.name` is in spans, such as `azure.ai.openai`. Default: what the kind
    /// says; for [`ProviderKind::Custom`] the provider's name.
    #[must_use]
    pub fn semantic_name(mut self, semantic: &str) -> Self {
        self.identity = LlmProvider(Arc::new(Identity {
            name: self.identity.name().into(),
            kind: self.identity.kind(),
            semantic: semantic.into(),
        }));
        self
    }

    /// Who it is.
    #[must_use]
    pub const fn identity(&self) -> &LlmProvider {
        &self.identity
    }

    /// Gemini's models are asked at Vertex.
    pub(super) fn is_vertex(&self) -> bool {
        self.identity.semantic_name() == VERTEX
    }

    /// What a call in another dialect is translated with: a count of tokens goes in the first of its dialects that has
    /// one.
    pub(super) fn codec_for(&self, operation: LlmOperation) -> Option<Arc<dyn Codec>> {
        let own = self.codec.clone();
        match operation {
            LlmOperation::Chat | LlmOperation::GenerateContent => return own,
            LlmOperation::CountTokens => {}
            _ => return None,
        }
        let others = self.dialects.iter();
        let others = others.filter_map(|dialect| bridge::codec_of(*dialect));
        own.into_iter()
            .chain(others)
            .find(|codec| bridge::count::counts(codec.dialect()))
    }

    /// The client's own credential is to go on.
    pub(super) const fn passes_client_credential(&self) -> bool {
        self.forward_client_credential && self.credential.is_none()
    }
}

/// What requests of other dialects are translated with, where the provider speaks these.
fn codec_of(dialects: &[LlmDialect], is_openai: bool) -> Option<Arc<dyn Codec>> {
    dialects.iter().find_map(|dialect| match dialect {
        LlmDialect::OpenAiChat if !is_openai => Some(Arc::new(OpenAiCompatible) as _),
        other => bridge::codec_of(*other),
    })
}

/// Whether OpenAI's own models are served there, by who made them or by Azure.
fn is_openai(host: &str) -> bool {
    const DOMAINS: [&str; 4] = [
        "api.openai.com",
        "openai.azure.com",
        "cognitiveservices.azure.com",
        "services.ai.azure.com",
    ];
    let host = host.to_ascii_lowercase();
    DOMAINS.iter().any(|domain| {
        let before = host.strip_suffix(domain);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

/// What a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProviderKind {
    /// OpenAI's dialects, Chat and Responses.
    OpenAi,
    /// Anthropic Messages.
    Anthropic,
    /// Gemini.
    Gemini,
    /// Amazon Bedrock's Converse.
    Bedrock,
    /// [Ollama's](crate::bridge::ollama) own `/api/chat`. Every call is translated.
    Ollama,
    /// Whatever it is asked in: a service that speaks several dialects.
    Custom,
}

impl ProviderKind {
    /// The dialects that it speaks, the one that others are translated to first; none for all.
    #[must_use]
    pub const fn dialects(self) -> &'static [LlmDialect] {
        match self {
            Self::OpenAi => &[LlmDialect::OpenAiChat, LlmDialect::OpenAiResponses],
            Self::Anthropic => &[LlmDialect::AnthropicMessages],
            Self::Gemini => &[LlmDialect::Gemini],
            Self::Bedrock => &[LlmDialect::BedrockConverse],
            Self::Ollama => &[LlmDialect::OLLAMA],
            Self::Custom => &[],
        }
    }

    const fn semantic_name(self) -> Option<&'static str> {
        match self {
            Self::OpenAi => Some("openai"),
            Self::Anthropic => Some("anthropic"),
            Self::Gemini => Some("gcp.gemini"),
            Self::Bedrock => Some("aws.bedrock"),
            Self::Ollama => Some("ollama"),
            Self::Custom => None,
        }
    }
}

/// The model that this one request asks its provider for, in the request's extensions: before what the client
/// asked for, and before [`Provider::model`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelOverride(Arc<str>);

impl ModelOverride {
    /// Asks for this model.
    #[must_use]
    pub fn new(model: impl Into<Arc<str>>) -> Self {
        Self(model.into())
    }

    /// The model.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which provider an attempt goes to, in the request's extensions. A clone shares it.
#[derive(Clone, PartialEq, Eq)]
pub struct LlmProvider(Arc<Identity>);

#[derive(PartialEq, Eq)]
struct Identity {
    name: Box<str>,
    kind: ProviderKind,
    semantic: Box<str>,
}

impl LlmProvider {
    /// The name that operators gave it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What it speaks.
    #[must_use]
    pub fn kind(&self) -> ProviderKind {
        self.0.kind
    }

    /// What `gen_ai.provider.name` is in spans.
    #[must_use]
    pub fn semantic_name(&self) -> &str {
        &self.0.semantic
    }
}

impl fmt::Debug for LlmProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LlmProvider({})", self.name())
    }
}
