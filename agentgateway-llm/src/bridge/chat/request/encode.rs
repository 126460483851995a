//! Writing a request for a provider.

use bytes::BytesMut;

use super::{
    super::{
        super::{LossReport, codec::Encoded, form::Request},
        json::object,
        loss::foreign,
        sidecars::{self, own},
    },
    knobs, messages, tools,
};
use crate::bridge::names::{OPENAI, ToolNames};

/// Members that are written with what they belong to.
const NESTED: [&str; 4] = [
    "tools.",
    "response_format.",
    "reasoning.",
    "stream_options.",
];

/// Writes a request; `limit` is the member that says how many tokens the answer may have.
pub(in super::super) fn encode(
    request: &Request,
    limit: &'static str,
    losses: &mut LossReport,
) -> Encoded {
    let names = ToolNames::of(request, OPENAI);
    let request = &*names.renamed(request);
    let mut out = BytesMut::with_capacity(1024);
    object(&mut out, |body| {
        body.string("model", &request.model);
        body.array("messages", |list| messages::write(list, request, losses));
        tools::write(body, request, losses);
        knobs::sampling(body, limit, &request.sampling, losses);
        knobs::output(body, request);
        knobs::reasoning(body, request, losses);
        knobs::user(body, request, losses);
        if request.stream {
            body.boolean("stream", true);
            body.object("stream_options", |options| {
                // A gateway wants to know what a call used, whether the client asks or not.
                options.boolean("include_usage", true);
                sidecars::write(options, &request.sidecars, "stream_options.");
            });
        }
        for sidecar in own(&request.sidecars) {
            if !NESTED.iter().any(|prefix| sidecar.name.starts_with(prefix)) {
                body.raw(&sidecar.name, &sidecar.raw);
            }
        }
        foreign(&request.sidecars, losses);
    });
    let mut encoded = Encoded::new("/v1/chat/completions", out.freeze());
    encoded.context = names.into_context();
    encoded
}
