use std::ops::Range;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, value::RawValue};

use super::*;
use crate::{Error, ErrorKind};

fn raw(json: &str) -> Raw<'_> {
    Raw::parse(json.as_bytes()).unwrap()
}

fn get<const N: usize>(json: &str, keys: [&str; N]) -> [Option<String>; N] {
    members(json.as_bytes(), keys)
        .unwrap()
        .map(|value| value.map(|value| value.get().to_owned()))
}

fn refuse(json: impl AsRef<[u8]>, keys: [&str; 1]) -> JsonError {
    members(json.as_ref(), keys).unwrap_err()
}

#[test]
fn members_come_in_the_order_of_the_keys() {
    let json = " {\"b\" : [ 1 ] ,\t\"x\":{},\r\n\"a\":null } \n";
    assert_eq!(
        get(json, ["a", "b", "c"]),
        [Some("null".to_owned()), Some("[ 1 ]".to_owned()), None]
    );
    assert_eq!(get("{}", ["a"]), [None]);
    assert_eq!(get("{\"a\":1}", []), [] as [Option<String>; 0]);
}

/// Fault S15: a member twice, also in another spelling of its name: refused where it decides something.
#[test]
fn names_are_compared_decoded() {
    assert_eq!(
        get(r#"{"m\u006fdel":1}"#, ["model"]),
        [Some("1".to_owned())]
    );
    assert_eq!(
        get(r#"{"\u006d\u006F\u0064\u0065\u006c":1}"#, ["model"]),
        [Some("1".to_owned())]
    );
    assert_eq!(get(r#"{"\ud83d\ude00":1}"#, ["😀"]), [Some("1".to_owned())]);
    assert_eq!(get(r#"{"a\b":1}"#, ["a\\b"]), [None]);
    assert_eq!(
        get(r#"{"\ud800":1,"Model":2,"model ":3}"#, ["model"]),
        [None]
    );
}

/// Fault S15: a member twice, also in another spelling of its name: refused where it decides something.
#[test]
fn a_named_member_must_not_repeat() {
    for json in [
        r#"{"model":1,"model":1}"#,
        r#"{"model":1,"x":2,"m\u006fdel":1}"#,
        r#"{"\u006dodel":null,"model":null}"#,
    ] {
        let error = refuse(json, ["model"]);
        assert_eq!(error.kind(), JsonErrorKind::DuplicateKey);
        assert_eq!(error.key(), Some("model"));
    }
    let error = refuse(r#"{"a":1, "a":2}"#, ["a"]);
    assert_eq!(
        error.to_string(),
        "the member \"a\" occurs a second time at byte 8; send it once"
    );
}

/// Fault S15: a member twice, also in another spelling of its name: refused where it decides something.
#[test]
fn a_sole_member_has_none_like_it() {
    for (json, at) in [
        (r#"{"model":1,"Model":2}"#, 11),
        (r#"{"MODEL":2,"model":1}"#, 1),
        (r#"{"x":1,"model\u0000":2}"#, 7),
    ] {
        assert!(members(json.as_bytes(), ["model"]).is_ok());
        for error in [
            sole_members(json.as_bytes(), ["model"]).unwrap_err(),
            sole_members_of(raw(json), ["model"]).unwrap_err(),
            sole_members_and_others(raw(json), ["model"], ["x"]).unwrap_err(),
        ] {
            assert_eq!(error.kind(), JsonErrorKind::DuplicateKey);
            assert_eq!(error.key(), Some("model"));
            let start = format!("the name at byte {at} is \"model\" to some readers");
            assert!(error.to_string().starts_with(&start), "{error}");
        }
    }
    let json = br#"{"id":1,"Id":2,"x":3,"models":4}"#;
    assert!(sole_members(json, ["id", "Id", "model"]).is_ok());
    let error = sole_members(br#"{"a":1,"a":2}"#, ["a"]).unwrap_err();
    assert!(error.to_string().contains("second time"));
    // Beside them others are found, which may have some like them, and none twice.
    let json = raw(r#"{"other":1,"Other":2,"id":3}"#);
    let ([id, none], [other]) = sole_members_and_others(json, ["id", "b"], ["other"]).unwrap();
    assert_eq!(
        (id.unwrap().get(), none, other.unwrap().get()),
        ("3", None, "1")
    );
    let twice = raw(r#"{"other":1,"other":2}"#);
    assert!(sole_members_and_others(twice, ["id"], ["other"]).is_err());
}

#[test]
fn what_is_not_named_may_repeat() {
    let json = r#"{"x":1,"x":2,"a":{"a":1,"a":2}}"#;
    assert_eq!(get(json, ["a"]), [Some(r#"{"a":1,"a":2}"#.to_owned())]);
    let inner = members(json.as_bytes(), ["a"]).unwrap()[0].unwrap();
    let error = members_of(inner, ["a"]).unwrap_err();
    assert_eq!(error.kind(), JsonErrorKind::DuplicateKey);
}

/// Fault S16: numbers of any size and spelling: kept as they were written.
#[test]
fn values_keep_their_spelling() {
    for value in [
        "-0",
        "1e400",
        "-1E-999",
        "1234567890123456789012345678901234567890",
        "9007199254740993",
        r#""\ud800""#,
        r#""\u0000\/""#,
    ] {
        assert_eq!(
            get(&format!("{{\"a\":{value}}}"), ["a"]),
            [Some(value.to_owned())]
        );
    }
}

/// Fault S17: overlong UTF-8, halves of characters and bare control characters are no JSON.
#[test]
fn refuses_what_is_not_one_json_text() {
    for json in [
        &b""[..],
        b" ",
        b"{",
        b"{\"a\":1",
        b"{\"a\":1}x",
        b"{\"a\":1}{}",
        b"{\"a\":1,}",
        b"{\"a\" 1}",
        b"{a:1}",
        b"{'a':1}",
        b"{\"a\":01}",
        b"{\"a\":+1}",
        b"{\"a\":NaN}",
        b"{\"a\":\"\x01\"}",
        b"{\"a\":\"\\x\"}",
        b"{\"a\":\"\\u12\"}",
        b"{\"a\":\"\xff\"}",
        b"{\"a\":\"\xc0\xaf\"}",
        b"{\"\xed\xa0\x80\":1}",
        b"\xEF\xBB\xBF{}",
        b"nope",
        b"[1,2",
        b"\x00",
    ] {
        assert_eq!(
            refuse(json, ["a"]).kind(),
            JsonErrorKind::Syntax,
            "{json:?}"
        );
    }
}

#[test]
fn says_where_and_what_would_be_right() {
    assert_eq!(
        refuse("{\"a\":\n 1 2}", ["a"]).to_string(),
        "not JSON at line 2, column 4: expected `,` or `}`"
    );
    assert_eq!(
        refuse(b"\xEF\xBB\xBF{}", ["a"]).to_string(),
        "the JSON starts with a byte order mark; send UTF-8 without one"
    );
    assert_eq!(
        refuse(b"{\"a\":\"\xff\"}", ["a"]).to_string(),
        "the JSON is not UTF-8 at byte 6; send UTF-8"
    );
    assert_eq!(
        refuse("[".repeat(129), ["a"]).to_string(),
        "the JSON is nested deeper than 128 levels at byte 128; send a flatter one"
    );
    let error = Error::from(refuse("\"secret\"", ["a"]));
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(error.message(), "expected an object, found a string");
}

#[test]
fn tells_the_type_that_was_found() {
    for (json, found) in [
        ("[1]", JsonType::Array),
        ("\"{}\"", JsonType::String),
        (" -1", JsonType::Number),
        ("true", JsonType::Boolean),
        ("null", JsonType::Null),
    ] {
        let error = refuse(json, ["a"]);
        assert_eq!(
            (error.kind(), error.found()),
            (JsonErrorKind::WrongType, Some(found))
        );
        assert!(members_of(raw(json), ["a"]).is_err());
        assert!(entries(raw(json), |_, _| ()).is_err());
    }
    assert!(elements(raw("{}"), |_| ()).is_err());
}

/// Fault S14: JSON nested to the limit, over it, and a million deep: refused before it is parsed.
#[test]
fn nesting_is_bounded_before_anything_is_parsed() {
    for levels in [1, 126, 127] {
        let json = format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(members(json.as_bytes(), ["a"]).is_ok(), "{levels}");
    }
    for levels in [128, 10_000, 1_000_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[", ""), ("{\"a\":", "")] {
            let json = format!("{{\"a\":{}{}}}", open.repeat(levels), close.repeat(levels));
            assert_eq!(
                refuse(&json, ["a"]).kind(),
                JsonErrorKind::TooDeep,
                "{levels}"
            );
        }
    }
}

/// Fault S18: 200,000 members, a name of 1 MiB and 100,000 elements are walked once; no table of names is kept that could collide.
#[test]
fn large_objects_are_walked_once() {
    let mut json = "{".to_owned();
    for n in 0..200_000 {
        json.push_str(&format!("\"key{n}\":{n},"));
    }
    json.push_str(&format!(
        "\"{}\":1,\"\\u0061{}\":2,\"a\":3}}",
        "k".repeat(1 << 20),
        "k".repeat(1 << 20)
    ));
    assert_eq!(get(&json, ["a"]), [Some("3".to_owned())]);
    let array = format!("[{}0]", "0,".repeat(100_000));
    let mut count = 0;
    elements(raw(&array), |_| count += 1).unwrap();
    assert_eq!(count, 100_001);
}

#[test]
fn visits_entries_and_elements_in_order() {
    let mut seen = Vec::new();
    entries(raw(r#"{"b":1,"\u0061":[2],"b":3}"#), |name, value| {
        seen.push(format!("{name}={}", value.get()));
    })
    .unwrap();
    assert_eq!(seen, ["b=1", "a=[2]", "b=3"]);

    let mut seen = Vec::new();
    elements(raw(r#"[1, "x" ,{}]"#), |value| seen.push(value.get())).unwrap();
    assert_eq!(seen, ["1", "\"x\"", "{}"]);

    let error = entries(raw(r#"{"\udc00":1}"#), |_, _| ()).unwrap_err();
    assert_eq!(error.kind(), JsonErrorKind::Syntax);
    assert!(error.to_string().contains("at byte 1 "));
}

// === properties ===

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|n| Value::from(f64::from(n) / 8.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            any_object(inner).prop_map(Value::from),
        ]
    })
}

fn any_object(
    value: impl Strategy<Value = Value>,
) -> impl Strategy<Value = serde_json::Map<String, Value>> {
    prop::collection::btree_map("[a-d\"\\\\é\\n]{0,2}", value, 0..6)
        .prop_map(|map| map.into_iter().collect())
}

/// Disjoint ranges of a text of `len` bytes, from cut points.
fn ranges(len: usize, cuts: &[prop::sample::Index]) -> Vec<Range<usize>> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(len + 1)).collect();
    cuts.sort_unstable();
    cuts.dedup();
    cuts.chunks_exact(2).map(|pair| pair[0]..pair[1]).collect()
}

proptest! {
    #[test]
    fn members_agree_with_a_tree(object in any_object(any_json()), pretty: bool) {
        let keys = ["a", "b", "cd", "\"", "\\", "é\n", ""];
        let value = Value::Object(object);
        let text = if pretty { format!("{value:#}") } else { value.to_string() };
        let found = members(text.as_bytes(), keys).unwrap();
        for (key, found) in keys.iter().zip(found) {
            let found = found.map(|raw| serde_json::from_str::<Value>(raw.get()).unwrap());
            prop_assert_eq!(found.as_ref(), value.get(*key));
        }
    }

    #[test]
    fn entries_agree_with_a_tree(object in any_object(any_json())) {
        let text = Value::Object(object.clone()).to_string();
        let mut seen = serde_json::Map::new();
        entries(raw(&text), |name, value| {
            seen.insert(name.to_owned(), serde_json::from_str(value.get()).unwrap());
        }).unwrap();
        prop_assert_eq!(seen, object);
    }

    /// Fault S15: a member twice, also in another spelling of its name: refused where it decides something.
    #[test]
    fn a_repeated_name_is_found_wherever_it_stands(
        mut names in prop::collection::vec("[b-d]{1,3}", 0..6),
        first: prop::sample::Index,
        second: prop::sample::Index,
        escaped: bool,
    ) {
        names.insert(first.index(names.len() + 1), "a".to_owned());
        names.insert(second.index(names.len() + 1), if escaped { "\\u0061" } else { "a" }.to_owned());
        let text: Vec<String> = names.iter().map(|name| format!("\"{name}\":{{\"a\":0}}")).collect();
        let error = refuse(format!("{{{}}}", text.join(",")), ["a"]);
        prop_assert_eq!(error.key(), Some("a"));
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = members(&bytes, ["a"]);
        let _ = check_depth(&bytes, 3);
    }

    /// Fault S17: half a surrogate pair, control characters: no string, and no fault.
    #[test]
    fn any_json_like_text_is_judged_as_the_parser_judges_it(text in "[\\[\\]{}:,\"\\\\a01e. -]{0,24}") {
        let judged = serde_json::from_str::<&RawValue>(&text);
        match members(text.as_bytes(), ["none"]) {
            Ok(_) => prop_assert!(judged.is_ok()),
            Err(error) if error.kind() == JsonErrorKind::WrongType => prop_assert!(judged.is_ok()),
            Err(_) => prop_assert!(judged.is_err()),
        }
    }

    /// One byte decides whether a text is JSON: here it is another one, one more, or one less.
    #[test]
    fn a_text_with_a_slip_is_judged_as_the_parser_judges_it(
        value in any_json(),
        pretty: bool,
        at: prop::sample::Index,
        slip in "[\\[\\]{}:,\"\\\\a01eE.+ \n\t\u{0}\u{1f}é-]?",
        left_out in 0_usize..3,
    ) {
        let mut text = if pretty { format!("{value:#}") } else { value.to_string() }.into_bytes();
        let at = at.index(text.len() + 1);
        text.splice(at..(at + left_out).min(text.len()), slip.bytes());
        let judged = serde_json::from_slice::<&RawValue>(&text);
        let read = Raw::parse(&text);
        prop_assert_eq!(judged.is_ok(), read.is_ok());
        if let (Ok(judged), Ok(read)) = (judged, read) {
            prop_assert_eq!(judged.get(), read.get());
        }
    }

    /// Fault S19 (part): an edit of one member: all other bytes stay.
    #[test]
    fn splicing_is_editing_a_string(
        text in "[a-z]{0,40}",
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
        with in prop::collection::vec("[A-Z]{0,4}", 5),
        backwards: bool,
    ) {
        let body = Bytes::from(text.clone());
        let mut edits: Vec<_> = ranges(text.len(), &cuts).into_iter().zip(with).collect();
        let mut naive = text;
        for (range, with) in edits.iter().rev() {
            naive.replace_range(range.clone(), with);
        }
        if backwards {
            edits.reverse();
        }
        let splice = edits.into_iter().fold(Splice::new(body.clone()), |splice, (range, with)| {
            splice.replace(range, with)
        });
        let pieces = splice.finish().unwrap();
        prop_assert_eq!(pieces.len(), naive.len());
        let memory = body.as_ptr_range();
        for piece in &pieces {
            prop_assert!(!piece.is_empty());
            let lower = piece.iter().all(u8::is_ascii_lowercase);
            prop_assert_eq!(lower, memory.contains(&piece.as_ptr()));
        }
        prop_assert_eq!(pieces.into_bytes(), naive);
    }

    #[test]
    fn an_added_member_is_there(object in any_object(any_json()), key: String, text: String) {
        prop_assume!(!object.contains_key(&key));
        let json = Value::Object(object.clone()).to_string();
        let pieces = Splice::new(Bytes::from(json.clone()))
            .add_member(0..json.len(), &key, quote(&text))
            .finish()
            .unwrap();
        let mut expected = object;
        expected.insert(key, Value::from(text));
        let edited: Value = serde_json::from_slice(&pieces.into_bytes()).unwrap();
        prop_assert_eq!(edited, Value::Object(expected));
    }

    #[test]
    fn quoted_text_reads_back(text: String) {
        let quoted = quote(&text);
        let decoded = string(raw(&quoted));
        prop_assert_eq!(decoded.as_deref(), Some(text.as_str()));
    }
}
