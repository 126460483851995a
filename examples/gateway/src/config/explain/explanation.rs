//! What an explanation holds. Its JSON form is what `explain request -o json` prints.

use serde::{Deserialize, Serialize};

/// Why a request is answered as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Explanation {
    /// The request. Of its headers the names alone are here.
    pub request: RequestShown,
    /// The listeners of the port, and which of them has the request.
    pub listeners: Vec<ListenerTried>,
    /// What that listener decides before a rule is chosen, in order, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<String>,
    /// Whether that may change what the rule is chosen by: it is chosen here for the request as it came.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub changes: bool,
    /// All matches of that listener: the one that takes the request, then those that would have
    /// taken it, in their order of precedence, then those that would not.
    pub candidates: Vec<Candidate>,
    /// What follows.
    pub decision: Decision,
}

/// A request, without values of headers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RequestShown {
    /// The port that it comes to.
    pub port: u16,
    /// Its method.
    pub method: String,
    /// Its host, without a port; empty when it names none.
    pub host: String,
    /// Its path.
    pub path: String,
    /// The names of its headers.
    pub headers: Vec<String>,
}

/// A listener of the port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListenerTried {
    /// Its Gateway, as `namespace/name`.
    pub gateway: String,
    /// Its name.
    pub listener: String,
    /// Its hostname; absent when it serves every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// What became of it.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// What became of a listener or of a match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "camelCase")]
#[expect(clippy::exhaustive_enums, reason = "chosen, beaten or not fit")]
pub enum Verdict {
    /// It has the request.
    Chosen,
    /// It would take the request, but another comes before it.
    Lost {
        /// By which rule of precedence.
        because: String,
    },
    /// It does not take the request.
    Missed {
        /// Everything that does not fit; never empty.
        reasons: Vec<String>,
    },
}

/// One match of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Candidate {
    /// The route, as `Kind namespace/name`.
    pub route: String,
    /// The rule's place in the route, from 0.
    pub rule: usize,
    /// The rule's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The match's place in the rule, from 0.
    #[serde(rename = "match")]
    pub matched: usize,
    /// What it asks for, in words.
    pub asks: String,
    /// What became of it.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// What becomes of the request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[non_exhaustive]
pub enum Decision {
    /// Nothing listens there.
    #[serde(rename_all = "camelCase")]
    NoListener {
        /// The ports that there are.
        ports: Vec<u16>,
        /// The listeners of the port, where others were asked about.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        listeners: Vec<String>,
    },
    /// No listener of the port serves the host: 404.
    NoHostname,
    /// The listener answers it before a rule is chosen: it is the preflight of this method. 204.
    Preflight {
        /// The method that it asks leave for.
        asked: String,
    },
    /// No rule takes it: 404.
    NoRule,
    /// A rule takes it.
    Rule(Box<RuleShown>),
}

/// The rule that takes a request, and what it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RuleShown {
    /// The route, as `Kind namespace/name`.
    pub route: String,
    /// The rule's place in the route, from 0.
    pub rule: usize,
    /// The rule's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What is changed, a line each; values of headers are not here.
    pub filters: Vec<String>,
    /// What decides about the request before it goes on, in order, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// What answers, with its share.
    pub backends: Vec<BackendShare>,
    /// How long an answer may take; absent leaves the protocol's default, `0s` is for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_timeout: Option<String>,
    /// How long one attempt may take, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend_request_timeout: Option<String>,
    /// The status that the gateway itself answers, where no backend does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why the gateway answers itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What answers a share of the requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BackendShare {
    /// Its weight.
    pub weight: u32,
    /// Its share of all requests, from 0 to 1.
    pub share: f64,
    /// What it is, as `Kind namespace/name`, or why there is none.
    pub target: String,
    /// What is spoken with it: `http`, `a2a`, `mcp` or `llm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Where it is.
    pub endpoints: Vec<String>,
    /// What is changed for it alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<String>,
    /// What is decided about its requests alone, in the order in which it decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// How long one attempt may take where the route does not say; `0s` is for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_timeout: Option<String>,
    /// The status in its place, where it cannot answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}
