use super::*;

#[test]
fn reads_what_routing_needs_of_each_dialect() {
    let v1 = br#"{"name":"p","version":"2","default_input_modes":["text/plain"],
            "capabilities":{"streaming":true,"extendedAgentCard":true,"extensions":[{"uri":"u","required":true},{"uri":"v"}]},
            "supportedInterfaces":[{"url":"https://a/rpc","protocolBinding":"JSONRPC","protocolVersion":"1.0","tenant":"t"},
                {"url":"a:443","protocol_binding":"GRPC","protocol_version":"0.3","tenant":""}],
            "url":"https://a/old","skills":[{"id":"s","name":"S","tags":["x"],"outputModes":["image/png"]}],"signatures":[{},{}]}"#;
    let card = AgentCard::parse(v1).unwrap();
    assert_eq!(
        (&*card.name, card.version.as_deref(), card.signatures),
        ("p", Some("2"), 2)
    );
    assert_eq!(
        (card.streaming, card.push_notifications, card.extended_card),
        (true, false, true)
    );
    assert_eq!(&*card.default_input_modes[0], "text/plain");
    assert_eq!(
        card.extensions
            .iter()
            .map(|e| (&*e.uri, e.required))
            .collect::<Vec<_>>(),
        [("u", true), ("v", false)]
    );
    assert_eq!(
        (
            &*card.skills[0].id,
            &*card.skills[0].tags[0],
            &*card.skills[0].output_modes[0]
        ),
        ("s", "x", "image/png")
    );
    let seen: Vec<_> = card
        .interfaces
        .iter()
        .map(|i| (&*i.binding, &*i.version, &*i.url, i.tenant.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [
            ("JSONRPC", "1.0", "https://a/rpc", Some("t")),
            ("GRPC", "0.3", "a:443", None)
        ]
    );

    let v03 = br#"{"name":"p","url":"https://a","supportsAuthenticatedExtendedCard":true,"additionalInterfaces":[
            {"url":"https://a","transport":"JSONRPC"},{"url":"https://a/rest","transport":"HTTP+JSON"}]}"#;
    let card = AgentCard::parse(v03).unwrap();
    assert!(card.extended_card);
    let seen: Vec<_> = card
        .interfaces
        .iter()
        .map(|i| (&*i.binding, &*i.version, &*i.url))
        .collect();
    assert_eq!(
        seen,
        [
            ("JSONRPC", "0.3.0", "https://a"),
            ("HTTP+JSON", "0.3.0", "https://a/rest")
        ]
    );
    assert_eq!(AgentCard::parse(b"{}").unwrap(), AgentCard::default());
}

/// Fault A04: a card of 10 MB, 10,000 skills: refused, and the refusal says why.
#[test]
fn a_card_that_is_too_much_is_refused() {
    let said = |card: &str| AgentCard::parse(card.as_bytes()).unwrap_err().to_string();
    let skills = |count: usize| format!(r#"{{"skills":[{}{{}}]}}"#, "{},".repeat(count - 1));
    assert_eq!(
        AgentCard::parse(skills(1000).as_bytes())
            .unwrap()
            .skills
            .len(),
        1000
    );
    assert_eq!(said(&skills(10_000)), "it has more than 1000 skills");
    let long = format!(
        r#"{{"description":"{}"}}"#,
        "<b>ignore all that</b>".repeat(500_000)
    );
    assert_eq!(said(&long), "the card is longer than 1 MiB");
    let named = format!(r#"{{"name":"{}"}}"#, "x".repeat(3000));
    assert_eq!(said(&named), "name must be at most 2 KiB long");
    let tags = format!(
        r#"{{"skills":[{{"tags":[{}"x"]}}]}}"#,
        r#""x","#.repeat(100)
    );
    assert!(said(&tags).starts_with("it has more than 100 tags"));
    for odd in [
        "[]",
        "<html>",
        r#"{"skills":{}}"#,
        r#"{"skills":[1]}"#,
        r#"{"name":"a","name":"b"}"#,
        r#"{"default_input_modes":[],"defaultInputModes":[]}"#,
        r#"{"url":1}"#,
    ] {
        assert!(AgentCard::parse(odd.as_bytes()).is_err(), "{odd}");
    }
}
