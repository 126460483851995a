use super::named::named;
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{OwnLlm as Spec, Reference};
use crate::config::snapshot::{Backend, BackendKind};

const FIELD: &str = "spec.rawConfig.llm.otherPaths";

/// How providers of models are spoken to.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnLlm {
    /// The backends to which more than calls goes on.
    other_paths: Vec<Reference>,
}

pub(super) fn read(
    context: &Context<'_>,
    object: &Object,
    spec: &Spec,
    faults: &mut Vec<Fault>,
) -> OwnLlm {
    let backends = spec.other_paths.iter().enumerate();
    let backends = backends.map(|(index, it)| {
        let path = format!("{FIELD}[{index}]");
        named(context, object, it, &path, faults)
    });
    OwnLlm {
        other_paths: backends.collect(),
    }
}

impl OwnLlm {
    /// A backend as it is served; `None` where nothing is said of it.
    pub(super) fn settled(&self, backend: &Backend) -> Result<Option<Backend>, Fault> {
        if !self.other_paths.contains(&backend.reference) {
            return Ok(None);
        }
        let mut settled = backend.clone();
        let BackendKind::Ai(ai) = &mut settled.kind else {
            let message = format!("{} has no providers of models", backend.reference);
            return Err(Fault::new(FIELD, "UnsupportedValue", message));
        };
        for provider in ai.groups.iter_mut().flatten() {
            provider.other_paths = true;
        }
        Ok(Some(settled))
    }
}
