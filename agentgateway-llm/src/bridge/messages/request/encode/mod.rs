//! Requests to a provider.

mod beside;
mod blocks;
mod media;
mod options;
mod tools;
mod turns;

use bytes::BytesMut;
use http::HeaderValue;

pub(in super::super) use self::blocks::block_members;
use self::{options::Plan, turns::Turns};
use super::super::{
    super::{Encoded, LossReport, Refused, form::Request},
    json,
    model::Model,
};
use crate::bridge::{messages::names::NAMES, names::ToolNames};

/// # Source
/// Anthropic API, Versions.
const VERSION: (&str, HeaderValue) = ("anthropic-version", HeaderValue::from_static("2023-06-01"));

pub(in super::super) fn encode(
    request: &Request,
    losses: &mut LossReport,
) -> Result<Encoded, Refused> {
    let names = ToolNames::of(request, NAMES);
    let request = &*names.renamed(request);
    let turns = Turns::of(request, losses);
    if turns.is_empty() {
        return Err(Refused::at(
            "messages",
            "holds nothing that Anthropic Messages takes: there must be a turn of the user",
        ));
    }
    let model = Model::of(&request.model);
    let plan = Plan::of(request, model, losses);
    let mut body = BytesMut::with_capacity(1024);
    json::object(&mut body, |out| {
        out.string("model", &request.model);
        out.number("max_tokens", plan.max_tokens);
        if request.stream {
            out.boolean("stream", true);
        }
        turns.write(out);
        tools::write(out, request, model, losses);
        plan.write(out, request, losses);
        beside::write(out, &request.sidecars, losses);
    });
    let mut encoded = Encoded::new("/v1/messages", body.freeze());
    let (name, version) = VERSION;
    encoded.headers.insert(name, version);
    encoded.context = names.into_context();
    Ok(encoded)
}
