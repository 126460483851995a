use std::{collections::BTreeMap, time::Duration};

use agentgateway_core::policy::FailureMode;
use http::HeaderName;

use crate::config::snapshot::{Endpoints, Secret};
use crate::expression::Expression;

/// A service that policies ask.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "where something is")]
pub struct Asked {
    /// Where it is.
    pub at: Endpoints,
    /// By TLS.
    pub tls: bool,
}

impl Asked {
    /// Where it is, and whether by TLS.
    #[must_use]
    pub const fn place(&self) -> (&Endpoints, bool) {
        (&self.at, self.tls)
    }
}

/// Authorization by a service.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct ExtAuth {
    /// Which service.
    pub service: Asked,
    /// How it is asked.
    pub speech: ExtAuthSpeech,
    /// What becomes of requests while it does not answer.
    pub failure_mode: FailureMode,
    /// So many bytes of the body go with the question.
    pub body_bytes: Option<usize>,
    /// Verdicts are used again.
    pub cache: Option<KeptVerdicts>,
}

impl ExtAuth {
    pub(super) fn line(&self) -> String {
        let by = match self.speech {
            ExtAuthSpeech::Grpc { .. } => "gRPC",
            ExtAuthSpeech::Http(_) => "HTTP",
        };
        let mode = match self.failure_mode {
            FailureMode::Open => "lets pass what it does not answer",
            _ => "refuses what it does not answer",
        };
        format!("asks {} by {by}, and {mode}", self.service.at.name())
    }
}

/// How an authorization service is asked.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two protocols there are")]
pub enum ExtAuthSpeech {
    /// By Envoy's protocol.
    Grpc {
        /// What goes with each question.
        context: BTreeMap<String, Secret>,
        /// What is made of the request, by its name.
        metadata: Vec<(String, Expression)>,
    },
    /// By HTTP.
    Http(Box<ExtAuthHttp>),
}

/// A question by HTTP, and what of its answer is used.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct ExtAuthHttp {
    /// The path; the client's when it is absent.
    pub path: Option<AskedPath>,
    /// Where the client is sent when it may not.
    pub redirect: Option<Expression>,
    /// The body.
    pub body: Option<Expression>,
    /// Headers of the request that go along; `None` for `Authorization`.
    pub request_headers: Option<Vec<HeaderName>>,
    /// Headers that are added.
    pub added: Vec<(HeaderName, Expression)>,
    /// Headers of its answer that go to the backend.
    pub response_headers: Vec<HeaderName>,
    /// What is made of a yes, by its name.
    pub metadata: Vec<(String, Expression)>,
}

/// The path of a question.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "given, or made")]
pub enum AskedPath {
    /// That of the URL.
    Fixed(String),
    /// What this makes of the request.
    Expression(Expression),
}

/// Verdicts that are used again.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct KeptVerdicts {
    /// What tells one question from another.
    pub key: Vec<Expression>,
    /// For how long: a time, or what this makes of the request.
    pub ttl: Kept,
    /// How many.
    pub max_entries: Option<usize>,
}

/// How long something is kept.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "given, or made")]
pub enum Kept {
    /// Always so long.
    For(Duration),
    /// As long as this says: a duration of CEL, or seconds.
    Expression(Expression),
}
