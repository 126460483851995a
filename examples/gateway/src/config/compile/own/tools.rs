use super::named::named;
use crate::config::compile::duration::{duration, no_duration};
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{OwnMcp as Spec, Reference, ToolLimit as LimitSpec};
use crate::config::snapshot::{Backend, BackendKind, McpTarget, Part, ToolLimit, ToolWords};

pub(super) const LIMITS: &str = "rawConfig.mcp.toolLimits";
pub(super) const WORDS: &str = "rawConfig.mcp.tools";

/// What calls of tools may take, and in which words tools are told.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnTools {
    limits: Vec<Limit>,
    words: Vec<Words>,
}

#[derive(Clone, Debug)]
struct Limit {
    /// Whose tools; `None` for those of all.
    backend: Option<Reference>,
    limit: ToolLimit,
}

#[derive(Clone, Debug)]
struct Words {
    path: String,
    backend: Reference,
    target: Option<String>,
    words: ToolWords,
}

pub(super) fn read(
    context: &Context<'_>,
    object: &Object,
    spec: &Spec,
    faults: &mut Vec<Fault>,
) -> OwnTools {
    let limits = spec.tool_limits.iter().enumerate().map(|(index, spec)| {
        let path = format!("spec.{LIMITS}[{index}]");
        let backend = spec.backend.as_ref();
        let backend =
            backend.map(|it| named(context, object, it, &format!("{path}.backend"), faults));
        Limit {
            backend,
            limit: limit(spec, &path, faults),
        }
    });
    let limits = limits.collect();
    let words = spec.tools.iter().enumerate().map(|(index, spec)| {
        let path = format!("spec.{WORDS}[{index}]");
        let place = format!("{path}.backend");
        Words {
            backend: named(context, object, &spec.backend, &place, faults),
            target: spec.target.clone(),
            words: ToolWords {
                tool: spec.tool.clone(),
                name: spec.name.clone(),
                description: spec.description.clone(),
            },
            path,
        }
    });
    OwnTools {
        limits,
        words: words.collect(),
    }
}

fn limit(spec: &LimitSpec, path: &str, faults: &mut Vec<Fault>) -> ToolLimit {
    let timeout = spec.timeout.as_deref().map(|text| {
        let found = duration(text).filter(|time| !time.is_zero());
        found.ok_or_else(|| match duration(text) {
            Some(_) => "must be longer than 0s".to_owned(),
            None => no_duration(text),
        })
    });
    let timeout = timeout.and_then(|read| {
        let wrong =
            |message| faults.push(Fault::new(format!("{path}.timeout"), "Invalid", message));
        read.map_err(wrong).ok()
    });
    ToolLimit {
        tool: spec.tool.clone(),
        per_minute: spec.calls_per_minute,
        at_once: spec.concurrent_calls.map(|calls| calls as usize),
        timeout,
        max_result_bytes: spec.max_result_bytes.map(|bytes| bytes as usize),
    }
}

impl OwnTools {
    /// These, and those of the class behind them.
    pub(super) fn over(&mut self, under: Self) {
        self.limits.extend(under.limits);
        self.words.extend(under.words);
    }

    /// The field that names a backend; `None` where none does.
    pub(super) fn names(&self, of: &Reference) -> Option<&'static str> {
        let limited = self.limits.iter().any(|it| it.backend.as_ref() == Some(of));
        self.tells(of)
            .then_some(WORDS)
            .or(limited.then_some(LIMITS))
    }

    /// What calls of a backend's tools may take; `None` where nothing is said of them.
    pub(super) fn limits_of(
        &self,
        object: &Object,
        of: &Reference,
    ) -> Option<Part<Vec<ToolLimit>>> {
        let is_meant = |it: &&Limit| it.backend.as_ref().is_none_or(|named| named == of);
        let meant = self.limits.iter().filter(is_meant);
        let spec: Vec<_> = meant.map(|it| it.limit.clone()).collect();
        let Reference {
            namespace, name, ..
        } = &object.reference;
        // Each backend counts for itself.
        let name = format!("{namespace}/{name} {LIMITS} of {of}").into();
        (!spec.is_empty()).then_some(Part { name, spec })
    }

    /// Whether tools of this backend are told in other words.
    pub(super) fn tells(&self, of: &Reference) -> bool {
        self.words.iter().any(|it| it.backend == *of)
    }

    /// Tells tools of a backend's servers in these words.
    ///
    /// # Errors
    /// The backend has no such target.
    pub(super) fn tell(&self, backend: &mut Backend) -> Result<(), Fault> {
        let of = backend.reference.clone();
        for told in self.words.iter().filter(|it| it.backend == of) {
            let BackendKind::Mcp(servers) = &mut backend.kind else {
                continue;
            };
            let is_meant =
                |target: &&mut McpTarget| told.target.as_ref().is_none_or(|it| *it == target.name);
            let mut found = false;
            for target in servers.targets.iter_mut().filter(is_meant) {
                target.tools.push(told.words.clone());
                found = true;
            }
            if !found {
                let wanted = told.target.as_deref().unwrap_or_default();
                let message = format!("{of} has no target {wanted}");
                return Err(Fault::new(
                    format!("{}.target", told.path),
                    "Invalid",
                    message,
                ));
            }
        }
        Ok(())
    }
}
