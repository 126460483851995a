use proptest::prelude::*;
use serde_json::{Map, Value};

use super::{Form, canonical, canonical_in, number::ecmascript};

fn text(card: &str, form: Form) -> String {
    String::from_utf8(canonical_in(card.as_bytes(), form).unwrap()).unwrap()
}

/// Fault A03: canonicalisation: the sample numbers of RFC 8785, appendix B.
#[test]
fn numbers_are_ecmascripts() {
    for (bits, expected) in [
        (0x0000_0000_0000_0000, Some("0")),
        (0x8000_0000_0000_0000, Some("0")),
        (0x0000_0000_0000_0001, Some("5e-324")),
        (0x8000_0000_0000_0001, Some("-5e-324")),
        (0x7fef_ffff_ffff_ffff, Some("1.7976931348623157e+308")),
        (0xffef_ffff_ffff_ffff, Some("-1.7976931348623157e+308")),
        (0x4340_0000_0000_0000, Some("9007199254740992")),
        (0xc340_0000_0000_0000, Some("-9007199254740992")),
        (0x4430_0000_0000_0000, Some("295147905179352830000")),
        (0x7fff_ffff_ffff_ffff, None),
        (0x7ff0_0000_0000_0000, None),
        (0x44b5_2d02_c7e1_4af5, Some("9.999999999999997e+22")),
        (0x44b5_2d02_c7e1_4af6, Some("1e+23")),
        (0x44b5_2d02_c7e1_4af7, Some("1.0000000000000001e+23")),
        (0x444b_1ae4_d6e2_ef4e, Some("999999999999999700000")),
        (0x444b_1ae4_d6e2_ef4f, Some("999999999999999900000")),
        (0x444b_1ae4_d6e2_ef50, Some("1e+21")),
        (0x3eb0_c6f7_a0b5_ed8c, Some("9.999999999999997e-7")),
        (0x3eb0_c6f7_a0b5_ed8d, Some("0.000001")),
        (0x41b3_de43_5555_5553, Some("333333333.3333332")),
        (0xbecb_f647_612f_3696, Some("-0.0000033333333333333333")),
        (0x4314_3ff3_c1cb_0959, Some("1424953923781206.2")),
    ] {
        let found = ecmascript(f64::from_bits(bits));
        assert_eq!(found.as_deref(), expected, "{bits:x}");
    }
}

/// Fault A03: canonicalisation: order by UTF-16 units, and the escapes of RFC 8785.
#[test]
fn names_are_in_the_order_of_utf_16_and_strings_are_escaped_as_little_as_can_be() {
    // RFC 8785, 3.2.3, in the parameters of an extension: any JSON.
    let params = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew","1":"One",
        "\ud83d\ude00":"Emoji","\u0080":"Control","\u00f6":"o"}"#;
    let card = format!(r#"{{"capabilities":{{"extensions":[{{"params":{params}}}]}}}}"#);
    let expected = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\"ö\":\"o\",\"€\":\"Euro Sign\",\"😀\":\"Emoji\",\"\u{fb33}\":\"Hebrew\"}";
    let expected = format!(r#"{{"capabilities":{{"extensions":[{{"params":{expected}}}]}}}}"#);
    assert_eq!(text(&card, Form::Sdk), expected);
    assert_eq!(text(&card, Form::Specification), expected);

    let card = r#"{"name":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/\u007f\b\f\t"}"#;
    let expected = "{\"name\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\u{7f}\\b\\f\\t\"}";
    assert_eq!(text(card, Form::Sdk), expected);
}

/// Fault A03: canonicalisation: omitted defaults, unknown fields.
#[test]
fn the_two_forms_take_out_what_each_of_them_takes_out() {
    // The sample of the specification, 8.4.1.
    let card = r#"{"name":"Example Agent","description":"","skills":[],
        "capabilities":{"streaming":false,"pushNotifications":false,"extensions":[]}}"#;
    assert_eq!(
        text(card, Form::Specification),
        r#"{"capabilities":{"pushNotifications":false,"streaming":false},"description":"","name":"Example Agent","skills":[]}"#
    );
    assert_eq!(
        text(card, Form::Sdk),
        r#"{"capabilities":{"pushNotifications":false,"streaming":false},"name":"Example Agent"}"#
    );

    for (card, sdk, specification) in [
        (
            r#"{"signatures":[{}],"name":"p","iconUrl":"","documentation_url":"d","x":{"a":null}}"#,
            r#"{"documentationUrl":"d","name":"p"}"#,
            r#"{"documentationUrl":"d","iconUrl":"","name":"p","x":{"a":null}}"#,
        ),
        (
            r#"{"capabilities":{"extensions":[{"uri":"u","required":false,"params":{"n":null,"e":"","f":false,"l":[[],{}],"z":-0.0}}]}}"#,
            r#"{"capabilities":{"extensions":[{"params":{"f":false,"z":0},"uri":"u"}]}}"#,
            r#"{"capabilities":{"extensions":[{"params":{"e":"","f":false,"l":[[],{}],"n":null,"z":0},"uri":"u"}]}}"#,
        ),
        (
            r#"{"securityRequirements":[{"schemes":{"k":{"list":[]}}}],"name":null,"skills":[{"id":"a","signatures":1}]}"#,
            r#"{"skills":[{"id":"a"}]}"#,
            r#"{"securityRequirements":[{"schemes":{"k":{}}}],"skills":[{"id":"a","signatures":1}]}"#,
        ),
        ("{}", "{}", "{}"),
    ] {
        assert_eq!(text(card, Form::Sdk), sdk, "{card}");
        assert_eq!(text(card, Form::Specification), specification, "{card}");
    }
}

/// Fault A03: canonicalisation: what two parsers could read differently has no form.
#[test]
fn refuses_what_has_no_one_meaning() {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200));
    for card in [
        r#"{"name":"a","name":"b"}"#,
        r#"{"name":"a","name":null}"#,
        r#"{"name":"a","n\u0061me":"b"}"#,
        r#"{"iconUrl":"a","icon_url":"b"}"#,
        r#"{"capabilities":{"extensions":[{"params":{"a":"","a":""}}]}}"#,
        r#"{"name":"\ud800"}"#,
        r#"{"name":1}"#,
        r#"{"skills":[null]}"#,
        r#"{"capabilities":{"streaming":"yes"}}"#,
        r#"{"capabilities":{"extensions":[{"params":{"a":1e400}}]}}"#,
        "[]",
        "<html>",
        &deep,
    ] {
        assert!(canonical(card.as_bytes()).is_err(), "{card:.60}");
    }
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(1024 * 1024));
    assert!(
        canonical(long.as_bytes())
            .unwrap_err()
            .to_string()
            .contains("1 MiB")
    );
}

#[test]
fn what_is_nested_as_deep_as_json_may_be_has_a_form() {
    let params = format!("{}1{}", "[".repeat(123), "]".repeat(123));
    let card = format!(r#"{{"capabilities":{{"extensions":[{{"params":{{"a":{params}}}}}]}}}}"#);
    assert_eq!(text(&card, Form::Sdk), card);
    let deeper = card.replace("[1]", "[[1]]");
    assert!(canonical(deeper.as_bytes()).is_err());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map("\\PC{0,4}", inner, 0..5)
                .prop_map(|map| Value::from(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn spelled(value: &Value, turn: &mut u32, out: &mut String) {
    *turn = turn.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    let space = ["", " ", "\n\t"][(*turn >> 16) as usize % 3];
    match value {
        Value::Object(map) => {
            let mut names: Vec<_> = map.keys().collect();
            let start = (*turn >> 8) as usize % names.len().max(1);
            names.rotate_left(start);
            let mut first = true;
            out.push('{');
            for name in names {
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                out.push_str(space);
                string(name, *turn, out);
                out.push(':');
                spelled(&map[name], turn, out);
            }
            out.push('}');
        }
        Value::Array(list) => {
            out.push('[');
            for (at, one) in list.iter().enumerate() {
                out.push_str(if at == 0 { space } else { "," });
                spelled(one, turn, out);
            }
            out.push(']');
        }
        Value::String(text) => string(text, *turn, out),
        other => out.push_str(&other.to_string()),
    }
    out.push_str(space);
}

fn string(text: &str, turn: u32, out: &mut String) {
    if turn & 1 == 0 {
        return out.push_str(&serde_json::to_string(text).unwrap());
    }
    out.push('"');
    for unit in text.encode_utf16() {
        out.push_str(&format!("\\u{unit:04x}"));
    }
    out.push('"');
}

proptest! {
    /// Fault A03: canonicalisation: order, white space and escapes of the card change nothing.
    #[test]
    fn one_card_has_one_form(params in any_json(), name in "\\PC{0,8}", turns in any::<(u32, u32)>()) {
        let params = serde_json::json!({ "p": params, "s": [{}, "", null] });
        let card = serde_json::json!({
            "name": name, "version": "1", "other": params,
            "capabilities": {"streaming": true, "extensions": [{"uri": "u", "params": params}]},
            "skills": [{"id": name, "tags": []}, {"id": "b", "examples": ["", name]}],
        });
        let spell = |mut turn| {
            let mut text = String::new();
            spelled(&card, &mut turn, &mut text);
            text
        };
        let (one, other) = (spell(turns.0), spell(turns.1));
        for form in [Form::Sdk, Form::Specification] {
            let written = text(&one, form);
            prop_assert_eq!(&written, &text(&other, form));
            prop_assert_eq!(&written, &text(&written, form), "once more changes nothing");
        }
    }
}
