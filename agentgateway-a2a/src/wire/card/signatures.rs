use std::ops::Range;

use agentgateway_core::json::{Raw, range_in};

/// The bytes to leave out so that the object loses this member: name, value and one comma.
///
/// `value` is a member of an object in `body`, which has been checked to be JSON, and its name holds
/// no quote. `None` when that is not so.
pub(super) fn member_range(body: &[u8], value: Raw<'_>) -> Option<Range<usize>> {
    let value = range_in(body, value)?;
    let before = body.get(..value.start)?.trim_ascii_end();
    let before = before.strip_suffix(b":")?.trim_ascii_end();
    let before = before.strip_suffix(b"\"")?;
    let start = before.iter().rposition(|byte| *byte == b'"')?;
    let after = body.get(value.end..)?;
    let rest = after.trim_ascii_start();
    if let Some(rest) = rest.strip_prefix(b",") {
        return Some(start..body.len().checked_sub(rest.len())?);
    }
    let before = before.get(..start)?.trim_ascii_end();
    match before.strip_suffix(b",") {
        Some(before) => Some(before.len()..value.end),
        None => Some(start..value.end),
    }
}

#[cfg(test)]
mod tests {
    use agentgateway_core::json;

    use super::*;

    #[test]
    fn takes_one_comma_along() {
        for (card, expected) in [
            (r#"{"signatures":[1],"b":2}"#, r#"{"b":2}"#),
            (r#"{"a":1,"signatures":[1]}"#, r#"{"a":1}"#),
            (
                r#"{"a":1 , "signatures" : [1] , "b":2}"#,
                r#"{"a":1 ,  "b":2}"#,
            ),
            (r#"{ "signatures": [{"a":","}] }"#, "{  }"),
            (r#"{"a":"x\"","signatur\u0065s":[]}"#, r#"{"a":"x\""}"#),
        ] {
            let [value] = json::members(card.as_bytes(), ["signatures"]).unwrap();
            let range = member_range(card.as_bytes(), value.unwrap()).unwrap();
            let mut left = card.to_owned();
            left.replace_range(range, "");
            assert_eq!(left, expected);
        }
    }
}
