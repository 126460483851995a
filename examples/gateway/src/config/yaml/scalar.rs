//! What a plain scalar means.

use serde_json::Number;

use super::Value;

/// The value of a scalar that stands without quotes, as the YAML library of Kubernetes reads it.
///
/// # Source
/// YAML 1.1, "Tag Repository", without timestamps, which are strings in JSON.
#[must_use]
pub fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => {
            return Value::Bool(true);
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => {
            return Value::Bool(false);
        }
        _ => {}
    }
    match number(text) {
        Some(number) => Value::Number(number),
        None => Value::String(text.to_owned()),
    }
}

fn number(text: &str) -> Option<Number> {
    let first = text.bytes().find(|byte| !b"+-.".contains(byte))?;
    if !first.is_ascii_digit() || text.starts_with('_') {
        return None;
    }
    let plain = text.replace('_', "");
    integer(&plain).or_else(|| float(&plain))
}

fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let radixes = [("0x", 16), ("0b", 2), ("0o", 8), ("0", 8)];
    let prefixed = radixes.iter().find_map(|(prefix, radix)| {
        let rest = digits.strip_prefix(prefix)?;
        (!rest.is_empty()).then_some((rest, *radix))
    });
    let (digits, radix) = prefixed.unwrap_or((digits, 10));
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let value = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        let value = i64::try_from(value).ok()?;
        return Some((-value).into());
    }
    Some(value.into())
}

fn float(text: &str) -> Option<Number> {
    let legal = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    if !text.bytes().all(legal) {
        return None;
    }
    Number::from_f64(text.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_kubernetes_reads() {
        assert_eq!(resolve("yes"), Value::Bool(true));
        assert_eq!(resolve("~"), Value::Null);
        assert_eq!(resolve("0x10"), Value::Number(16.into()));
        assert_eq!(resolve("010"), Value::Number(8.into()));
        assert_eq!(resolve("-5"), Value::Number((-5).into()));
        assert_eq!(resolve("1_000"), Value::Number(1000.into()));
        assert_eq!(
            resolve("1.5"),
            Value::Number(Number::from_f64(1.5).unwrap())
        );
        for text in [
            "1.2.3",
            "2026-01-01",
            "10m",
            "0s",
            ".",
            "-",
            "0x",
            "1e",
            "_1",
            "09",
        ] {
            assert!(
                !matches!(resolve(text), Value::Bool(_) | Value::Null),
                "{text}"
            );
        }
        for text in [
            "1.2.3",
            "2026-01-01",
            "10m",
            "0s",
            "-",
            "${port}",
            ".5.",
            "1e",
        ] {
            assert_eq!(resolve(text), Value::String(text.to_owned()));
        }
    }
}
