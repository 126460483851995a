//! Sidecars.

use super::super::super::{
    super::{LossReport, form::Sidecar},
    DIALECT,
    json::Members,
    lost::{Beside, foreign},
};

/// Inner objects whose members are kept under a path; others write them.
const INNER: [&str; 4] = ["output_config", "metadata", "tool_choice", "thinking"];

/// Writes the members of the request that only this dialect knows, and notes those of others.
pub(super) fn write(out: &mut Members<'_>, sidecars: &[Sidecar], losses: &mut LossReport) {
    for sidecar in sidecars {
        let name = &*sidecar.name;
        let is_inner = INNER.iter().any(|path| inner_name(name, path).is_some());
        if sidecar.dialect != DIALECT || (!is_inner && name.contains(['.', '['])) {
            foreign(sidecar, Beside::Member, losses);
        } else if !is_inner && name != "tools" && &*sidecar.raw != "null" {
            out.raw(name, &sidecar.raw);
        }
    }
}

/// What this dialect knows of an inner object.
pub(super) fn inner<'a>(
    sidecars: &'a [Sidecar],
    path: &'a str,
) -> impl Iterator<Item = (&'a str, &'a str)> + Clone {
    let own = sidecars.iter().filter(|sidecar| sidecar.dialect == DIALECT);
    own.filter_map(move |sidecar| Some((inner_name(&sidecar.name, path)?, &*sidecar.raw)))
}

fn inner_name<'a>(name: &'a str, path: &str) -> Option<&'a str> {
    let inner = name.strip_prefix(path)?.strip_prefix('.')?;
    (!inner.contains('.')).then_some(inner)
}

/// Writes the members of a block or a tool that only this dialect knows, and notes those of others.
pub(super) fn members(out: &mut Members<'_>, sidecars: &[Sidecar], losses: &mut LossReport) {
    for sidecar in sidecars {
        if sidecar.dialect == DIALECT {
            out.raw(&sidecar.name, &sidecar.raw);
        } else {
            foreign(sidecar, Beside::Member, losses);
        }
    }
}
