//! Values without members: enums, times, numbers, bytes.

use std::borrow::Cow;

use agentgateway_core::json::{self, JsonType, Raw, quote};

use super::{Shape, error::Side};
use crate::bridge::{Loss, LossReport};

/// Each state in v1.0, in v0.3 over JSON-RPC, and in the v0.3 protobuf. Its place is its number.
const STATES: [[&str; 3]; 9] = [
    [
        "TASK_STATE_UNSPECIFIED",
        "unknown",
        "TASK_STATE_UNSPECIFIED",
    ],
    ["TASK_STATE_SUBMITTED", "submitted", "TASK_STATE_SUBMITTED"],
    ["TASK_STATE_WORKING", "working", "TASK_STATE_WORKING"],
    ["TASK_STATE_COMPLETED", "completed", "TASK_STATE_COMPLETED"],
    ["TASK_STATE_FAILED", "failed", "TASK_STATE_FAILED"],
    ["TASK_STATE_CANCELED", "canceled", "TASK_STATE_CANCELLED"],
    [
        "TASK_STATE_INPUT_REQUIRED",
        "input-required",
        "TASK_STATE_INPUT_REQUIRED",
    ],
    ["TASK_STATE_REJECTED", "rejected", "TASK_STATE_REJECTED"],
    [
        "TASK_STATE_AUTH_REQUIRED",
        "auth-required",
        "TASK_STATE_AUTH_REQUIRED",
    ],
];

/// Each role, as [`STATES`].
const ROLES: [[&str; 3]; 3] = [
    ["ROLE_UNSPECIFIED", "", "ROLE_UNSPECIFIED"],
    ["ROLE_USER", "user", "ROLE_USER"],
    ["ROLE_AGENT", "agent", "ROLE_AGENT"],
];

/// A state in another shape; one that is not known is said to be so. `None` for what is no name at all.
pub(super) fn state(value: Raw<'_>, to: Shape, loss: &mut LossReport) -> Option<&'static str> {
    let names = match named(value, &STATES)? {
        Some(names) => names,
        None => {
            loss.add(Loss::State);
            STATES.first()?
        }
    };
    Some(in_shape(names, to))
}

/// A role in another shape; one that is not known is that of whose word it is.
pub(super) fn role(
    value: Raw<'_>,
    to: Shape,
    side: Side,
    loss: &mut LossReport,
) -> Option<&'static str> {
    let role = named(value, &ROLES)?.map_or("", |names| in_shape(names, to));
    if !role.is_empty() {
        return Some(role);
    }
    loss.add(Loss::Role);
    let at = match side {
        Side::Request => 1,
        Side::Answer => 2,
    };
    ROLES.get(at).map(|names| in_shape(names, to))
}

/// The row of a name, in whatever shape it is, or of a number; `None` within for one that is not known.
fn named<'t>(
    value: Raw<'_>,
    table: &'t [[&'static str; 3]],
) -> Option<Option<&'t [&'static str; 3]>> {
    if json::type_of(value) == JsonType::Number {
        let at = json::unsigned(value).and_then(|number| usize::try_from(number).ok());
        return Some(at.and_then(|at| table.get(at)));
    }
    let name = json::string(value)?;
    Some(
        table
            .iter()
            .find(|names| names.contains(&&*name) && !name.is_empty()),
    )
}

const fn in_shape(names: &[&'static str; 3], shape: Shape) -> &'static str {
    let [v1_0, rpc, proto] = *names;
    match shape {
        Shape::V1_0 => v1_0,
        Shape::V0_3JsonRpc => rpc,
        Shape::V0_3Proto => proto,
    }
}

/// A time. v0.3 does not say that it must have a zone; v1.0 does, and UTC is assumed.
///
/// `None` when v1.0 could not read it.
pub(super) fn timestamp(value: Raw<'_>, to: Shape) -> Option<Cow<'_, str>> {
    if to != Shape::V1_0 {
        return Some(Cow::Borrowed(value.get()));
    }
    let text = json::string(value)?;
    let bytes = text.as_bytes();
    let (date, rest) = bytes.split_at_checked(10)?;
    let (mark, rest) = rest.split_first()?;
    let (time, rest) = rest.split_at_checked(8)?;
    let digits = rest.strip_prefix(b".").map_or(0, |fraction| {
        fraction
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    });
    let zone = match rest.first() {
        Some(b'.') => rest.get(digits + 1..)?,
        _ => rest,
    };
    let is_time = fits(date, b"0000-00-00")
        && matches!(mark, b'T' | b't' | b' ')
        && fits(time, b"00:00:00")
        && (rest.first() != Some(&b'.') || (1..=9).contains(&digits));
    let is_plain =
        *mark == b'T' && (zone == b"Z" || fits(zone, b"+00:00") || fits(zone, b"-00:00"));
    match zone {
        _ if !is_time => None,
        _ if is_plain => Some(Cow::Borrowed(value.get())),
        b"" | b"Z" | b"z" => {
            let end = text.len().checked_sub(zone.len())?;
            let (date, time) = (text.get(..10)?, text.get(11..end)?);
            Some(Cow::Owned(quote(&format!("{date}T{time}Z"))))
        }
        zone if fits(zone, b"+00:00") || fits(zone, b"-00:00") => {
            let (date, time) = (text.get(..10)?, text.get(11..)?);
            Some(Cow::Owned(quote(&format!("{date}T{time}"))))
        }
        _ => None,
    }
}

/// Whether a text has digits where the pattern has zeros, and is the pattern elsewhere.
fn fits(text: &[u8], pattern: &[u8]) -> bool {
    text.len() == pattern.len()
        && text.iter().zip(pattern).all(|(byte, place)| match place {
            b'0' => byte.is_ascii_digit(),
            place => byte == place,
        })
}

/// A count of messages as a number, which the JSON form of protobuf may have as a string.
///
/// `None` for v0.3's 0, which is what v1.0 says by not saying anything.
pub(super) fn history_length(value: Raw<'_>, from: Shape) -> Option<Cow<'_, str>> {
    let text = match json::string(value) {
        Some(text) if from.is_proto() && text.parse::<i32>().is_ok() => text,
        _ => Cow::Borrowed(value.get()),
    };
    let is_zero = text.parse::<f64>().is_ok_and(|number| number == 0.0);
    (from == Shape::V1_0 || !is_zero).then_some(text)
}

/// Bytes in the alphabet of plain base64, padded; the JSON form of protobuf reads others too.
pub(super) fn plain_base64(value: Raw<'_>) -> Cow<'_, str> {
    let Some(text) = json::string(value) else {
        return Cow::Borrowed(value.get());
    };
    if text.len() % 4 == 0 && !text.contains(['-', '_']) {
        return Cow::Borrowed(value.get());
    }
    let mut plain = text.replace('-', "+").replace('_', "/");
    while plain.len() % 4 != 0 {
        plain.push('=');
    }
    Cow::Owned(quote(&plain))
}

/// Whether a value says no more than a missing one does in the JSON form of protobuf.
pub(super) fn is_default(value: Raw<'_>) -> bool {
    let text = value.get();
    let inner = |open, close| text.strip_prefix(open)?.strip_suffix(close);
    matches!(text, "null" | "false" | "0" | "\"\"")
        || inner('[', ']')
            .or_else(|| inner('{', '}'))
            .is_some_and(|inner| inner.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Raw<'_> {
        Raw::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn times_get_the_form_that_v1_0_reads() {
        for (text, expected) in [
            ("2025-01-02T03:04:05Z", Some("2025-01-02T03:04:05Z")),
            (
                "2025-01-02T03:04:05.123456Z",
                Some("2025-01-02T03:04:05.123456Z"),
            ),
            (
                "2025-01-02T03:04:05+02:00",
                Some("2025-01-02T03:04:05+02:00"),
            ),
            (
                "2025-01-02T03:04:05-02:00",
                Some("2025-01-02T03:04:05-02:00"),
            ),
            ("2025-01-02T03:04:05", Some("2025-01-02T03:04:05Z")),
            ("2025-01-02 03:04:05.5", Some("2025-01-02T03:04:05.5Z")),
            ("2025-01-02t03:04:05z", Some("2025-01-02T03:04:05Z")),
            (
                "2025-01-02 03:04:05+01:00",
                Some("2025-01-02T03:04:05+01:00"),
            ),
            ("2025-01-02T03:04:05.Z", None),
            ("2025-01-02T03:04:05.1234567890Z", None),
            ("2025-01-02", None),
            ("yesterday, all my troubles", None),
            ("2025-01-02T03:04:05 CET", None),
            ("", None),
        ] {
            let json = quote(text);
            let expected = expected.map(quote);
            assert_eq!(
                timestamp(raw(&json), Shape::V1_0).as_deref(),
                expected.as_deref(),
                "{text}"
            );
            let kept = timestamp(raw(&json), Shape::V0_3JsonRpc);
            assert_eq!(kept.as_deref(), Some(&*json));
        }
        assert_eq!(timestamp(raw("1735786245"), Shape::V1_0), None);
    }

    #[test]
    fn states_and_roles_of_every_spelling_are_read() {
        let mut loss = LossReport::new();
        for (at, [v1_0, rpc, proto]) in STATES.iter().enumerate() {
            for value in [quote(v1_0), quote(rpc), quote(proto), at.to_string()] {
                let value = raw(&value);
                assert_eq!(state(value, Shape::V1_0, &mut loss), Some(*v1_0));
                assert_eq!(state(value, Shape::V0_3JsonRpc, &mut loss), Some(*rpc));
                assert_eq!(state(value, Shape::V0_3Proto, &mut loss), Some(*proto));
            }
        }
        assert!(loss.is_empty());
        assert_eq!(
            state(raw("\"paused\""), Shape::V0_3JsonRpc, &mut loss),
            Some("unknown")
        );
        assert!(loss.has(Loss::State));
        assert_eq!(state(raw("[]"), Shape::V1_0, &mut loss), None);
        let mut role = |json, side| role(raw(json), Shape::V0_3JsonRpc, side, &mut loss);
        assert_eq!(role("\"ROLE_AGENT\"", Side::Request), Some("agent"));
        assert_eq!(role("1", Side::Answer), Some("user"));
        assert_eq!(role("\"\"", Side::Answer), Some("agent"));
        assert_eq!(role("\"ROLE_UNSPECIFIED\"", Side::Request), Some("user"));
        assert_eq!(role("null", Side::Request), None);
        assert!(loss.has(Loss::Role));
    }

    #[test]
    fn a_default_is_what_says_nothing() {
        for text in ["null", "false", "0", "\"\"", "[]", "{ }", "[\n]"] {
            assert!(is_default(raw(text)), "{text}");
        }
        for text in ["true", "1", "\" \"", "\"[]\"", "[0]", "{\"\":0}"] {
            assert!(!is_default(raw(text)), "{text}");
        }
    }

    #[test]
    fn base64_becomes_plain_and_padded() {
        for (text, expected) in [
            ("\"aGk=\"", "\"aGk=\""),
            ("\"aGk\"", "\"aGk=\""),
            ("\"-_-_\"", "\"+/+/\""),
            ("\"+/+/\"", "\"+/+/\""),
            (r#""+\/+/""#, r#""+\/+/""#),
            ("\"\"", "\"\""),
            ("7", "7"),
        ] {
            assert_eq!(plain_base64(raw(text)), expected);
        }
    }
}
