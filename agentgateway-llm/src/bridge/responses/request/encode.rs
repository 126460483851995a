use bytes::BytesMut;

use super::{
    super::{
        super::{
            Encoded, LossReport,
            form::{Request, Sidecar},
        },
        json::{Members, object},
        loss::{foreign, is_own, own},
    },
    input, options, tools,
};
use crate::bridge::names::{OPENAI, ToolNames};

/// Own sidecars that are written in their places.
const PLACED: [&str; 4] = ["tool_choice", "include", "user", "store"];

/// Writes a request for a provider.
pub(in super::super) fn encode(request: &Request, losses: &mut LossReport) -> Encoded {
    let names = ToolNames::of(request, OPENAI);
    let request = &*names.renamed(request);
    let mut body = BytesMut::with_capacity(1024);
    object(&mut body, |out| {
        out.string("model", &request.model);
        input::write(request, losses, out);
        tools::write(request, losses, out);
        options::write(request, losses, out);
        if request.stream {
            out.boolean("stream", true);
        }
        // The other dialects keep nothing.
        match own(&request.sidecars, "store") {
            Some(store) => out.raw("store", &store.raw),
            None => out.boolean("store", false),
        }
        others(request, losses, out);
    });
    let mut encoded = Encoded::new("/v1/responses", body.freeze());
    encoded.context = names.into_context();
    encoded
}

fn others(request: &Request, losses: &mut LossReport, out: &mut Members<'_>) {
    foreign(&request.sidecars, losses);
    let is_placed = |one: &Sidecar| PLACED.contains(&&*one.name) || one.name.contains('.');
    let own = request.sidecars.iter().filter(|one| is_own(one));
    for sidecar in own.filter(|one| !is_placed(one)) {
        out.raw(&sidecar.name, &sidecar.raw);
    }
}
