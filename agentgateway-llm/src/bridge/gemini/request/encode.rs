use bytes::BytesMut;

use super::{
    super::{
        super::{
            codec::{Encoded, Refused},
            form::Request,
            loss::{Loss, LossReport},
        },
        loss, model, read, write,
    },
    config, contents, tools,
};
use crate::LlmDialect;
use crate::bridge::{gemini::names::NAMES, names::ToolNames};

/// Writes a request.
pub(in super::super) fn encode(
    request: &Request,
    losses: &mut LossReport,
) -> Result<Encoded, Refused> {
    let path = model::path(&request.model, request.stream)?;
    let names = ToolNames::of(request, NAMES);
    let request = &*names.renamed(request);
    let contents = contents::encode(request, losses)?;
    if request.user.is_some() {
        losses.add(Loss::User);
    }
    loss::foreign_all(&request.sidecars, losses);
    for sidecar in request.sidecars.iter().filter(|own| is_displaced(own)) {
        if let Some(loss) = loss::loss_of(sidecar) {
            losses.add(loss);
        }
    }
    let mut out = BytesMut::with_capacity(1024);
    write::object(&mut out, |body| {
        body.array_of("contents", &contents.contents);
        if !contents.system.is_empty() {
            body.object("systemInstruction", |system| {
                system.array_of("parts", &contents.system);
            });
        }
        tools::encode(body, request, losses);
        body.object_if_any("generationConfig", |config| {
            config::encode(config, request, losses);
        });
        body.raws(read::own(&request.sidecars, ""));
    });
    let mut encoded = Encoded::new(path, out.freeze());
    encoded.context = names.into_context();
    Ok(encoded)
}

/// A member of a content that is not known: turns may be joined, so that its place is gone.
fn is_displaced(sidecar: &super::super::super::form::Sidecar) -> bool {
    sidecar.dialect == LlmDialect::Gemini && sidecar.name.starts_with("contents.")
}
