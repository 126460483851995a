//! Rules of AgentgatewayBackend.

use std::collections::BTreeSet;

use super::{Sheet, policies};
use crate::config::object::field::{item, member};
use crate::config::resource::{AiProvider, AiSpec, BackendSpec};

pub(super) fn check(spec: &BackendSpec, sheet: &mut Sheet<'_>) {
    if let Some(policies) = &spec.policies {
        policies::check(policies, "spec.policies", sheet);
    }
    if let Some(ai) = &spec.ai {
        self::ai(ai, sheet);
    }
}

fn ai(ai: &AiSpec, sheet: &mut Sheet<'_>) {
    if let Some(one) = &ai.provider {
        provider(one, "spec.ai.provider", sheet);
        for name in ["name", "policies"] {
            let path = member("spec.ai.provider", name);
            if sheet.has(&path) {
                let message = format!("unknown field {name:?}");
                sheet.fault_with(&path, &message, "it is a field of the providers of groups");
            }
        }
    }
    for (index, group) in ai.groups.iter().flatten().enumerate() {
        let path = member(&item("spec.ai.groups", index), "providers");
        let mut names = BTreeSet::new();
        for (index, one) in group.providers.iter().enumerate() {
            let path = item(&path, index);
            match &one.name {
                Some(name) => sheet.fault_if(
                    !names.insert(name),
                    &member(&path, "name"),
                    "provider names must be unique within a group",
                ),
                None => sheet.fault(&member(&path, "name"), "is required"),
            }
            provider(one, &path, sheet);
            if let Some(policies) = &one.policies {
                policies::check(policies, &member(&path, "policies"), sheet);
            }
        }
    }
}

fn provider(provider: &AiProvider, path: &str, sheet: &mut Sheet<'_>) {
    let Some(custom) = &provider.custom else {
        return;
    };
    let reference = member(&member(path, "custom"), "backendRef");
    sheet.fault_if(
        custom.backend_ref.is_some() == provider.host.is_some(),
        path,
        "custom providers must specify exactly one of backendRef or host and port",
    );
    if let Some(to) = &custom.backend_ref {
        let service = to.group.is_empty() && to.kind == "Service";
        let pool = to.group == "inference.networking.k8s.io" && to.kind == "InferencePool";
        sheet.fault_if(
            !service && !pool,
            &reference,
            "custom provider backendRef may target only Service or InferencePool",
        );
        let namespace = member(&reference, "namespace");
        if to.namespace.is_some() {
            let hint = "this reference is local: it names an object of the backend's own namespace";
            sheet.fault_with(&namespace, "unknown field \"namespace\"", hint);
        }
    }
    formats(provider, path, sheet);
}

fn formats(provider: &AiProvider, path: &str, sheet: &mut Sheet<'_>) {
    let formats = provider.custom.iter().flat_map(|custom| &custom.formats);
    let paths: Vec<_> = formats.map(|format| format.path.as_deref()).collect();
    sheet.fault_if(
        paths.iter().any(Option::is_some)
            && (provider.path.is_some() || provider.path_prefix.is_some()),
        path,
        "path, pathPrefix, and custom format paths are mutually exclusive",
    );
    for (index, format) in paths.iter().enumerate() {
        sheet.fault_if(
            format.is_some_and(|path| !path.starts_with('/')),
            &format!("{path}.custom.formats[{index}].path"),
            "path must start with /",
        );
    }
}
