//! What is decided about the requests of a rule, by the policies attached to it.

mod agents;
mod answers;
mod buffering;
mod callers;
mod cases;
mod limits;
mod part;
mod retrying;
mod routing;
mod scopes;
mod services;
mod set;
mod spending;
mod tools;
mod transforming;

pub use self::{
    agents::{AgentRules, Loops, Messages, Push, PushUrls, Relay, TaskOwners, UnfinishedTasks},
    answers::{DirectAnswer, DirectBody, Wait},
    buffering::{Buffering, Held},
    callers::{
        AccessRule, ApiKeyCallers, ApiKeyEntry, BasicCallers, Issuer, JwtCallers, Keys, McpCallers,
        Place,
    },
    cases::Cases,
    limits::{Counted, GlobalLimits, LocalRates, RateLimits, Whose},
    part::Part,
    retrying::Retrying,
    routing::BeforeRouting,
    scopes::{Scopes, ScopesOf},
    services::{Asked, AskedPath, ExtAuth, ExtAuthHttp, ExtAuthSpeech, Kept, KeptVerdicts},
    set::Policies,
    spending::{Budget, Concurrency, Spent},
    tools::ToolLimit,
    transforming::{MessageChanges, Transforming},
};
