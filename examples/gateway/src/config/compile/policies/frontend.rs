//! Tracing and access logs, as a policy asks for them.

use super::service::reached;
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{
    AccessLogSpec, AttributeRules, NamedExpression, TracingProtocol, TracingSpec,
};
use crate::config::snapshot::{Endpoints, HostPort};
use crate::expression::{Expression, ExpressionError, Vocabulary};
use crate::telemetry::{AccessLogPolicy, Collector, OtlpProtocol, TracingPolicy, TracingState};

const TRACING: &str = "spec.frontend.tracing";
const ACCESS_LOG: &str = "spec.frontend.accessLog";

/// Tracing with what is wrong with it.
#[derive(Debug)]
pub(super) struct Tracing {
    pub(super) state: TracingState,
    pub(super) faults: Vec<Fault>,
    pub(super) doubts: Vec<Fault>,
}

/// Where spans go, and which. With any fault nothing is sent: a policy that is half understood
/// might send what it was to keep back.
pub(super) fn tracing(context: &Context<'_>, object: &Object, spec: &TracingSpec) -> Tracing {
    let origin = origin(object);
    let mut faults = Vec::new();
    let collector = collector(context, object, spec);
    let mut policy = match &collector {
        Ok((collector, protocol)) => {
            TracingPolicy::new(&*origin, collector.clone(), protocol.clone())
        }
        Err(fault) => {
            faults.push(fault.clone());
            TracingPolicy::new(&*origin, Collector::new("", false), OtlpProtocol::Grpc)
        }
    };
    if let Err(more) = expressions(context, spec, &mut policy) {
        faults.extend(more);
    }
    let mut doubts = in_vain(&policy);
    let state = match faults.first() {
        None => TracingState::Policy(Box::new(policy)),
        Some(fault) => TracingState::Denied {
            origin,
            reason: fault.message.clone(),
        },
    };
    let collector = collector.ok();
    doubts.extend(collector.and_then(|(collector, _)| doubt(spec, &collector)));
    Tracing {
        state,
        faults,
        doubts,
    }
}

/// Expressions that ask for what is not there yet when they are evaluated.
fn in_vain(policy: &TracingPolicy) -> Vec<Fault> {
    let unusual = |path: String, message: &str| Fault::new(path, "Unusual", message);
    let mut found = Vec::new();
    for (field, expression) in [
        ("randomSampling", &policy.random_sampling),
        ("clientSampling", &policy.client_sampling),
    ] {
        if expression.as_ref().is_some_and(Expression::needs_response) {
            let message =
                "asks for the answer, and is evaluated before there is one: it has no value";
            found.push(unusual(format!("{TRACING}.{field}"), message));
        }
    }
    for (index, (_, expression)) in policy.resources.iter().enumerate() {
        if expression.needs_request() || expression.needs_response() {
            let message =
                "asks about a request, and is evaluated without one: the attribute is left out";
            let path = format!("{TRACING}.resources[{index}].expression");
            found.push(unusual(path, message));
        }
    }
    found
}

fn origin(object: &Object) -> String {
    format!("{}/{}", object.reference.namespace, object.reference.name)
}

fn collector(
    context: &Context<'_>,
    object: &Object,
    spec: &TracingSpec,
) -> Result<(Collector, OtlpProtocol), Fault> {
    let to = (spec.url.as_deref(), spec.backend_ref.as_ref());
    let (endpoints, tls, url_path) = reached(context, object, to, TRACING)?;
    let collector = Collector::new(authority(&endpoints), tls);
    let url_path = Some(url_path).filter(|path| path.len() > 1);
    let protocol = match spec.protocol {
        TracingProtocol::Grpc => OtlpProtocol::Grpc,
        TracingProtocol::Http => match spec.path.clone().or(url_path) {
            Some(path) => OtlpProtocol::Http { path },
            None => OtlpProtocol::http(),
        },
    };
    Ok((collector, protocol))
}

/// Where spans are sent: to one endpoint, where several are known.
fn authority(endpoints: &Endpoints) -> String {
    match endpoints {
        Endpoints::Name(name) => name.to_string(),
        Endpoints::Addresses(name, addresses) => addresses
            .first()
            .map_or_else(|| HostPort::to_string(name), ToString::to_string),
    }
}

/// The usual ports are those of one protocol each.
fn doubt(spec: &TracingSpec, collector: &Collector) -> Option<Fault> {
    let port = collector.authority.rsplit(':').next()?;
    let message = match (port, spec.protocol) {
        ("4318", TracingProtocol::Grpc) => "port 4318 is that of OTLP over HTTP, not of GRPC",
        ("4317", TracingProtocol::Http) => "port 4317 is that of OTLP over GRPC, not of HTTP",
        _ => return None,
    };
    Some(Fault::new(
        format!("{TRACING}.protocol"),
        "Unusual",
        message,
    ))
}

fn expressions(
    context: &Context<'_>,
    spec: &TracingSpec,
    policy: &mut TracingPolicy,
) -> Result<(), Vec<Fault>> {
    let names = &context.exchange;
    let mut faults = Vec::new();
    let mut one = |text: &Option<String>, field: &str, compile: Compile| {
        let text = text.as_ref()?;
        compiled(text, names, &format!("{TRACING}.{field}"), compile)
            .map_err(|fault| faults.push(fault))
            .ok()
    };
    policy.random_sampling = one(
        &spec.random_sampling,
        "randomSampling",
        Expression::compile_ratio,
    );
    policy.client_sampling = one(
        &spec.client_sampling,
        "clientSampling",
        Expression::compile_ratio,
    );
    policy.filter = one(&spec.filter, "filter", Expression::compile_bool);
    let path = format!("{TRACING}.attributes.add");
    let (add, remove) = attributes(spec.attributes.as_ref(), names, &path, &mut faults);
    policy.add = add;
    policy.remove = remove;
    let path = format!("{TRACING}.resources");
    policy.resources = named(&spec.resources, names, &path, &mut faults);
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults)
    }
}

type Compile = fn(&str, &Vocabulary) -> Result<Expression, ExpressionError>;

fn compiled(
    text: &str,
    names: &Vocabulary,
    path: &str,
    compile: Compile,
) -> Result<Expression, Fault> {
    compile(text, names).map_err(|error| Fault::new(path, "Invalid", error.to_string()))
}

fn named(
    all: &[NamedExpression],
    names: &Vocabulary,
    path: &str,
    faults: &mut Vec<Fault>,
) -> Vec<(String, Expression)> {
    let mut found = Vec::new();
    for (index, one) in all.iter().enumerate() {
        let path = format!("{path}[{index}].expression");
        match compiled(&one.expression, names, &path, Expression::compile) {
            Ok(expression) => found.push((one.name.clone(), expression)),
            Err(fault) => faults.push(fault),
        }
    }
    found
}

fn attributes(
    rules: Option<&AttributeRules>,
    names: &Vocabulary,
    path: &str,
    faults: &mut Vec<Fault>,
) -> (Vec<(String, Expression)>, Vec<String>) {
    let Some(rules) = rules else {
        return (Vec::new(), Vec::new());
    };
    let add = named(
        rules.add.as_deref().unwrap_or_default(),
        names,
        path,
        faults,
    );
    (add, rules.remove.clone().unwrap_or_default())
}

/// One record per request.
///
/// # Errors
/// An expression is none.
pub(super) fn access_log(
    context: &Context<'_>,
    object: &Object,
    spec: &AccessLogSpec,
) -> Result<AccessLogPolicy, Fault> {
    let names = &context.record;
    let mut policy = AccessLogPolicy::new(origin(object));
    let mut faults = Vec::new();
    if let Some(text) = &spec.filter {
        let path = format!("{ACCESS_LOG}.filter");
        policy.filter = Some(compiled(text, names, &path, Expression::compile_bool)?);
    }
    let path = format!("{ACCESS_LOG}.attributes.add");
    (policy.add, policy.remove) = attributes(spec.attributes.as_ref(), names, &path, &mut faults);
    match faults.into_iter().next() {
        None => Ok(policy),
        Some(fault) => Err(fault),
    }
}
