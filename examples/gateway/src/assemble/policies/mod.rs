//! From what a rule's policies ask for to what decides about its requests.

mod agents;
mod answers;
mod before;
mod cache;
mod callers;
mod cases;
mod ext_auth;
mod group;
mod limits;
mod mounted;
mod spending;
mod tools;
mod transform;

pub(super) use self::{
    cache::PolicyCache,
    mounted::{Mounted, Passed, rules_of_tools},
};
use self::{
    cases::cases,
    group::{Group, noted, text_of, whole_of},
};
