//! Why a request is answered as it is: a plain scan of a snapshot that gives reasons.
//!
//! It is written from Gateway API's text alone and shares no code with the router that serves, so
//! that each can be checked against the other.

mod asked;
mod explanation;
mod precedence;
mod request;
mod served;
mod text;

pub use self::{
    explanation::{
        BackendShare, Candidate, Decision, Explanation, ListenerTried, RequestShown, RuleShown,
        Verdict,
    },
    request::{Where, explain},
};
