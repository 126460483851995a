use super::{attach::Blamed, named::named, times::time};
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{LossKind, NamedBackend, OwnLlm as Spec, Reference};
use crate::config::snapshot::{Backend, BackendKind, ModelLosses, ModelStreams, Part};

const OTHER_PATHS: &str = "spec.rawConfig.llm.otherPaths";
const SPAN_CONTENT: &str = "spec.rawConfig.llm.spanContent";
const STREAMS: &str = "spec.rawConfig.llm.streams";

/// How providers of models are spoken to.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnLlm<'a> {
    /// The backends to which more than calls goes on, and the parameters that say so.
    other_paths: Vec<(Reference, &'a Object)>,
    span_content: Vec<SpanContent<'a>>,
    streams: ModelStreams,
    losses: ModelLosses,
}

/// What is said, on spans.
#[derive(Clone, Debug)]
struct SpanContent<'a> {
    /// The parameters that say so.
    object: &'a Object,
    /// Of which backends; of all of models when it is empty.
    backends: Vec<Reference>,
    max_bytes: Option<usize>,
}

pub(super) fn read<'a>(
    context: &Context<'_>,
    object: &'a Object,
    spec: &Spec,
    faults: &mut Vec<Fault>,
) -> OwnLlm<'a> {
    let mut all = |specs: &[NamedBackend], field: &str| -> Vec<Reference> {
        let specs = specs.iter().enumerate();
        let references = specs.map(|(index, it)| {
            let path = format!("{field}[{index}]");
            named(context, object, it, &path, faults)
        });
        references.collect()
    };
    let other_paths = all(&spec.other_paths, OTHER_PATHS).into_iter();
    let span_content = spec.span_content.iter().map(|content| SpanContent {
        object,
        backends: all(&content.backends, &format!("{SPAN_CONTENT}.backends")),
        max_bytes: content
            .max_attribute_bytes
            .and_then(|bytes| usize::try_from(bytes).ok()),
    });
    let span_content = span_content.collect();
    let streams = spec.streams.as_ref();
    let streams = streams.map(|spec| {
        let mut of = |text: &Option<String>, field| time(STREAMS, text.as_deref(), field, faults);
        ModelStreams {
            first_token: of(&spec.first_token, "firstToken"),
            token_gap: of(&spec.token_gap, "tokenGap"),
            keep_alive: of(&spec.keep_alive, "keepAlive"),
        }
    });
    let losses = spec.losses.as_ref().map(|spec| ModelLosses {
        refused: spec.refuse.as_ref().map(|kinds| {
            let refuses = |kind| kinds.contains(&kind);
            (refuses(LossKind::Meaning), refuses(LossKind::Tuning))
        }),
        header: spec.header,
    });
    OwnLlm {
        other_paths: other_paths.map(|it| (it, object)).collect(),
        span_content,
        streams: streams.unwrap_or_default(),
        losses: losses.unwrap_or_default(),
    }
}

impl<'a> OwnLlm<'a> {
    /// These, and those of the class behind them.
    pub(super) fn over(&mut self, class: Self) {
        self.other_paths.extend(class.other_paths);
        self.span_content.extend(class.span_content);
        self.streams = self.streams.or(class.streams);
        self.losses = self.losses.or(class.losses);
    }

    /// A backend as it is served; `None` where nothing is said of it.
    pub(super) fn settled(&self, backend: &Backend) -> Result<Option<Backend>, Blamed<'a>> {
        let of = &backend.reference;
        let mut others = self.other_paths.iter();
        let other_paths = others.find(|(named, _)| named == of);
        let mut contents = self.span_content.iter();
        let content = contents.find(|it| it.backends.is_empty() || it.backends.contains(of));
        let is_usual =
            self.streams == ModelStreams::default() && self.losses == ModelLosses::default();
        if other_paths.is_none() && content.is_none() && is_usual {
            return Ok(None);
        }
        let mut settled = backend.clone();
        let BackendKind::Ai(ai) = &mut settled.kind else {
            let by_name = content.filter(|it| !it.backends.is_empty());
            let by_name = by_name.map(|it| (it.object, SPAN_CONTENT));
            let blamed = other_paths.map(|(_, object)| (*object, OTHER_PATHS));
            let Some((object, field)) = blamed.or(by_name) else {
                return Ok(None);
            };
            let message = format!("{of} has no providers of models");
            return Err((object, Fault::new(field, "UnsupportedValue", message)));
        };
        ai.streams = self.streams;
        ai.losses = self.losses;
        if other_paths.is_some() {
            for provider in ai.groups.iter_mut().flatten() {
                provider.other_paths = true;
            }
        }
        ai.span_content = content.map(|it| {
            let by = &it.object.reference;
            let name = format!("{}/{} rawConfig.llm.spanContent", by.namespace, by.name);
            let (name, spec) = (name.into(), it.max_bytes);
            Part { name, spec }
        });
        Ok(Some(settled))
    }
}
