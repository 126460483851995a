use bytes::BytesMut;

use super::{
    super::{
        super::{
            EncodedResponse, Loss, LossReport, Summary,
            form::{Choice, Response, Role, Sidecar},
        },
        DIALECT,
        content::{Side, Writer},
        json::{self, Members},
        loss::{Beside, foreign},
    },
    write_stop, write_usage,
};

/// Writes a whole answer. It holds one choice, and has no place for an id or a model.
pub(in super::super) fn encode(response: &Response, losses: &mut LossReport) -> EncodedResponse {
    let none = Choice::default();
    let choice = response.choices.first().unwrap_or(&none);
    if response.choices.len() > 1 {
        losses.add(Loss::Choices);
    }
    let mut summary = Summary::default();
    let mut body = BytesMut::with_capacity(1024);
    json::object(&mut body, |out| {
        out.object("output", |out| {
            out.object("message", |out| {
                out.string("role", "assistant");
                out.array("content", |content| {
                    let mut writer = Writer::new(Side::Client, losses);
                    for block in &choice.blocks {
                        writer.write(content, Role::Assistant, block);
                    }
                });
            });
        });
        let reason = write_stop(&choice.stop, losses);
        summary.finished(reason);
        out.string("stopReason", reason);
        out.object("usage", |out| {
            write_usage(out, &response.usage, losses);
            for own in &response.sidecars {
                if let Some(name) = own_count(own) {
                    out.raw(name, &own.raw);
                }
            }
        });
        beside(out, response, losses);
    });
    for sidecar in &choice.sidecars {
        foreign(sidecar, Beside::Member, losses);
    }
    let written = EncodedResponse::new(body);
    // A router's answer names the model within it.
    match response.sidecars.iter().any(|own| &*own.name == "trace") {
        true => written,
        false => written.summary(summary),
    }
}

fn own_count(own: &Sidecar) -> Option<&str> {
    let name = own.name.strip_prefix("usage.")?;
    (own.dialect == DIALECT).then_some(name)
}

fn beside(out: &mut Members<'_>, response: &Response, losses: &mut LossReport) {
    let is_own = |own: &Sidecar, name: &str| own.dialect == DIALECT && &*own.name == name;
    // It must be there.
    if !response.sidecars.iter().any(|own| is_own(own, "metrics")) {
        out.object("metrics", |out| out.number("latencyMs", 0));
    }
    for own in &response.sidecars {
        if own.dialect != DIALECT {
            foreign(own, Beside::Member, losses);
        } else if own_count(own).is_none() {
            out.raw(&own.name, &own.raw);
        }
    }
}
