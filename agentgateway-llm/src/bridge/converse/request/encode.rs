use bytes::BytesMut;
use http::{HeaderValue, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    super::{
        super::{Encoded, LossReport, Refused, form::Request},
        DIALECT,
        content::Side,
        json::{self, Members},
        loss::{Beside, foreign},
        model::Family,
    },
    knobs::Knobs,
    tools,
    turns::Turns,
};
use crate::bridge::{converse::names::NAMES, names::ToolNames};
use crate::wire::event_stream;

/// What may stand in a path's segment as it is; the SDKs leave the same.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// Members whose own members are written where they belong.
const INNER: [&str; 4] = [
    "additionalModelRequestFields.",
    "inferenceConfig.",
    "outputConfig.",
    "toolConfig.",
];

/// Writes a request for a provider.
pub(in super::super) fn encode(
    request: &Request,
    losses: &mut LossReport,
) -> Result<Encoded, Refused> {
    if request.model.is_empty() {
        return Err(Refused::at("model", "is missing: it must be a string"));
    }
    let family = Family::of(&request.model);
    let names = ToolNames::of(request, NAMES);
    let request = &*names.renamed(request);
    let side = Side::Provider { family };
    let turns = Turns::of(request, side, losses);
    let knobs = Knobs::of(request, family, losses);
    let mut body = BytesMut::with_capacity(1024);
    json::object(&mut body, |out| {
        turns.write(out);
        knobs.write(out, losses);
        tools::write(out, request, family, turns.has_calls, losses);
        beside(out, request, losses);
    });
    let model = utf8_percent_encode(&request.model, SEGMENT);
    let method = if request.stream {
        "converse-stream"
    } else {
        "converse"
    };
    let mut encoded = Encoded::new(format!("/model/{model}/{method}"), body.freeze());
    if request.stream {
        let media = HeaderValue::from_static(event_stream::MEDIA_TYPE);
        encoded.headers.insert(header::ACCEPT, media);
    }
    encoded.context = names.into_context();
    Ok(encoded)
}

/// What only this dialect knows goes back to its place; what only others know is lost.
fn beside(out: &mut Members<'_>, request: &Request, losses: &mut LossReport) {
    for own in &request.sidecars {
        let inner = INNER.iter().any(|under| own.name.starts_with(under));
        // What stands in a message beside its blocks has no place in the canonical form.
        if own.dialect != DIALECT || own.name.starts_with("messages.") {
            foreign(own, Beside::Member, losses);
        } else if !inner {
            out.raw(&own.name, &own.raw);
        }
    }
}
