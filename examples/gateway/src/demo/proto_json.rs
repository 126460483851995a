use serde_json::Value;

/// The member of an object in the JSON form of protocol buffers: its name in camel case, or the
/// field's own name.
///
/// # Source
///
/// Protocol Buffers, "ProtoJSON Format": parsers accept both names.
pub(super) fn member<'a>(object: &'a Value, camel: &str, own: &str) -> &'a Value {
    match &object[camel] {
        Value::Null => &object[own],
        value => value,
    }
}
