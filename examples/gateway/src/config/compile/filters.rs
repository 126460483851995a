//! What rules change in requests and answers.

use agentgateway_core::{
    route::{Cors, Fraction, HeaderEdit, PathEdit, Redirect, RedirectScheme, Rewrite},
    upstream::is_of_the_hop,
};
use http::{HeaderName, HeaderValue, Method, StatusCode, header::HOST};

use super::Fault;
use crate::config::resource::{
    BackendRef, CorsSpec, FilterType, GrpcFilter, GrpcFilterType, HeaderFilter, HttpFilter,
    PathModifier, PathModifierType, RequestMirror, RequestRedirect, UrlRewrite,
};
use crate::config::snapshot::Filters;
use crate::config::suggest::quoted;

const UNSUPPORTED: &str = "UnsupportedValue";

/// Filters whose mirrors are not yet looked up.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft<'a> {
    pub(super) filters: Filters,
    pub(super) mirrors: Vec<(&'a BackendRef, Fraction, String)>,
}

/// The filters of an HTTPRoute's rule or backend.
///
/// # Errors
/// One of them is not served, or cannot be joined with the others: the rule is refused whole.
pub(super) fn http<'a>(filters: &'a [HttpFilter], path: &str) -> Result<Draft<'a>, Fault> {
    let mut draft = Draft::default();
    for (index, filter) in filters.iter().enumerate() {
        let path = format!("{path}.filters[{index}]");
        http_filter(filter, &path, &mut draft)?;
    }
    if draft.filters.redirect.is_some() && draft.filters.rewrite.is_some() {
        let message = "RequestRedirect and URLRewrite cannot be joined";
        return Err(Fault::new(
            format!("{path}.filters"),
            "IncompatibleFilters",
            message,
        ));
    }
    Ok(draft)
}

/// The filters of a GRPCRoute's rule or backend.
///
/// # Errors
/// One of them is not served: the rule is refused whole.
pub(super) fn grpc<'a>(filters: &'a [GrpcFilter], path: &str) -> Result<Draft<'a>, Fault> {
    let mut draft = Draft::default();
    for (index, filter) in filters.iter().enumerate() {
        let path = format!("{path}.filters[{index}]");
        match filter.kind {
            GrpcFilterType::RequestHeaderModifier => {
                let edit = filter.request_header_modifier.as_ref();
                join(&mut draft.filters.request, request_headers(edit, &path)?);
            }
            GrpcFilterType::ResponseHeaderModifier => {
                let edit = filter.response_header_modifier.as_ref();
                join(&mut draft.filters.response, response_headers(edit, &path)?);
            }
            GrpcFilterType::RequestMirror => {
                draft
                    .mirrors
                    .extend(mirror(filter.request_mirror.as_ref(), &path));
            }
            GrpcFilterType::ExtensionRef => return Err(not_served("ExtensionRef", &path)),
        }
    }
    Ok(draft)
}

fn http_filter<'a>(filter: &'a HttpFilter, path: &str, draft: &mut Draft<'a>) -> Result<(), Fault> {
    let filters = &mut draft.filters;
    match filter.kind {
        FilterType::RequestHeaderModifier => {
            let edit = filter.request_header_modifier.as_ref();
            join(&mut filters.request, request_headers(edit, path)?);
        }
        FilterType::ResponseHeaderModifier => {
            let edit = filter.response_header_modifier.as_ref();
            join(&mut filters.response, response_headers(edit, path)?);
        }
        FilterType::RequestMirror => {
            draft
                .mirrors
                .extend(mirror(filter.request_mirror.as_ref(), path));
        }
        FilterType::RequestRedirect => {
            let spec = filter.request_redirect.as_ref();
            filters.redirect = spec.map(|spec| redirect(spec, path)).transpose()?;
        }
        FilterType::UrlRewrite => {
            filters.rewrite = filter.url_rewrite.as_ref().map(rewrite);
        }
        FilterType::Cors => {
            let spec = filter.cors.as_ref();
            let found = spec.map(|spec| cors(spec, &format!("{path}.cors")));
            filters.cors = found.transpose()?;
        }
        FilterType::ExtensionRef => return Err(not_served("ExtensionRef", path)),
        FilterType::ExternalAuth => return Err(not_served("ExternalAuth", path)),
    }
    Ok(())
}

fn not_served(kind: &str, path: &str) -> Fault {
    let message = format!("a filter of type {kind} is not served");
    Fault::new(format!("{path}.type"), UNSUPPORTED, message)
}

/// Changes of a request's headers.
///
/// # Errors
/// A name or a value cannot stand in a header, or is not the operator's to change.
pub(super) fn request_headers(
    spec: Option<&HeaderFilter>,
    path: &str,
) -> Result<HeaderEdit, Fault> {
    let edit = headers(spec, path)?;
    let given = edit.set.iter().chain(&edit.add).map(|(name, _)| name);
    if given.chain(&edit.remove).any(|name| *name == HOST) {
        let message = "the host is no header to modify; the hostname of a URLRewrite filter \
                       changes it";
        return Err(Fault::new(path, UNSUPPORTED, message));
    }
    Ok(edit)
}

/// Changes of an answer's headers.
///
/// # Errors
/// A name or a value cannot stand in a header, or is not the operator's to change.
pub(super) fn response_headers(
    spec: Option<&HeaderFilter>,
    path: &str,
) -> Result<HeaderEdit, Fault> {
    headers(spec, path)
}

fn headers(spec: Option<&HeaderFilter>, path: &str) -> Result<HeaderEdit, Fault> {
    let mut edit = HeaderEdit::default();
    let Some(spec) = spec else {
        return Ok(edit);
    };
    let refuse = |message: String| Fault::new(path, UNSUPPORTED, message);
    let name = |text: &str| match HeaderName::from_bytes(text.as_bytes()) {
        Err(_) => Err(refuse(format!("{text:?} is no name of a header"))),
        Ok(name) if is_of_the_hop(&name) => Err(refuse(format!(
            "header {text} frames messages or belongs to one connection, and cannot be modified"
        ))),
        Ok(name) => Ok(name),
    };
    let value = |name: &str, value: &str| {
        HeaderValue::from_str(value)
            .map_err(|_| refuse(format!("the value of {name} cannot stand in a header")))
    };
    for field in &spec.set {
        let known = name(&field.name)?;
        // Of entries with one name, the first counts.
        if edit.set.iter().all(|(earlier, _)| *earlier != known) {
            edit.set.push((known, value(&field.name, &field.value)?));
        }
    }
    for field in &spec.add {
        edit.add
            .push((name(&field.name)?, value(&field.name, &field.value)?));
    }
    for field in &spec.remove {
        edit.remove.push(name(field)?);
    }
    Ok(edit)
}

fn join(edit: &mut HeaderEdit, more: HeaderEdit) {
    edit.set.extend(more.set);
    edit.add.extend(more.add);
    edit.remove.extend(more.remove);
}

fn mirror<'a>(
    spec: Option<&'a RequestMirror>,
    path: &str,
) -> Option<(&'a BackendRef, Fraction, String)> {
    let spec = spec?;
    let share = match (spec.percent, spec.fraction) {
        (_, Some(fraction)) => (fraction.numerator, fraction.denominator.max(1)),
        (Some(percent), None) => (percent, 100),
        (None, None) => (100, 100),
    };
    let share = Fraction {
        numerator: share.0,
        denominator: share.1,
    };
    Some((
        &spec.backend_ref,
        share,
        format!("{path}.requestMirror.backendRef"),
    ))
}

fn redirect(spec: &RequestRedirect, path: &str) -> Result<Redirect, Fault> {
    let mut found = Redirect::default();
    let path = format!("{path}.requestRedirect");
    found.scheme = match spec.scheme.as_deref() {
        None => None,
        Some("http") => Some(RedirectScheme::Http),
        Some("https") => Some(RedirectScheme::Https),
        Some(other) => {
            let message = format!("scheme {} is neither http nor https", quoted(other));
            return Err(Fault::new(format!("{path}.scheme"), UNSUPPORTED, message));
        }
    };
    found.hostname.clone_from(&spec.hostname);
    found.path = spec.path.as_ref().map(path_edit);
    found.port = spec.port;
    if let Some(code) = spec.status_code {
        let status = StatusCode::from_u16(code).ok();
        let known = status.filter(|status| matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308));
        found.status = known.ok_or_else(|| {
            let message = format!("statusCode {code} is none of 301, 302, 303, 307 and 308");
            Fault::new(format!("{path}.statusCode"), UNSUPPORTED, message)
        })?;
    }
    Ok(found)
}

fn rewrite(spec: &UrlRewrite) -> Rewrite {
    let mut found = Rewrite::default();
    found.hostname.clone_from(&spec.hostname);
    found.path = spec.path.as_ref().map(path_edit);
    found
}

fn path_edit(spec: &PathModifier) -> PathEdit {
    match spec.kind {
        PathModifierType::ReplaceFullPath => {
            PathEdit::Full(spec.replace_full_path.clone().unwrap_or_default())
        }
        PathModifierType::ReplacePrefixMatch => {
            PathEdit::Prefix(spec.replace_prefix_match.clone().unwrap_or_default())
        }
    }
}

/// Which pages of other origins may call.
///
/// # Errors
/// A method or the name of a header is none.
pub(super) fn cors(spec: &CorsSpec, path: &str) -> Result<Cors, Fault> {
    let names = |names: &[String], field: &str| {
        let read = |name: &String| match name.as_str() {
            "*" => Ok(None),
            other => HeaderName::from_bytes(other.as_bytes())
                .map(Some)
                .map_err(|_| {
                    let message = format!("{other:?} is no name of a header");
                    Fault::new(format!("{path}.{field}"), UNSUPPORTED, message)
                }),
        };
        names.iter().map(read).collect::<Result<Vec<_>, _>>()
    };
    let method = |name: &String| match name.as_str() {
        "*" => Ok(None),
        other => Method::from_bytes(other.as_bytes()).map(Some).map_err(|_| {
            let message = format!("{other:?} is no method");
            Fault::new(format!("{path}.allowMethods"), UNSUPPORTED, message)
        }),
    };
    let mut found = Cors::default();
    found.allow_origins.clone_from(&spec.allow_origins);
    found.allow_credentials = spec.allow_credentials;
    found.allow_methods = spec
        .allow_methods
        .iter()
        .map(method)
        .collect::<Result<_, _>>()?;
    found.allow_headers = names(&spec.allow_headers, "allowHeaders")?;
    found.expose_headers = names(&spec.expose_headers, "exposeHeaders")?;
    found.max_age_seconds = spec.max_age;
    Ok(found)
}
