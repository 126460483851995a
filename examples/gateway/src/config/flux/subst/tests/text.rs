//! What the evaluator gives, case by case, and that nothing makes it fall.

use proptest::prelude::*;

use super::super::{SubstituteErrorKind as Kind, Variables, substitute};

fn variables(pairs: &[(&str, &str)]) -> Variables {
    let mut variables = Variables::new();
    for (name, value) in pairs {
        assert!(variables.set(name, value), "{name}");
    }
    variables
}

#[test]
fn gives_what_flux_gives() {
    let set = variables(&[
        ("v", "abcdef"),
        ("path", "/a/b.c.d"),
        ("empty", ""),
        ("word", "grün"),
        ("quote", "\""),
    ]);
    let cases = [
        ("plain", "plain"),
        ("${v}", "abcdef"),
        ("a ${v} b ${v}", "a abcdef b abcdef"),
        ("$v $(v) $", "$v $(v) $"),
        ("$$ $${v} $$v $$$${v} $$${v}", "$ ${v} $v $${v} $abcdef"),
        ("\\${v}", "\\abcdef"),
        ("${none:-d}", "d"),
        ("${empty:=d}${empty=e}", "de"),
        ("${v:+x}${none:+x}${none:?y}", "abcdefxy"),
        ("${none:=a${v:0:1}b${none:-${word}}c}", "aabgrünc"),
        ("${none:-a}b}", "ab}"),
        ("${none:-}", ""),
        ("${none:-$$x}", "$$x"),
        ("${#word}", "5"),
        ("${v:2}${v:2:2}${v: -3}", "cdefcdabcdef"),
        ("${v:9}|${v:0:99}|${v:9:1}", "|abcdef|"),
        ("${v:x}${v:1:x}", "abcdefabcdef"),
        ("${v^}${v^^}${v,}", "AbcdefABCDEFabcdef"),
        ("${word^^}", "GRÜN"),
        ("${v,^}", "abcdef"),
        ("${path#*/}|${path##*/}", "a/b.c.d|b.c.d"),
        ("${path%.*}|${path%%.*}", "/a/b.c|/a/b"),
        ("${path##[}|${path%[a-z]}", "/a/b.c.d|/a/b.c.d"),
        ("${v/c/-}${v/c/}${v//?/-}", "ab-defabdefabcdef"),
        ("${path/\\//-}${path//\\//-}", "-a/b.c.d-a-b.c.d"),
        ("${v/#ab/X}${v/%ef/X}${v/#b/X}", "XcdefabcdXabcdef"),
        ("${v/#ab/}", "abcdef"),
        ("${quote}1${quote}", "\"1\""),
    ];
    for (input, output) in cases {
        assert_eq!(
            substitute(input, &set, true),
            Ok(output.to_owned()),
            "{input}"
        );
    }
}

/// Fault C12: a variable that is not set, or a `${` that nothing closes, is an error that names it.
#[test]
fn tells_what_is_wrong_and_of_which_variable() {
    let set = variables(&[("v", "aé"), ("w", "x")]);
    let cases = [
        ("${none}", Kind::NotSet, "none"),
        ("${#none}", Kind::NotSet, "none"),
        ("${w:-${none}}", Kind::NotSet, "none"),
        ("${v", Kind::Unclosed, "v"),
        ("${v-d}", Kind::Unclosed, "v"),
        ("${a.b}", Kind::Unclosed, "a"),
        ("${}", Kind::Name, ""),
        ("${ v }", Kind::Name, ""),
        ("${", Kind::Name, ""),
        ("${v:-a", Kind::Argument, "v"),
        ("${v#}", Kind::Argument, "v"),
        ("${v:}", Kind::Argument, "v"),
        ("${v/a}", Kind::Operator, "v"),
        ("${v^^^}", Kind::Operator, "v"),
        ("${v:1${w}}", Kind::Operator, "v"),
        ("${v:0:-1}", Kind::NegativeLength, "v"),
        ("${v:0:2}", Kind::SplitCharacter, "v"),
    ];
    for (input, kind, variable) in cases {
        let error = substitute(input, &set, true).unwrap_err();
        assert_eq!(
            (error.kind, error.variable.as_str()),
            (kind, variable),
            "{input}"
        );
    }
    assert_eq!(substitute("${none}", &set, false), Ok(String::new()));
}

#[test]
fn nesting_and_results_are_bounded() {
    let deep = "${v:-".repeat(100_000) + &"}".repeat(100_000);
    let error = substitute(&deep, &Variables::new(), false).unwrap_err();
    assert_eq!(error.kind, Kind::TooDeep);
    let large = variables(&[("v", &"x".repeat(1 << 20))]);
    for text in [
        "${v}".repeat(20),
        "${v//x/${v}}".to_owned(),
        "${w:+${v}}".repeat(40),
    ] {
        let error = substitute(&text, &large, false).unwrap_err();
        assert_eq!(error.kind, Kind::TooLarge);
    }
}

#[test]
fn names_are_checked_and_values_lose_their_line_feeds() {
    let mut set = Variables::new();
    for name in ["", "1a", "a-b", "é", "a b", "a.b"] {
        assert!(!set.set(name, "x"), "{name}");
    }
    assert!(set.set("_a1", "x\ny\n"));
    assert_eq!(set.value("_a1"), Some("xy"));
    assert_eq!(format!("{set:?}"), r#"{"_a1"}"#);
}

/// The cases of the shared data: of Flux's own tests, and derived from its parser.
#[test]
fn passes_the_cases_of_flux() {
    let Some(path) = crate::config::flux::tests::fixture("envsubst_cases.json") else {
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let cases: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(cases.len(), 103);
    for case in &cases {
        let mut set = Variables::new();
        for (name, value) in case["vars"].as_object().unwrap() {
            assert!(set.set(name, value.as_str().unwrap()));
        }
        let input = case["input"].as_str().unwrap();
        let found = substitute(input, &set, case["strict"].as_bool().unwrap());
        match case["error"].as_str() {
            None => assert_eq!(
                found.as_deref(),
                Ok(case["output"].as_str().unwrap()),
                "{input}"
            ),
            Some(error) => {
                let kind = match error {
                    "variable not set (strict mode)" => Kind::NotSet,
                    "missing closing brace" => Kind::Unclosed,
                    "unable to parse variable name" => Kind::Name,
                    _ => Kind::NegativeLength,
                };
                assert_eq!(found.unwrap_err().kind, kind, "{input}: {error}");
            }
        }
    }
}

/// Text that looks like substitutions more often than chance would have it.
fn fuzz() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "${", "}", "$", "$$", ":", "-", "=", "+", "?", "#", "%", "/", "^", ",", "\\", "[", "]",
        "*", "a", "é", "0", "1", "9", " ", "v", "${v", "${v:", "\n", "\"", "'",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_input_makes_it_fall(text in fuzz(), value in "[a-é/.*\\[\\]$]{0,12}", strict: bool) {
        let set = variables(&[("v", &value), ("a", "x")]);
        let _ = substitute(&text, &set, strict);
    }

    #[test]
    fn text_without_dollars_stays(text in "[^$]{0,64}", strict: bool) {
        prop_assert_eq!(substitute(&text, &Variables::new(), strict), Ok(text));
    }

    #[test]
    fn a_doubled_dollar_keeps_any_text(text in "\\PC{0,64}") {
        let doubled = text.replace('$', "$$");
        prop_assert_eq!(substitute(&doubled, &Variables::new(), true), Ok(text));
    }
}
