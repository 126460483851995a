//! Matching of requests by the rules of Gateway API, without its manifests.
//!
//! A [`Router`] finds the rule that takes a request; [`Hosts`] the listener that it belongs to.

mod condition;
mod filter;
mod head;
mod hostname;
mod hosts;
mod matching;
mod path;
mod pattern;
mod query;
mod rank;
mod router;
mod weighted;

pub use self::{
    filter::{Cors, Fraction, HeaderEdit, PathEdit, Redirect, RedirectScheme, Rewrite},
    head::Head,
    hostname::{Hostname, without_port},
    hosts::Hosts,
    matching::{HeaderMatch, PathMatch, QueryMatch, RequestMatch, ValueMatch},
    pattern::{InvalidPattern, Pattern},
    router::{Found, Router, RouterBuilder},
    weighted::Weighted,
};
