//! Rules of GRPCRoute.

use super::{Sheet, filters, route};
use crate::config::object::field::{item, member};
use crate::config::resource::{
    GrpcFilter, GrpcFilterType, GrpcMethod, GrpcRouteSpec, GrpcRule, MatchType,
};

pub(super) fn check(spec: &GrpcRouteSpec, sheet: &mut Sheet<'_>) {
    route::parents(&spec.parent_refs, sheet);
    route::total(spec.rules.iter().map(|rule| rule.matches.len()), sheet);
    for (index, rule) in spec.rules.iter().enumerate() {
        self::rule(rule, &item("spec.rules", index), sheet);
    }
}

fn rule(rule: &GrpcRule, path: &str, sheet: &mut Sheet<'_>) {
    for (index, matching) in rule.matches.iter().enumerate() {
        if let Some(called) = &matching.method {
            let path = item(&member(path, "matches"), index);
            method(called, &member(&path, "method"), sheet);
        }
    }
    all_filters(&rule.filters, &member(path, "filters"), sheet);
    for (index, backend) in rule.backend_refs.iter().enumerate() {
        let path = item(&member(path, "backendRefs"), index);
        all_filters(&backend.filters, &member(&path, "filters"), sheet);
    }
}

fn method(called: &GrpcMethod, path: &str, sheet: &mut Sheet<'_>) {
    if called.kind != MatchType::Exact {
        return;
    }
    sheet.fault_if(
        called.service.as_deref().is_some_and(|name| !is_service(name)),
        &member(path, "service"),
        "service must only contain valid characters (matching ^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$)",
    );
    sheet.fault_if(
        called
            .method
            .as_deref()
            .is_some_and(|name| !is_identifier(name)),
        &member(path, "method"),
        "method must only contain valid characters (matching ^[A-Za-z_][A-Za-z_0-9]*$)",
    );
}

fn is_service(name: &str) -> bool {
    let name = name.strip_prefix('.').unwrap_or(name);
    name.split('.').all(is_identifier)
}

fn is_identifier(name: &str) -> bool {
    let first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    name.bytes().next().is_some_and(first)
        && name
            .bytes()
            .all(|byte| first(byte) || byte.is_ascii_digit())
}

fn all_filters(list: &[GrpcFilter], path: &str, sheet: &mut Sheet<'_>) {
    let types: Vec<_> = list.iter().map(|filter| name(filter.kind)).collect();
    filters::check(&types, path, sheet);
    for (index, filter) in list.iter().enumerate() {
        if let Some(mirror) = &filter.request_mirror {
            let path = member(&item(path, index), "requestMirror");
            route::mirror(mirror, &path, sheet);
        }
    }
}

fn name(kind: GrpcFilterType) -> &'static str {
    match kind {
        GrpcFilterType::RequestHeaderModifier => "RequestHeaderModifier",
        GrpcFilterType::ResponseHeaderModifier => "ResponseHeaderModifier",
        GrpcFilterType::RequestMirror => "RequestMirror",
        GrpcFilterType::ExtensionRef => "ExtensionRef",
    }
}
