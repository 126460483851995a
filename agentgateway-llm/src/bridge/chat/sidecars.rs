//! What only this dialect knows, written again.

use super::super::{
    form::{Sidecar, Sidecars},
    json::Members,
};
use crate::LlmDialect;

/// The sidecars of this dialect.
pub(super) fn own(sidecars: &Sidecars) -> impl Iterator<Item = &Sidecar> {
    sidecars
        .iter()
        .filter(|sidecar| sidecar.dialect == LlmDialect::OpenAiChat)
}

/// Those whose name starts so, under what is left of their names.
pub(super) fn write(out: &mut Members<'_>, sidecars: &Sidecars, prefix: &str) {
    for sidecar in own(sidecars) {
        if let Some(name) = sidecar.name.strip_prefix(prefix) {
            out.raw(name, &sidecar.raw);
        }
    }
}
