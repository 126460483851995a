//! AgentgatewayParameters, as a Gateway refers to them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::fault::{Notes, not_implemented, note_not_implemented};
use super::lookup::{AGENTGATEWAY, GATEWAY, kind_name};
use super::own::Own;
use super::secrets::{config_value, secret, value};
use super::{Context, Fault, Severity};
use crate::config::object::Object;
use crate::config::resource::{
    EnvVar, GatewayClassSpec, GatewaySpec, KeyRef, ParametersSpec, Reference,
};
use crate::config::snapshot::{Parameters, Secret, Variable};
use crate::telemetry;

const PATH: &str = "spec.infrastructure.parametersRef";
const CLASS_PATH: &str = "spec.parametersRef";
const KIND: &str = "AgentgatewayParameters";

/// What the parameters of a Gateway say.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    pub(super) parameters: Parameters,
    /// What of them is not implemented.
    pub(super) idle: Vec<String>,
    /// What they ask for beside the fields of the CRDs.
    pub(super) own: Option<Own<'a>>,
}

/// The parameters of a Gateway, with those of its class where they say nothing; the usual ones when neither refers
/// to any.
///
/// # Errors
/// The Gateway's reference leads nowhere, or its parameters cannot be used. Those of a class refuse the class.
///
/// # Source
/// Gateway API v1, `GatewayInfrastructure.parametersRef`: the Gateway's beat those of its class.
pub(super) fn parameters<'a>(
    context: &Context<'a>,
    gateway: &Object,
    spec: &GatewaySpec,
    notes: &mut Notes,
) -> Result<Found<'a>, Fault> {
    let infrastructure = spec.infrastructure.as_ref();
    let own = infrastructure.and_then(|it| it.parameters_ref.as_ref());
    let own = own.map(|to| {
        let namespace = &gateway.reference.namespace;
        let wanted = Reference::new(&to.group, &to.kind, namespace, &to.name);
        with_own(context, &wanted, PATH, notes)
    });
    let class = of_class(context, spec, notes);
    Ok(match (own.transpose()?, class) {
        (Some(own), Some(class)) if own.parameters.reference != class.parameters.reference => {
            own.over(class)
        }
        (own, class) => own.or(class).unwrap_or_default(),
    })
}

fn of_class<'a>(context: &Context<'a>, spec: &GatewaySpec, notes: &mut Notes) -> Option<Found<'a>> {
    let class = Reference::new(GATEWAY, "GatewayClass", "", &spec.gateway_class_name);
    let class = context.store.get(&class)?.spec.gateway_class()?;
    let wanted = class_reference(class)?;
    with_own(context, &wanted, CLASS_PATH, notes).ok()
}

fn class_reference(spec: &GatewayClassSpec) -> Option<Reference> {
    let found = spec.parameters_ref.as_ref()?;
    let namespace = found.namespace.as_deref().unwrap_or_default();
    Some(Reference::new(
        &found.group,
        &found.kind,
        namespace,
        &found.name,
    ))
}

fn with_own<'a>(
    context: &Context<'a>,
    wanted: &Reference,
    path: &str,
    notes: &mut Notes,
) -> Result<Found<'a>, Fault> {
    let (object, spec, mut found) = found_parameters(context, wanted, path, notes)?;
    let raw = spec.raw_config.as_ref();
    found.own = raw.map(|raw| Own::read(context, object, raw, notes));
    Ok(found)
}

impl Found<'_> {
    /// These, and where they say nothing those of the class.
    fn over(mut self, class: Self) -> Self {
        self.parameters.over(class.parameters);
        self.idle.extend(class.idle);
        self.own = match (self.own, class.own) {
            (Some(own), Some(class)) => Some(own.over(class)),
            (own, class) => own.or(class),
        };
        self
    }
}

/// What stands against a class whose parameters cannot be used.
pub(super) fn class_fault(
    context: &Context<'_>,
    spec: &GatewayClassSpec,
    notes: &mut Notes,
) -> Option<Fault> {
    let wanted = class_reference(spec)?;
    found_parameters(context, &wanted, CLASS_PATH, notes).err()
}

fn found_parameters<'a>(
    context: &Context<'a>,
    wanted: &Reference,
    path: &str,
    notes: &mut Notes,
) -> Result<(&'a Object, &'a ParametersSpec, Found<'a>), Fault> {
    let fault = |message: String| Fault::new(path, "InvalidParameters", message);
    if wanted.group != AGENTGATEWAY || wanted.kind != KIND {
        let found = kind_name(&wanted.group, &wanted.kind);
        let message = format!("parametersRef must be {AGENTGATEWAY}/{KIND}, found {found}");
        return Err(fault(message));
    }
    let object = context.store.get(wanted);
    let spec = object.and_then(|object| Some((object, object.spec.parameters()?)));
    let (object, spec) = spec.ok_or_else(|| fault(context.not_found(wanted)))?;
    note_not_implemented(notes, object);
    let idle = not_implemented(object).map(|idle| format!("of {wanted} {idle}"));
    let read = read(context, object, spec).map_err(|problem| {
        notes.error(object, "Accepted", &problem);
        fault(format!("{wanted}: {}: {}", problem.path, problem.message))
    })?;
    for doubt in doubts(spec, &read) {
        notes.add(Severity::Warning, object, "Accepted", &doubt);
    }
    let found = Found {
        parameters: read,
        idle: idle.into_iter().collect(),
        own: None,
    };
    Ok((object, spec, found))
}

fn read(
    context: &Context<'_>,
    object: &Object,
    spec: &ParametersSpec,
) -> Result<Parameters, Fault> {
    let mut env = Vec::new();
    let mut known: BTreeMap<&str, String> = BTreeMap::new();
    for (index, variable) in spec.env.iter().enumerate() {
        let problem =
            |message| Fault::new(format!("spec.env[{index}]"), "InvalidParameters", message);
        if variable.name.is_empty() || variable.name.contains(['=', '\0']) {
            let message = "the name of a variable must have a character, and no \"=\"";
            return Err(problem(message.to_owned()));
        }
        let Some(found) = variable_value(context, object, variable).map_err(problem)? else {
            continue;
        };
        let text = match variable.value_from {
            None => expanded(found.expose(), &known),
            Some(_) => found.expose().to_owned(),
        };
        known.insert(&variable.name, text.clone());
        let value = Secret::new(text);
        let name = variable.name.clone();
        env.retain(|earlier: &Variable| earlier.name != name);
        env.push(Variable { name, value });
    }
    let logging = spec.logging.as_ref();
    Ok(Parameters {
        reference: Some(object.reference.clone()),
        env,
        log_level: logging.and_then(|logging| logging.level.clone()),
        log_format: logging.and_then(|logging| logging.format),
        shutdown_min: spec.shutdown.map(|it| Duration::from_secs(it.min)),
        shutdown_max: spec.shutdown.map(|it| Duration::from_secs(it.max)),
    })
}

/// What telemetry will make nothing of, and what is given in vain. No value is told.
fn doubts(spec: &ParametersSpec, read: &Parameters) -> Vec<Fault> {
    let unusual = |path: String, message| Fault::new(path, "Unusual", message);
    let mut found = Vec::new();
    for (index, variable) in spec.env.iter().enumerate() {
        let later = spec.env.get(index + 1..).unwrap_or_default();
        if later.iter().any(|other| other.name == variable.name) {
            let message = "is given again below, and only the last one counts".to_owned();
            found.push(unusual(format!("spec.env[{index}]"), message));
        }
    }
    let variables = read.env.iter();
    let variables = variables.map(|it| (it.name.as_str(), it.value.expose()));
    for (name, message) in telemetry::doubts(variables) {
        let index = spec.env.iter().rposition(|it| it.name == name);
        let path = index.map_or_else(|| "spec.env".to_owned(), |at| format!("spec.env[{at}]"));
        found.push(unusual(path, message));
    }
    if let Some(level) = spec.logging.as_ref().and_then(|it| it.level.as_deref())
        && !telemetry::is_level(level)
    {
        let message = format!("expected {}; info is used", telemetry::LEVELS);
        found.push(unusual("spec.logging.level".to_owned(), message));
    }
    found
}

/// The value of a variable; `None` when it may be missing and is.
fn variable_value(
    context: &Context<'_>,
    object: &Object,
    variable: &EnvVar,
) -> Result<Option<Secret>, String> {
    let Some(from) = &variable.value_from else {
        return Ok(Some(Secret::new(
            variable.value.clone().unwrap_or_default(),
        )));
    };
    let namespace = &object.reference.namespace;
    if let Some(key) = &from.config_map_key_ref {
        let wanted = Reference::new("", "ConfigMap", namespace, &key.name);
        return optional(key, config_value(context.store, &wanted, &key.key));
    }
    if let Some(key) = &from.secret_key_ref {
        let wanted = Reference::new("", "Secret", namespace, &key.name);
        let found = secret(context.store, &wanted);
        return optional(key, found.and_then(|found| value(found, &wanted, &key.key)));
    }
    Ok(None)
}

fn optional(key: &KeyRef, found: Result<Secret, String>) -> Result<Option<Secret>, String> {
    match found {
        Err(_) if key.optional => Ok(None),
        other => other.map(Some),
    }
}

/// The value with `$(NAME)` of earlier variables filled in, and `$$` as one `$`.
///
/// # Source
/// Kubernetes API, `EnvVar.value`: what is not known stays as it is.
fn expanded(text: &str, known: &BTreeMap<&str, String>) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let named = after.strip_prefix('(').and_then(|it| it.split_once(')'));
        match named.and_then(|(name, after)| Some((known.get(name)?, after))) {
            Some((value, after)) => {
                out.push_str(value);
                rest = after;
            }
            None => {
                out.push('$');
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_in_earlier_variables_alone() {
        let known = BTreeMap::from([("A", "1".to_owned())]);
        for (text, value) in [
            ("$(A)-$(A)", "1-1"),
            ("$(B)", "$(B)"),
            ("$$(A)", "$(A)"),
            ("$A $", "$A $"),
            ("$(A", "$(A"),
        ] {
            assert_eq!(expanded(text, &known), value);
        }
    }
}
