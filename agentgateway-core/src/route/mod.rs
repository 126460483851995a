//! Matching of requests by the rules of Gateway API, without its manifests.
//!
//! A [`Router`] finds the rule that takes a request; [`Hosts`] the listener that it belongs to;
//! [`Weighted`] one of a rule's backends. What rules change in requests and answers are functions of
//! the values ([`HeaderEdit::apply`], [`Redirect::location`], [`Rewrite::apply`],
//! [`Cors::preflight`]) and layers:
//!
//! | layer | does |
//! |---|---|
//! | [`RequestHeadersLayer`], [`ResponseHeadersLayer`] | set, add and remove header fields |
//! | [`RedirectLayer`] | answers with a redirect |
//! | [`RewriteLayer`] | changes host and path of what goes to the service |
//! | [`CorsLayer`] | answers preflights, says which pages may read an answer |
//! | [`MirrorLayer`] | sends a copy of some requests to another service |
//!
//! Readiness is that of the service inside, errors are its own, and extensions are not touched.

mod condition;
mod filter;
mod head;
mod hostname;
mod hosts;
mod matching;
mod path;
mod pattern;
mod rank;
mod router;
#[cfg(test)]
mod steps;
mod weighted;

pub use self::{
    filter::{
        Cors, CorsFuture, CorsLayer, CorsService, Fraction, HeaderEdit, MirrorBody, MirrorLayer,
        MirrorService, Mirrored, PathEdit, Redirect, RedirectLayer, RedirectScheme,
        RedirectService, RequestHeadersLayer, RequestHeadersService, ResponseHeadersFuture,
        ResponseHeadersLayer, ResponseHeadersService, Rewrite, RewriteLayer, RewriteService,
    },
    head::Head,
    hostname::{Hostname, without_port},
    hosts::Hosts,
    matching::{HeaderMatch, PathMatch, QueryMatch, RequestMatch, ValueMatch},
    pattern::{InvalidPattern, Pattern},
    router::{Found, Router, RouterBuilder},
    weighted::Weighted,
};
