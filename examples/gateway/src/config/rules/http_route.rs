//! Rules of HTTPRoute.

use super::{Sheet, filters, route};
use crate::config::object::field::{item, member};
use crate::config::resource::{
    CorsSpec, FilterType, HttpFilter, HttpRouteSpec, HttpRule, PathMatchSpec, PathMatchType,
    PathModifier, PathModifierType, Timeouts, duration,
};

pub(super) fn check(spec: &HttpRouteSpec, sheet: &mut Sheet<'_>) {
    route::parents(&spec.parent_refs, sheet);
    route::total(
        spec.rules.iter().map(|rule| rule.matches.len().max(1)),
        sheet,
    );
    for (index, rule) in spec.rules.iter().enumerate() {
        self::rule(rule, &item("spec.rules", index), sheet);
    }
}

fn rule(rule: &HttpRule, path: &str, sheet: &mut Sheet<'_>) {
    for (index, matching) in rule.matches.iter().enumerate() {
        let path = item(&member(path, "matches"), index);
        path_match(&matching.path, &member(&path, "path"), sheet);
    }
    let own = member(path, "filters");
    all_filters(&rule.filters, &own, sheet);
    let refs = member(path, "backendRefs");
    for (index, backend) in rule.backend_refs.iter().enumerate() {
        let path = item(&refs, index);
        all_filters(&backend.filters, &member(&path, "filters"), sheet);
    }
    let redirect = rule
        .filters
        .iter()
        .position(|filter| filter.request_redirect.is_some());
    if let Some(index) = redirect.filter(|_| !rule.backend_refs.is_empty()) {
        let message = "RequestRedirect filter must not be used together with backendRefs";
        sheet.fault(&item(&own, index), message);
    }
    prefixes(rule, path, sheet);
    timeouts(&rule.timeouts, &member(path, "timeouts"), sheet);
}

/// What replaces a prefix needs exactly one prefix to replace.
fn prefixes(rule: &HttpRule, path: &str, sheet: &mut Sheet<'_>) {
    let one = match rule.matches.as_slice() {
        [] => true,
        [one] => one.path.kind == PathMatchType::PathPrefix,
        _ => false,
    };
    if one {
        return;
    }
    let rest =
        "filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified";
    let mut tell = |filter: &HttpFilter, path: &str, redirect: &str, rewrite: &str| {
        if replaces_prefix(
            filter
                .request_redirect
                .as_ref()
                .and_then(|to| to.path.as_ref()),
        ) {
            sheet.fault(path, format!("{redirect} RequestRedirect {rest}"));
        }
        if replaces_prefix(filter.url_rewrite.as_ref().and_then(|to| to.path.as_ref())) {
            sheet.fault(path, format!("{rewrite} URLRewrite {rest}"));
        }
    };
    for (index, filter) in rule.filters.iter().enumerate() {
        let path = item(&member(path, "filters"), index);
        tell(filter, &path, "When using", "When using");
    }
    for (index, backend) in rule.backend_refs.iter().enumerate() {
        let path = member(&item(&member(path, "backendRefs"), index), "filters");
        for (index, filter) in backend.filters.iter().enumerate() {
            let (redirect, rewrite) = (
                "Within backendRefs, when using",
                "Within backendRefs, When using",
            );
            tell(filter, &item(&path, index), redirect, rewrite);
        }
    }
}

fn replaces_prefix(path: Option<&PathModifier>) -> bool {
    path.is_some_and(|path| {
        path.kind == PathModifierType::ReplacePrefixMatch && path.replace_prefix_match.is_some()
    })
}

fn path_match(matching: &PathMatchSpec, path: &str, sheet: &mut Sheet<'_>) {
    if matching.kind == PathMatchType::RegularExpression {
        return;
    }
    let (value, path) = (matching.value.as_str(), member(path, "value"));
    let types = "when type one of ['Exact', 'PathPrefix']";
    for part in ["//", "/./", "/../", "%2f", "%2F", "#"] {
        if value.contains(part) {
            sheet.fault(&path, format!("must not contain '{part}' {types}"));
        }
    }
    for end in ["/..", "/."] {
        if value.ends_with(end) {
            sheet.fault(&path, format!("must not end with '{end}' {types}"));
        }
    }
    sheet.fault_if(
        !is_path(value),
        &path,
        "must only contain valid characters (matching ^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$) for types ['Exact', 'PathPrefix']",
    );
}

fn is_path(value: &str) -> bool {
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        let legal = match byte {
            b'%' => {
                let mut hex = || bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit());
                hex() && hex()
            }
            byte => byte.is_ascii_alphanumeric() || b"-/._~!$&'()*+,;=:@".contains(&byte),
        };
        if !legal {
            return false;
        }
    }
    !value.is_empty()
}

fn all_filters(list: &[HttpFilter], path: &str, sheet: &mut Sheet<'_>) {
    let types: Vec<_> = list.iter().map(|filter| name(filter.kind)).collect();
    filters::check(&types, path, sheet);
    for (index, filter) in list.iter().enumerate() {
        let path = item(path, index);
        if let Some(mirror) = &filter.request_mirror {
            route::mirror(mirror, &member(&path, "requestMirror"), sheet);
        }
        if let Some(cors) = &filter.cors {
            self::cors(cors, &member(&path, "cors"), sheet);
        }
    }
}

fn name(kind: FilterType) -> &'static str {
    match kind {
        FilterType::RequestHeaderModifier => "RequestHeaderModifier",
        FilterType::ResponseHeaderModifier => "ResponseHeaderModifier",
        FilterType::RequestMirror => "RequestMirror",
        FilterType::RequestRedirect => "RequestRedirect",
        FilterType::UrlRewrite => "URLRewrite",
        FilterType::Cors => "CORS",
        FilterType::ExtensionRef => "ExtensionRef",
        FilterType::ExternalAuth => "ExternalAuth",
    }
}

/// A wildcard stands alone.
pub(super) fn cors(cors: &CorsSpec, path: &str, sheet: &mut Sheet<'_>) {
    let lists = [
        (
            &cors.allow_headers,
            "allowHeaders",
            "AllowHeaders cannot contain '*' alongside other methods",
        ),
        (
            &cors.allow_methods,
            "allowMethods",
            "AllowMethods cannot contain '*' alongside other methods",
        ),
        (
            &cors.allow_origins,
            "allowOrigins",
            "AllowOrigins cannot contain '*' alongside other origins",
        ),
    ];
    for (list, name, message) in lists {
        let mixed = list.len() > 1 && list.iter().any(|value| value == "*");
        sheet.fault_if(mixed, &member(path, name), message);
    }
}

fn timeouts(timeouts: &Timeouts, path: &str, sheet: &mut Sheet<'_>) {
    let read = |text: &Option<String>| text.as_deref().and_then(duration);
    let (Some(whole), Some(one)) = (read(&timeouts.request), read(&timeouts.backend_request))
    else {
        return;
    };
    sheet.fault_if(
        !whole.is_zero() && one > whole,
        &member(path, "backendRequest"),
        "backendRequest timeout cannot be longer than request timeout",
    );
}
