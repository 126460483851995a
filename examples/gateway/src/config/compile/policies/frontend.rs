//! Tracing and access logs, as a policy asks for them.

use crate::config::compile::lookup::{AGENTGATEWAY, kind_name, not_found};
use crate::config::compile::service::{Speech, port};
use crate::config::compile::{Context, Fault, backends};
use crate::config::object::Object;
use crate::config::resource::{
    AccessLogSpec, AttributeRules, CollectorRef, NamedExpression, Reference, TracingProtocol,
    TracingSpec,
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
    let (collector, url_path) = match (&spec.url, &spec.backend_ref) {
        (Some(url), _) => from_url(url)?,
        (None, Some(reference)) => (from_ref(context, object, reference)?, None),
        (None, None) => {
            return Err(Fault::new(
                TRACING,
                "Invalid",
                "tracing needs a backendRef or a url",
            ));
        }
    };
    let protocol = match spec.protocol {
        TracingProtocol::Grpc => OtlpProtocol::Grpc,
        TracingProtocol::Http => match spec.path.clone().or(url_path) {
            Some(path) => OtlpProtocol::Http { path },
            None => OtlpProtocol::http(),
        },
    };
    Ok((collector, protocol))
}

/// The collector that a URL names, and the path in it.
fn from_url(url: &str) -> Result<(Collector, Option<String>), Fault> {
    let wrong = |what: &str| {
        // It may hold a password, and is not shown.
        let message = format!("the url of the collector {what}");
        Fault::new(format!("{TRACING}.url"), "Invalid", message)
    };
    let uri: http::Uri = url.parse().map_err(|_| wrong("cannot be read"))?;
    let tls = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err(wrong("must begin with http:// or https://")),
    };
    let host = uri.host().ok_or_else(|| wrong("names no host"))?;
    let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
    let path = Some(uri.path().to_owned()).filter(|path| path.len() > 1);
    Ok((Collector::new(format!("{host}:{port}"), tls), path))
}

fn from_ref(
    context: &Context<'_>,
    object: &Object,
    found: &CollectorRef,
) -> Result<Collector, Fault> {
    let path = format!("{TRACING}.backendRef");
    let own = &object.reference.namespace;
    let namespace = found.namespace.as_ref().unwrap_or(own);
    let wanted = Reference::new(&found.group, &found.kind, namespace, &found.name);
    let is_service = (found.group.as_str(), found.kind.as_str()) == ("", "Service");
    let is_backend =
        (found.group.as_str(), found.kind.as_str()) == (AGENTGATEWAY, "AgentgatewayBackend");
    if !is_service && !is_backend {
        let message = format!(
            "{} is no collector; use a Service",
            kind_name(&found.group, &found.kind)
        );
        return Err(Fault::new(path, "InvalidKind", message));
    }
    context.permit(object, &wanted, &path)?;
    let (endpoints, tls) = if is_service {
        let port = port(context, &wanted, found.port, &path)?;
        let tls = port.speech == Speech::Tls;
        (port.endpoints, tls)
    } else {
        let backend = context.store.get(&wanted);
        let backend = backend.and_then(|object| object.spec.backend());
        let missing = || Fault::new(&*path, "BackendNotFound", not_found(context.store, &wanted));
        let backend = backend.ok_or_else(missing)?;
        let fixed = backend.fixed.as_ref();
        let endpoints = fixed.and_then(|spec| backends::static_endpoints(context, spec));
        let tls = backend.policies.as_ref().is_some_and(|it| it.tls.is_some());
        (
            endpoints.unwrap_or_else(|| Err(format!("{wanted} is no static backend"))),
            tls,
        )
    };
    let endpoints = endpoints.map_err(|message| Fault::new(path, "BackendNotFound", message))?;
    let authority = match &endpoints {
        Endpoints::Name(name) => name.to_string(),
        Endpoints::Addresses(name, addresses) => addresses
            .first()
            .map_or_else(|| HostPort::to_string(name), ToString::to_string),
    };
    Ok(Collector::new(authority, tls))
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
    let names = &context.exchange;
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
