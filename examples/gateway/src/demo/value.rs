use serde_json::Value;

/// Sets a member of an object. What is no object is left as it is.
pub(super) fn set(object: &mut Value, key: &str, value: impl Into<Value>) {
    if let Some(members) = object.as_object_mut() {
        members.insert(key.to_owned(), value.into());
    }
}

/// The member of an object in the JSON form of protocol buffers: by its name in camel case, or by
/// the field's own name. Null when there is neither.
///
/// # Source
///
/// Protocol Buffers, "ProtoJSON Format": parsers accept both names.
pub(super) fn either<'a>(object: &'a Value, camel: &str, own: &str) -> &'a Value {
    match &object[camel] {
        Value::Null => &object[own],
        value => value,
    }
}
