//! Matching of requests by the rules of Gateway API, without its manifests.

mod filter;
mod hostname;
mod matching;
mod pattern;

pub use self::{
    filter::{Cors, Fraction, HeaderEdit, PathEdit, Redirect, RedirectScheme, Rewrite},
    hostname::{Hostname, without_port},
    matching::{HeaderMatch, PathMatch, QueryMatch, RequestMatch, ValueMatch},
    pattern::{InvalidPattern, Pattern},
};
