//! Rules of lists of filters: most types stand once.

use super::Sheet;
use crate::config::object::field::item;

/// Holds a list of filters, of which the types are given, against the rules of all filters.
pub(super) fn check(types: &[&str], path: &str, sheet: &mut Sheet<'_>) {
    for (index, kind) in types.iter().enumerate() {
        let path = item(path, index);
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
