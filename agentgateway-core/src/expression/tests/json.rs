use http::Request;

use super::*;

/// What an expression makes of this body.
fn of(body: &str, text: &str) -> Result<Option<Scalar>, EvaluationError> {
    let head = Request::get("/").body(()).unwrap().into_parts().0;
    let names = Vocabulary::request().with_request_body();
    let expression = Expression::compile(text, &names).unwrap();
    assert!(expression.needs_request_body());
    let facts = Facts::request(&head).request_body(body.as_bytes());
    expression.evaluate_value(&facts)
}

#[test]
fn a_body_is_asked_for_its_fields() {
    let body = r#"{"model": "m", "n": 1, "big": 18446744073709551615, "share": 0.5, "stream": true, "stop": null,
        "messages": [{"role": "user", "content": "tell me"}]}"#;
    for (expression, expected) in [
        ("json(request.body).model", text("m")),
        ("json(request.body).n == 1", Scalar::Bool(true)),
        (
            "json(request.body).big == 18446744073709551615u",
            Scalar::Bool(true),
        ),
        ("json(request.body).share", Scalar::Double(0.5)),
        ("json(request.body).stream", Scalar::Bool(true)),
        ("json(request.body).stop == null", Scalar::Bool(true)),
        ("has(json(request.body).temperature)", Scalar::Bool(false)),
        ("json(request.body)['model']", text("m")),
        ("json(request.body).messages[0].role", text("user")),
        (
            "json(request.body).messages.exists(it, it.content.contains('tell'))",
            Scalar::Bool(true),
        ),
        ("size(json(request.body).messages)", Scalar::Int(1)),
    ] {
        assert_eq!(of(body, expression), Ok(Some(expected)), "{expression}");
    }
}

#[test]
fn a_text_that_is_no_json_or_too_much_of_it_has_no_value() {
    let many = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let wide = |lists: usize| {
        format!(
            "[{}{}]",
            format!("{},", many(500)).repeat(lists - 1),
            many(500)
        )
    };
    let names = |count: usize| {
        let fields: Vec<_> = (0..count).map(|at| format!("\"{at}\":0")).collect();
        format!("{{{}}}", fields.join(","))
    };
    for (body, is_read) in [
        (many(512), true),
        (many(513), false),
        (names(512), true),
        (names(513), false),
        (deep(16), true),
        (deep(17), false),
        (deep(100_000), false),
        (wide(32), true),
        (wide(33), false),
        ("{\"secret\": ".to_owned(), false),
        ("1 2".to_owned(), false),
        (r#"{"a": {"b": 1, "\u0062": 2}}"#.to_owned(), false),
        (String::new(), false),
    ] {
        let found = of(&body, "size(json(request.body))");
        assert_eq!(found.is_ok(), is_read, "{found:?}");
        if let Err(error) = found {
            assert!(
                !error.is_missing() && !error.to_string().contains("secret"),
                "{error}"
            );
        }
    }
    // A number has no size, but it is one.
    assert_eq!(
        of("7", "json(request.body) == 7"),
        Ok(Some(Scalar::Bool(true)))
    );
}

#[test]
fn reading_texts_over_and_over_is_refused() {
    let names = Vocabulary::request().with_request_body();
    let models: Vec<_> = (0..12).map(|at| format!("'m{at}'")).collect();
    let list = format!("[{}]", models.join(","));
    for rounds in [
        "json(request.body).a.all(it, json(request.body).b == it)".to_owned(),
        format!("{list}.exists(it, json(request.body).model == it)"),
    ] {
        let error = Expression::compile(&rounds, &names).unwrap_err();
        assert!(error.to_string().contains("too many steps"), "{error}");
    }
    let once = format!("json(request.body).model in {list}");
    assert!(Expression::compile(&once, &names).is_ok());
}
