use http::{HeaderValue, Request, StatusCode, request};

use super::*;

mod json;
mod known;
mod network;

fn names() -> Vocabulary {
    Vocabulary::request().with_response()
}

fn head() -> request::Parts {
    let request = Request::post("/v1/chat?key=secret")
        .header("host", "models.example.com:8080")
        .header("x-team", "blue")
        .header("authorization", "Bearer sk-secret")
        .body(())
        .unwrap();
    request.into_parts().0
}

fn value(text: &str) -> Result<Option<Scalar>, EvaluationError> {
    let head = head();
    let facts = Facts::request(&head).response(StatusCode::BAD_GATEWAY);
    Expression::compile(text, &names())
        .unwrap()
        .evaluate_value(&facts)
}

fn text(text: &str) -> Scalar {
    Scalar::Text(text.to_owned())
}

#[test]
fn reads_the_exchange() {
    for (expression, expected) in [
        ("request.method", text("POST")),
        ("request.path", text("/v1/chat")),
        ("request.uri", text("/v1/chat")),
        ("request.host", text("models.example.com")),
        ("request.scheme", text("http")),
        ("request.version", text("HTTP/1.1")),
        ("request.headers[\"X-Team\"]", text("blue")),
        ("request.headers['x-team'] + '!'", text("blue!")),
        ("response.code", Scalar::Int(502)),
        (
            "response.code >= 500 && request.method == \"POST\"",
            Scalar::Bool(true),
        ),
        ("has(request.headers.accept)", Scalar::Bool(false)),
        ("'x-team' in request.headers", Scalar::Bool(true)),
        (
            "request.path.startsWith(\"/v1/\") ? 0.5 : 0.0",
            Scalar::Double(0.5),
        ),
        ("[1, 2].map(n, n * 2)", text("[2,4]")),
        ("{'b': [1], 'a': true}", text(r#"{"a":true,"b":[1]}"#)),
    ] {
        assert_eq!(value(expression), Ok(Some(expected)), "{expression}");
    }
    assert_eq!(value("null"), Ok(None));
}

#[test]
fn a_header_that_is_there_has_a_value() {
    for (name, values, expected) in [
        ("x-app", vec!["a", "b"], "a, b"),
        ("x-app", vec![""], ""),
        ("x-app", vec!["é"], "é"),
        ("cookie", vec!["a=1", "b=2"], "a=1; b=2"),
    ] {
        let mut head = head();
        for value in values {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            head.headers.append(name, value);
        }
        let expression = format!("request.headers['{name}']");
        let expression = Expression::compile(&expression, &names()).unwrap();
        let facts = Facts::request(&head).reveal_credentials();
        let found = expression.evaluate_value(&facts);
        assert_eq!(found, Ok(Some(text(expected))), "{name}");
    }
}

#[test]
fn constants_are_folded() {
    let told = |text| {
        Expression::compile(text, &names())
            .unwrap()
            .constant()
            .cloned()
    };
    assert_eq!(told("true"), Some(Scalar::Bool(true)));
    assert_eq!(told("\"dev\""), Some(text("dev")));
    assert_eq!(told("1.0 / 4.0"), Some(Scalar::Double(0.25)));
    assert_eq!(told("request.method"), None);
}

#[test]
fn credentials_are_shown_to_decisions_alone() {
    let expression = Expression::compile("request.headers['Authorization']", &names()).unwrap();
    let head = head();
    let facts = Facts::request(&head);
    assert_eq!(
        expression.evaluate_value(&facts),
        Ok(Some(text("[redacted]")))
    );
    let open = facts.reveal_credentials();
    assert_eq!(
        expression.evaluate_value(&open),
        Ok(Some(text("Bearer sk-secret")))
    );
}

#[test]
fn what_is_absent_is_told_apart() {
    assert!(value("request.headers['x-none']").unwrap_err().is_missing());
    let head = head();
    let code = Expression::compile("response.code", &names()).unwrap();
    let error = code.evaluate_value(&Facts::request(&head)).unwrap_err();
    assert!(error.is_missing(), "{error}");
    let address = Expression::compile("source.address", &names()).unwrap();
    assert!(
        address
            .evaluate_value(&Facts::none())
            .unwrap_err()
            .is_missing()
    );
}

#[test]
fn equal_by_text() {
    let compile = |text| Expression::compile(text, &names()).unwrap();
    assert_eq!(compile("true"), compile("true"));
    assert_ne!(compile("true"), compile("true "));
}

/// The whole message.
fn refused(text: &str) -> String {
    Expression::compile(text, &names()).unwrap_err().to_string()
}

/// Fault C14: an expression with a fault of syntax, an unknown variable or function, or one that is not given here is refused when it is read, with its line and column.
#[test]
fn a_fault_is_refused_where_it_stands() {
    for (text, expected) in [
        (
            "1 +",
            "line 1, column 4: mismatched input 'the end of the expression'; expected a value",
        ),
        ("1 @ 2", "line 1, column 3: "),
        ("\"abc", "line 1, column 1: "),
        ("", "line 1, column 1: the expression is empty"),
        (
            "request.header['x']",
            "column 1: the variable \"request.header\" is not known; expected \"request.headers\"",
        ),
        (
            "true &&\n  request.foo == 1",
            "line 2, column 3: the variable \"request.foo\"",
        ),
        ("request", "expected one of request.method"),
        (
            "request.method.x",
            "the variable \"request.method.x\" is not known",
        ),
        (
            "jwt.sub == 'a'",
            "column 1: \"jwt.sub\" is known, but nothing gives it here",
        ),
        (
            "env[\"HOME\"]",
            "column 1: \"env\" is known, but nothing gives it here",
        ),
        (
            "request.path.startsWiht('/')",
            "the function \"startsWiht\" is not known here; expected \"startsWith\"",
        ),
        (
            "request.path.matches('a')",
            "the function \"matches\" is not known here",
        ),
        (
            "request.headers.all(h, true)",
            "this cannot be gone through",
        ),
        (
            "[1].all(x, y)",
            "column 12: the variable \"y\" is not known",
        ),
        ("Foo{a: 1}", "messages are not known here"),
        ("1 / 0", "division by zero"),
        ("1 + \"a\"", "+ cannot take int and string"),
    ] {
        let told = refused(text);
        assert!(told.contains(expected), "{text:?}: {told}");
    }
}

/// Fault C14: an expression whose value cannot be a truth, or no share from 0 to 1, is refused when it is read.
#[test]
fn the_type_of_the_value_is_seen() {
    for text in [
        "\"yes\"",
        "1",
        "request.path",
        "response.code",
        "[true]",
        "size(request.path)",
        "null",
    ] {
        let told = Expression::compile_bool(text, &names())
            .unwrap_err()
            .to_string();
        assert!(told.contains("expected a bool"), "{text:?}: {told}");
    }
    for text in [
        "true",
        "request.method == 'GET'",
        "has(request.headers.a)",
        "[1].all(x, x > 0)",
    ] {
        assert!(Expression::compile_bool(text, &names()).is_ok(), "{text}");
    }
    for text in [
        "1.5",
        "-0.1",
        "2",
        "\"0.5\"",
        "request.path",
        "0.0 / 0.0",
        "null",
    ] {
        let told = Expression::compile_ratio(text, &names())
            .unwrap_err()
            .to_string();
        assert!(told.contains("from 0.0 to 1.0"), "{text:?}: {told}");
    }
    for text in [
        "true",
        "0.5",
        "1",
        "request.method == 'GET'",
        "request.path == '/' ? 1.0 : 0.1",
    ] {
        assert!(Expression::compile_ratio(text, &names()).is_ok(), "{text}");
    }
}

/// Fault C14: an expression that is huge, nests without end or multiplies its work is refused by bounds that are looked at first, in little time.
#[test]
fn what_could_cost_too_much_is_refused() {
    let begun = tokio::time::Instant::now();
    let nested = |depth: usize| {
        let mut text = "true".to_owned();
        for _ in 0..depth {
            text = format!("[1,2,3,4,5,6,7,8,9,10].all(x, {text})");
        }
        text
    };
    assert!(Expression::compile(&nested(2), &names()).is_ok());
    let doubled = format!(
        "['{}']{}",
        "a".repeat(64),
        ".map(x, x + x + x + x)".repeat(12)
    );
    let list = format!("[{}].all(x, x > 0)", vec!["1"; 5_000].join(","));
    assert!(
        Expression::compile(&list, &names()).is_err(),
        "too many steps"
    );
    for (text, expected) in [
        (nested(7), "too many steps"),
        (nested(40), "nest too deep"),
        (doubled, "too large a value"),
        (format!("\"{}\"", "a".repeat(1 << 20)), "too long"),
        ("(".repeat(10_000), "nest too deep"),
        ("-".repeat(10_000), "too many operators"),
        ("!".repeat(10_000), "too many operators"),
        ("1+".repeat(8_000), "too many operators"),
        (
            format!("true{}", " ? true : true".repeat(1_000)),
            "too many operators",
        ),
        (
            format!("request{}", ".a".repeat(8_000)),
            "too many operators",
        ),
        (
            format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000)),
            "nest too deep",
        ),
    ] {
        let told = refused(&text);
        assert!(told.contains(expected), "{}...: {told}", &text[..20]);
    }
    // Seconds would mean that something is worked out that a bound should have cut.
    assert!(begun.elapsed() < std::time::Duration::from_secs(20));
}

/// Fault C14: an expression at its bounds is parsed, evaluated and dropped on a small stack.
#[test]
fn the_bounds_keep_the_stack() {
    let deep = |open: &str, close: &str, times: usize| {
        format!("{}true{}", open.repeat(times), close.repeat(times))
    };
    let texts = [
        format!("1{}", "+1".repeat(250)),
        format!("request.path{}", "+request.path".repeat(22)),
        format!("true{}", " && true".repeat(120)),
        format!("true{}", " ? true : true".repeat(120)),
        deep("(", ")", 32),
        deep("!(", ")", 32),
        deep("[", "]", 32),
        deep("[1].all(x, ", ")", 15),
        "-".repeat(250) + "1",
        "1 == ".repeat(120) + "1",
        format!("[1]{}", "[0]".repeat(120)),
    ];
    // Three quarters of what a runtime gives its threads.
    let small = std::thread::Builder::new().stack_size(1536 * 1024);
    let thread = small.spawn(move || {
        for text in &texts {
            if let Ok(expression) = Expression::compile(text, &names()) {
                let head = head();
                let _ = expression.evaluate_value(&Facts::request(&head));
            }
        }
    });
    thread.unwrap().join().unwrap();
}

/// Fault C14: a fault at run time is an error of the evaluation, with no word of a value in it, and never a panic.
#[test]
fn a_fault_at_run_time_is_told() {
    for (text, expected) in [
        ("int(request.headers['x-team']) > 1", "int failed"),
        ("size(request.path) / 0", "division by zero"),
        ("request.headers['x-team'] + 1", "the operands do not fit"),
        ("request.headers['x-team'] > 1", "no matching overload"),
        ("request.headers[1]", "no matching overload"),
        ("[1][size(request.path)]", "the operands do not fit"),
        ("9223372036854775807 + size(request.path)", "out of range"),
    ] {
        let told = value(text).unwrap_err().to_string();
        assert!(told.contains(expected), "{text}: {told}");
        assert!(!told.contains("blue") && !told.contains("chat"), "{told}");
    }
    let ratio = Expression::compile_ratio("size(request.path)", &names()).unwrap();
    let head = head();
    let error = ratio.evaluate_ratio(&Facts::request(&head)).unwrap_err();
    assert!(error.to_string().contains("a int where"), "{error}");
}

proptest::proptest! {
    /// Fault C14: no text makes the reader panic.
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z0-9.\"'()\\[\\]{}+*/<>=!&|?:, \n\\\\-]{0,60}") {
        let head = head();
        if let Ok(expression) = Expression::compile(&text, &names()) {
            let _ = expression.evaluate_value(&Facts::request(&head));
        }
    }
}

#[test]
fn types_that_never_go_together_are_refused() {
    let told = |text| {
        Expression::compile(text, &names())
            .map(drop)
            .map_err(|error| error.message)
    };
    for (expression, expected) in [
        ("request.method + 1", "+ cannot take string and int"),
        ("source.port - 'a'", "- cannot take int and string"),
        ("request.path > 5", "> cannot take string and int"),
        ("request.method && true", "&& cannot take string and bool"),
        ("!response.code", "! cannot take int"),
        (
            "request.path == '/' || 1 + 'a' == 2",
            "+ cannot take int and string",
        ),
    ] {
        assert_eq!(told(expression), Err(expected.to_owned()), "{expression}");
    }
    for fine in [
        "request.method + string(source.port)",
        "response.code + 1 > 2.5",
        "request.headers['a'] + 'b'",
        "[1] + [2]",
        "[1, 2].exists(n, n + 1 > 2 && request.path < 'b')",
        "b'a' + b'b'",
        "(source.port + 1) * 2 > 5",
    ] {
        assert_eq!(told(fine), Ok(()), "{fine}");
    }
}

#[test]
fn types_are_told_as_cel_names_them() {
    for (expression, kind) in [
        ("[]", "list"),
        ("{}", "map"),
        ("b\"x\"", "bytes"),
        ("1u", "uint"),
        ("'a'", "string"),
        ("null", "null"),
    ] {
        let error = Expression::compile_bool(expression, &names()).unwrap_err();
        assert_eq!(
            error.message,
            format!("the value is of type {kind}"),
            "{expression}"
        );
    }
    let error = Expression::compile_ratio("[]", &names()).unwrap_err();
    assert!(error.message.contains("of type list"), "{error}");
}
