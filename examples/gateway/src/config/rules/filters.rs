//! Rules of filters: the type names the member, and most types stand once.

use super::Sheet;
use crate::config::object::field::{item, member};

/// The kinds of filters with the members that go with them.
pub(super) const MEMBERS: [(&str, &str); 8] = [
    ("CORS", "cors"),
    ("ExtensionRef", "extensionRef"),
    ("ExternalAuth", "externalAuth"),
    ("RequestHeaderModifier", "requestHeaderModifier"),
    ("RequestMirror", "requestMirror"),
    ("RequestRedirect", "requestRedirect"),
    ("ResponseHeaderModifier", "responseHeaderModifier"),
    ("URLRewrite", "urlRewrite"),
];

/// Holds a list of filters, of which the types are given, against the rules of all filters.
pub(super) fn check(types: &[&str], path: &str, sheet: &mut Sheet<'_>) {
    for (index, kind) in types.iter().enumerate() {
        let path = item(path, index);
        for (of, name) in MEMBERS {
            let field = member(&path, name);
            match (sheet.has(&field), of == *kind) {
                (true, false) => {
                    let message =
                        format!("filter.{name} must be nil if the filter.type is not {of}");
                    sheet.fault(&field, message);
                }
                (false, true) => {
                    let message = format!("filter.{name} must be specified for {of} filter.type");
                    sheet.fault(&path, message);
                }
                _ => {}
            }
        }
        let often = matches!(*kind, "ExtensionRef" | "RequestMirror" | "ExternalAuth");
        let before = types.get(..index).unwrap_or_default();
        if !often && before.contains(kind) {
            sheet.fault(&path, format!("{kind} filter cannot be repeated"));
        }
    }
    sheet.fault_if(
        types.contains(&"RequestRedirect") && types.contains(&"URLRewrite"),
        path,
        "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both",
    );
}
