use super::{attach::Blamed, named::named};
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{OwnLlm as Spec, Reference};
use crate::config::snapshot::{Backend, BackendKind};

const FIELD: &str = "spec.rawConfig.llm.otherPaths";

/// How providers of models are spoken to.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnLlm<'a> {
    /// The backends to which more than calls goes on, and the parameters that say so.
    other_paths: Vec<(Reference, &'a Object)>,
}

pub(super) fn read<'a>(
    context: &Context<'_>,
    object: &'a Object,
    spec: &Spec,
    faults: &mut Vec<Fault>,
) -> OwnLlm<'a> {
    let backends = spec.other_paths.iter().enumerate();
    let backends = backends.map(|(index, it)| {
        let path = format!("{FIELD}[{index}]");
        (named(context, object, it, &path, faults), object)
    });
    OwnLlm {
        other_paths: backends.collect(),
    }
}

impl<'a> OwnLlm<'a> {
    /// These, and those of the class behind them.
    pub(super) fn over(&mut self, class: Self) {
        self.other_paths.extend(class.other_paths);
    }

    /// A backend as it is served; `None` where nothing is said of it.
    pub(super) fn settled(&self, backend: &Backend) -> Result<Option<Backend>, Blamed<'a>> {
        let mut all = self.other_paths.iter();
        let Some((_, object)) = all.find(|(named, _)| *named == backend.reference) else {
            return Ok(None);
        };
        let mut settled = backend.clone();
        let BackendKind::Ai(ai) = &mut settled.kind else {
            let message = format!("{} has no providers of models", backend.reference);
            let fault = Fault::new(FIELD, "UnsupportedValue", message);
            return Err((object, fault));
        };
        for provider in ai.groups.iter_mut().flatten() {
            provider.other_paths = true;
        }
        Ok(Some(settled))
    }
}
