use serde_json::Value;

/// What stands in the place of a secret.
const HIDDEN: &str = "(redacted)";

/// Names of members whose values are secret wherever they stand, in lower case.
const SECRET_NAMES: [&str; 16] = [
    "key",
    "apikey",
    "api_key",
    "accesskey",
    "accesskeyid",
    "secretkey",
    "secretaccesskey",
    "sessiontoken",
    "password",
    "passwd",
    "token",
    "clientsecret",
    "privatekey",
    "credentials",
    "inlinekey",
    "tls.key",
];

/// Headers that carry credentials, in lower case.
const SECRET_HEADERS: [&str; 9] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "x-auth-token",
    "x-amz-security-token",
];

/// A copy of a whole manifest, its secrets with it.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A document without its secrets: every value of a Secret, variables of processes, headers that
/// carry credentials, members that are named like one, and user information in URLs.
#[must_use]
pub fn redacted(mut document: Value) -> Value {
    let kind = document
        .get("kind")
        .and_then(Value::as_str)
        .map(str::to_owned);
    if kind.as_deref() == Some("Secret") {
        for of in ["data", "stringData"] {
            hide_all(document.get_mut(of));
        }
    }
    walk(&mut document, None);
    document
}

/// A document has 64 levels at most: that is checked where it is read.
fn walk(value: &mut Value, name: Option<&str>) {
    match value {
        Value::Object(members) => {
            let named = members
                .get("name")
                .and_then(Value::as_str)
                .map(str::to_lowercase);
            let header = named.is_some_and(|named| SECRET_HEADERS.contains(&named.as_str()));
            for (own, value) in members {
                let lower = own.to_lowercase();
                let of_variable = name == Some("env") && own == "value";
                let of_header = header && own == "value";
                let secret = is_plain(value) && SECRET_NAMES.contains(&lower.as_str());
                if of_variable || of_header || secret || own == LAST_APPLIED {
                    hide(value);
                } else {
                    walk(value, Some(own));
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, name)),
        Value::String(text) => hide_user(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// `key` may be the name of a key within a Secret, beside the Secret's own name.
fn is_plain(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

fn hide(value: &mut Value) {
    *value = Value::from(HIDDEN);
}

fn hide_all(members: Option<&mut Value>) {
    let members = members.and_then(Value::as_object_mut);
    members
        .into_iter()
        .flatten()
        .for_each(|(_, value)| hide(value));
}

/// `https://user:password@host/` loses what stands before the host.
fn hide_user(text: &mut String) {
    let Some((scheme, rest)) = text.split_once("://") else {
        return;
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, behind) = rest.split_at(end);
    if let Some((_, host)) = authority.rsplit_once('@') {
        *text = format!("{scheme}://{HIDDEN}@{host}{behind}");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Fault C11: what the admin listener shows of a configuration holds no secret, wherever it stands; names of secrets stay.
    #[test]
    fn no_secret_is_left_and_what_is_none_stays() {
        let shown = redacted(json!({
            "kind": "Secret",
            "metadata": {"name": "openai", "annotations": {LAST_APPLIED: "{\"data\":\"canary\"}"}},
            "data": {"Authorization": "canary"},
            "stringData": {"any": "canary"},
        }));
        assert!(!shown.to_string().contains("canary"), "{shown}");
        assert!(shown.to_string().contains("Authorization"));
        let shown = redacted(json!({
            "kind": "Any",
            "spec": {
                "env": [{"name": "A", "value": "canary"}],
                "auth": {"key": "canary", "secretRef": {"name": "openai"}},
                "password": 12345,
                "set": [{"name": "Authorization", "value": "canary"}, {"name": "x-a", "value": "stays"}],
                "url": "https://me:canary@host:1/path?q",
                "matchLabels": {"key": "canary"},
                "other": "http://host/@stays",
            }
        }));
        let text = shown.to_string();
        assert!(
            !text.contains("canary") && !text.contains("12345"),
            "{text}"
        );
        assert!(text.contains("stays") && text.contains("openai"), "{text}");
        assert!(
            text.contains("https://(redacted)@host:1/path?q")
                && text.contains("http://host/@stays")
        );
    }
}
