//! Services that policies ask: by URL, or by reference.

use crate::config::compile::lookup::{AGENTGATEWAY, kind_name, not_found};
use crate::config::compile::service::{Speech, port};
use crate::config::compile::{Context, Fault, backends};
use crate::config::object::Object;
use crate::config::resource::{BackendRef, BackendTls, Reference};
use crate::config::snapshot::{Asked, Endpoints, HostPort};

/// Where a service is, whether it is spoken to by TLS, and the path of its URL.
///
/// # Errors
/// The URL cannot be read, or the reference leads nowhere or may not be followed.
pub(super) fn reached(
    context: &Context<'_>,
    object: &Object,
    (url, reference): (Option<&str>, Option<&BackendRef>),
    path: &str,
) -> Result<(Endpoints, bool, String), Fault> {
    match (url, reference) {
        (Some(url), _) => from_url(url, &format!("{path}.url")),
        (None, Some(reference)) => {
            let path = format!("{path}.backendRef");
            let (endpoints, tls) = from_ref(context, object, reference, &path)?;
            Ok((endpoints, tls, String::new()))
        }
        (None, None) => {
            let message = "neither a backendRef nor a url is given";
            Err(Fault::new(path, "Invalid", message))
        }
    }
}

/// The same, as a service that is asked beside its path.
pub(super) fn asked(
    context: &Context<'_>,
    object: &Object,
    place: (Option<&str>, Option<&BackendRef>),
    path: &str,
) -> Result<(Asked, String), Fault> {
    let (at, tls, own) = reached(context, object, place, path)?;
    Ok((Asked { at, tls }, own))
}

/// The same of a URL.
pub(in crate::config::compile) fn from_url(
    url: &str,
    path: &str,
) -> Result<(Endpoints, bool, String), Fault> {
    // It may hold a password, and is not shown.
    let wrong = |what: &str| Fault::new(path, "Invalid", format!("the url {what}"));
    let uri: http::Uri = url.parse().map_err(|_| wrong("cannot be read"))?;
    let tls = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err(wrong("must begin with http:// or https://")),
    };
    let host = uri.host().ok_or_else(|| wrong("names no host"))?;
    let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
    let name = HostPort::new(host.trim_matches(['[', ']']), port);
    Ok((Endpoints::Name(name), tls, uri.path().to_owned()))
}

fn from_ref(
    context: &Context<'_>,
    object: &Object,
    found: &BackendRef,
    path: &str,
) -> Result<(Endpoints, bool), Fault> {
    let namespace = found
        .namespace
        .as_ref()
        .unwrap_or(&object.reference.namespace);
    let wanted = Reference::new(&found.group, &found.kind, namespace, &found.name);
    let missing = |message: String| Fault::new(path, "BackendNotFound", message);
    match (wanted.group.as_str(), wanted.kind.as_str()) {
        ("", "Service") => {
            context.permit(object, &wanted, path)?;
            let port = port(context, &wanted, found.port, path)?;
            let tls = port.speech == Speech::Tls;
            Ok((port.endpoints.map_err(missing)?, tls))
        }
        (AGENTGATEWAY, "AgentgatewayBackend") => {
            context.permit(object, &wanted, path)?;
            let backend = context.store.get(&wanted);
            let backend = backend.and_then(|object| object.spec.backend());
            let backend = backend.ok_or_else(|| missing(not_found(context.store, &wanted)))?;
            let fixed = backend.fixed.as_ref();
            let endpoints = fixed.and_then(|spec| backends::static_endpoints(context, spec));
            let endpoints =
                endpoints.unwrap_or_else(|| Err(format!("{wanted} is no static backend")));
            let tls = backend.policies.as_ref().and_then(|it| it.tls.as_ref());
            if tls.is_some_and(|tls| *tls != BackendTls::default()) {
                let message = format!(
                    "{wanted} has terms of TLS (policies.tls), which are not served for what policies ask: \
                     leave them empty, or take a url"
                );
                return Err(Fault::new(path, "UnsupportedValue", message));
            }
            Ok((endpoints.map_err(missing)?, tls.is_some()))
        }
        (group, kind) => {
            let message = format!("{} cannot be asked; use a Service", kind_name(group, kind));
            Err(Fault::new(path, "InvalidKind", message))
        }
    }
}
