use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::wire::card::BadCard;

const V0_3: &str = r#"{"protocolVersion":"0.3.0","name":"p","url":"http://10.0.0.5/a","preferredTransport":"GRPC",
 "additionalInterfaces":[{"url":"http://10.0.0.5/b","transport":"HTTP+JSON"},{"url":"ws://10.0.0.5","transport":"urn:x"}],
 "zeta":1.0,"capabilities":{"streaming":true,"pushNotifications":true,"stateTransitionHistory":true,"more":[1e400]},
 "supportsAuthenticatedExtendedCard":true,
 "securitySchemes":{"k":{"type":"apiKey","in":"header","name":"x"},
  "o":{"type":"oauth2","flows":{"implicit":{"scopes":{}},"clientCredentials":{"tokenUrl":"t","scopes":{"s":""}}}},
  "m":{"type":"mutualTLS"},"odd":{"type":"odd"}},
 "security":[{"o":["s"]},{"k":[],"m":[]}],
 "skills":[{"id":"s","security":[{"k":[]}],"tags":[]}, {"id":"t"}],"alpha":{"b":-0,"a":1},"signatures":[{}]}"#;

const V1_0: &str = r#"{"name":"p","supportedInterfaces":[{"url":"http://10.0.0.5","protocolBinding":"JSONRPC","protocolVersion":"1.0"}],
 "capabilities":{"push_notifications":true,"extendedAgentCard":true},
 "securitySchemes":{"k":{"apiKeySecurityScheme":{"location":"query","name":"x","description":"d"}},
  "d":{"oauth2SecurityScheme":{"flows":{"deviceCode":{"tokenUrl":"t","scopes":{}}},"oauth2MetadataUrl":"u"}}},
 "security_requirements":[{"schemes":{"k":{},"d":{"list":["a","b"]}}}],
 "skills":[{"id":"s","securityRequirements":[{"schemes":{"k":{"list":[]}}}]}],"iconUrl":"https://10.0.0.5/i.png",
 "documentationUrl":"https://docs.example.org/p","provider":{"organization":"P","url":"http://p.example.org"}}"#;

fn offer(dialect: CardDialect) -> Offer {
    Offer::new("https://gw.example/p".parse().unwrap())
        .interface(Interface::new("JSONRPC", "1.0").tenant("acme"))
        .interface(Interface::new("GRPC", "1.0"))
        .interface(Interface::new("JSONRPC", "0.3"))
        .interface(Interface::new("HTTP+JSON", "0.3").path("rest"))
        .dialect(dialect)
}

fn projected(card: &str, offer: &Offer) -> (String, Vec<Loss>) {
    let mut losses = Vec::new();
    let card = Bytes::copy_from_slice(card.as_bytes());
    let written = project(&card, offer, |loss| losses.push(loss)).unwrap();
    (String::from_utf8(written.into()).unwrap(), losses)
}

fn value(card: &str, offer: &Offer) -> Value {
    serde_json::from_str(&projected(card, offer).0.replace("1e400", "1")).unwrap()
}

fn supported(with_old: bool) -> Value {
    let mut all = vec![
        json!({"url":"https://gw.example/p","protocolBinding":"JSONRPC","protocolVersion":"1.0","tenant":"acme"}),
        json!({"url":"gw.example:443","protocolBinding":"GRPC","protocolVersion":"1.0"}),
    ];
    if with_old {
        all.push(json!({"url":"https://gw.example/p","protocolBinding":"JSONRPC","protocolVersion":"0.3"}));
        all.push(json!({"url":"https://gw.example/p/rest","protocolBinding":"HTTP+JSON","protocolVersion":"0.3"}));
    }
    Value::from(all)
}

/// Fault A01 (part): a card whose interfaces lead elsewhere: those of the gateway stand there, and no other.
#[test]
fn a_card_of_v0_3_becomes_one_of_v1_0() {
    let found = value(V0_3, &offer(CardDialect::V1_0));
    assert_eq!(
        found,
        json!({
            "name":"p", "zeta":1.0, "alpha":{"b":-0.0,"a":1}, "supportedInterfaces": supported(false),
            "capabilities":{"streaming":true,"pushNotifications":true,"extendedAgentCard":true,"more":[1]},
            "securitySchemes":{"k":{"apiKeySecurityScheme":{"location":"header","name":"x"}},
                "o":{"oauth2SecurityScheme":{"flows":{"clientCredentials":{"tokenUrl":"t","scopes":{"s":""}}}}},
                "m":{"mtlsSecurityScheme":{}}},
            "securityRequirements":[{"schemes":{"o":{"list":["s"]}}},{"schemes":{"k":{"list":[]},"m":{"list":[]}}}],
            "skills":[{"id":"s","securityRequirements":[{"schemes":{"k":{"list":[]}}}],"tags":[]},{"id":"t"}],
        })
    );
    let (text, losses) = projected(V0_3, &offer(CardDialect::V1_0));
    assert!(!text.contains("10.0.0.5"));
    assert_eq!(
        losses,
        [
            Loss::StateTransitionHistory,
            Loss::OauthFlow,
            Loss::SecurityScheme
        ]
    );
}

#[test]
fn a_card_of_v1_0_becomes_one_of_v0_3() {
    let found = value(V1_0, &offer(CardDialect::V0_3));
    assert_eq!(
        found,
        json!({
            "name":"p", "url":"https://gw.example/p", "preferredTransport":"JSONRPC", "protocolVersion":"0.3.0",
            "additionalInterfaces":[{"url":"https://gw.example/p/rest","transport":"HTTP+JSON"}],
            "capabilities":{"pushNotifications":true}, "supportsAuthenticatedExtendedCard":true,
            "securitySchemes":{"k":{"type":"apiKey","in":"query","name":"x","description":"d"},
                "d":{"type":"oauth2","flows":{},"oauth2MetadataUrl":"u"}},
            "security":[{"k":[],"d":["a","b"]}],
        "skills":[{"id":"s","name":"","description":"","tags":[],"security":[{"k":[]}]}],
        "description":"", "version":"", "defaultInputModes":[], "defaultOutputModes":[],
            "iconUrl":"https://10.0.0.5/i.png", "documentationUrl":"https://docs.example.org/p",
            "provider":{"organization":"P","url":"http://p.example.org"},
        })
    );
    assert_eq!(
        projected(V1_0, &offer(CardDialect::V0_3)).1,
        [Loss::OauthFlow]
    );
}

#[test]
fn a_hybrid_says_both_and_is_read_again() {
    for card in [V0_3, V1_0] {
        let (hybrid, _) = projected(card, &offer(CardDialect::Hybrid));
        let found: Value = serde_json::from_str(&hybrid.replace("1e400", "1")).unwrap();
        assert_eq!(found["supportedInterfaces"], supported(true));
        assert_eq!(found["url"], "https://gw.example/p");
        assert_eq!(found["supportsAuthenticatedExtendedCard"], true);
        assert_eq!(found["capabilities"]["extendedAgentCard"], true);
        assert!(found.get("security").is_some() && found.get("securityRequirements").is_some());
        let scheme = &found["securitySchemes"]["k"];
        assert_eq!(scheme["type"], "apiKey");
        assert_eq!(scheme["in"], scheme["apiKeySecurityScheme"]["location"]);
        assert!(scheme.get("location").is_none());
        // What a hybrid says is what its two halves say.
        for dialect in [CardDialect::V1_0, CardDialect::V0_3, CardDialect::Hybrid] {
            let mut direct = value(card, &offer(dialect));
            let again = value(&hybrid, &offer(dialect));
            if dialect == CardDialect::V0_3 && card == V0_3 {
                // A scheme that v1.0 has no place for stays in the hybrid.
                assert!(again["securitySchemes"].get("odd").is_some());
            }
            if dialect == CardDialect::V0_3 {
                direct["securitySchemes"]["d"] = again["securitySchemes"]["d"].clone();
                if direct["securitySchemes"]["d"].is_null() {
                    direct["securitySchemes"]
                        .as_object_mut()
                        .unwrap()
                        .remove("d");
                }
            }
            assert_eq!(without_empty(again), without_empty(direct), "{dialect:?}");
        }
    }
}

/// Without what v0.3 must have and v1.0 leaves out.
fn without_empty(mut value: Value) -> Value {
    let empty = |value: &Value| value == "" || value == &json!([]);
    let clean = |object: &mut Value| {
        object
            .as_object_mut()
            .unwrap()
            .retain(|_, value| !empty(value))
    };
    clean(&mut value);
    value["skills"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .for_each(clean);
    value
}

#[test]
fn what_is_not_known_keeps_its_order_and_spelling() {
    let (text, _) = projected(V0_3, &offer(CardDialect::Hybrid));
    let (zeta, alpha) = (
        text.find(r#""zeta":1.0"#),
        text.find(r#""alpha":{"b":-0,"a":1}"#),
    );
    assert!(zeta.is_some() && zeta < alpha, "{text}");
    assert!(text.contains(r#""more":[1e400]"#) && !text.contains("signatures"));
    assert!(
        text.contains(", {"),
        "white space between skills stays: {text}"
    );
}

#[test]
fn capabilities_are_those_of_both() {
    let narrow = offer(CardDialect::Hybrid)
        .streaming(false)
        .push_notifications(false)
        .extended_card(false);
    let found = value(V0_3, &narrow);
    let flags = &found["capabilities"];
    assert_eq!(
        (
            &flags["streaming"],
            &flags["pushNotifications"],
            &flags["extendedAgentCard"]
        ),
        (&json!(false), &json!(false), &json!(false))
    );
    assert_eq!(found["supportsAuthenticatedExtendedCard"], false);
    // What the agent has not is not promised.
    assert_eq!(
        value(r#"{"name":"p"}"#, &offer(CardDialect::V1_0))["capabilities"],
        json!({})
    );
    let without = r#"{"capabilities":{"streaming":false}}"#;
    assert_eq!(
        value(without, &offer(CardDialect::V1_0))["capabilities"],
        json!({"streaming":false})
    );
}

#[test]
fn a_dialect_is_written_only_where_an_interface_of_it_is_offered() {
    let base = || Offer::new("http://gw.example:8080".parse().unwrap());
    let new = base().interface(Interface::new("JSONRPC", "1.0"));
    assert!(value(V0_3, &new).get("url").is_none());
    let old = base().interface(Interface::new("GRPC", "0.3"));
    let found = value(V1_0, &old);
    assert!(
        found.get("supportedInterfaces").is_none() && found.get("additionalInterfaces").is_none()
    );
    assert_eq!(
        (&found["url"], &found["preferredTransport"]),
        (&json!("gw.example:8080"), &json!("GRPC"))
    );
    let card = Bytes::from_static(b"{}");
    let none = |offer: Offer| -> BadCard { project(&card, &offer, |_| ()).unwrap_err() };
    for offer in [
        base(),
        new.dialect(CardDialect::V0_3),
        old.dialect(CardDialect::V1_0),
    ] {
        assert!(none(offer).to_string().contains("no interface"));
    }
    let form = Interface::new("GRPC", "1.0")
        .url_form(UrlForm::Url)
        .path("/x");
    assert_eq!(
        value("{}", &base().interface(form))["supportedInterfaces"][0]["url"],
        "http://gw.example:8080/x"
    );
}

/// Fault A01 (part): URLs of third parties that lead to a private address or to http: left out, where that is asked for.
#[test]
fn urls_of_third_parties_stay_or_go_by_rule() {
    let seen = |rule| {
        let offer = offer(CardDialect::V1_0).third_party_urls(rule);
        let found = value(V1_0, &offer);
        ["iconUrl", "documentationUrl", "provider"].map(|name| found.get(name).is_some())
    };
    assert_eq!(seen(ThirdPartyUrls::Keep), [true; 3]);
    assert_eq!(seen(ThirdPartyUrls::Public), [false, true, false]);
    assert_eq!(seen(ThirdPartyUrls::Drop), [false; 3]);
    for (url, stays) in [
        ("https://docs.example.org/a?b", true),
        ("https://face.de", true),
        ("https://localhost/", false),
        ("https://a.internal", false),
        ("https://printer.local.", false),
        ("https://[fd00::1]/", false),
        ("https://[::ffff:10.0.0.1]/", false),
        ("https://127.1/", false),
        ("https://0x7f.0.0.0x1/", false),
        ("https://u:p@docs.example.org", false),
        ("http://docs.example.org", false),
        ("javascript:alert(1)", false),
        ("data:image/png;base64,AA", false),
        ("/icon.png", false),
    ] {
        let card = json!({"iconUrl": url}).to_string();
        let offer = offer(CardDialect::V1_0).third_party_urls(ThirdPartyUrls::Public);
        assert_eq!(
            value(&card, &offer).get("iconUrl").is_some(),
            stays,
            "{url}"
        );
    }
}

#[test]
fn refuses_what_cannot_be_judged() {
    for card in [
        "[]",
        "<html>",
        r#"{"url":"a","url":"b"}"#,
        r#"{"capabilities":[]}"#,
        r#"{"skills":[1]}"#,
        r#"{"securitySchemes":{"a":1}}"#,
        r#"{"security":[[]]}"#,
        r#"{"skills":{},"name":"p"}"#,
        r#"{"supportedInterfaces":[],"supported_interfaces":[],"supported_interfaces":[]}"#,
        r#"{"securityRequirements":[],"security_requirements":[]}"#,
        r#"{"securitySchemes":{"o":{"type":"oauth2","flows":[]}}}"#,
    ] {
        let text = Bytes::from_static(card.as_bytes());
        assert!(
            project(&text, &offer(CardDialect::Hybrid), |_| ()).is_err(),
            "{card}"
        );
    }
    let long = Bytes::from(format!(r#"{{"name":"{}"}}"#, "x".repeat(1 << 20)));
    assert!(project(&long, &offer(CardDialect::Hybrid), |_| ()).is_err());
}

/// Members of cards, right and wrong ones.
fn member() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "url",
        "capabilities",
        "skills",
        "security",
        "securitySchemes",
        "securityRequirements",
        "provider",
        "supportedInterfaces",
        "additionalInterfaces",
        "signatures",
        "iconUrl",
        "x",
        "defaultInputModes",
    ]);
    let value = prop::sample::select(vec![
        "null",
        "1",
        "[]",
        "{}",
        "[{}]",
        r#""http://10.0.0.5""#,
        r#"[{"k":["s"]}]"#,
        r#"[{"schemes":{"k":{"list":["s"]}}}]"#,
        r#"{"k":{"type":"apiKey","in":"header"}}"#,
        r#"{"k":{"oauth2SecurityScheme":{"flows":{"implicit":{},"deviceCode":{}}}}}"#,
        r#"{"streaming":true,"push_notifications":null}"#,
        r#"[{"id":"a","security":[{}]}]"#,
        r#"{"k":{"type":"oauth2","flows":{"password":{"scopes":{}}},"oauth2SecurityScheme":{}}}"#,
    ]);
    (name, value).prop_map(|(name, value)| format!(r#""{name}" : {value}"#))
}

proptest! {
    /// Fault A01 (part): whatever the card, what is served is JSON and leads to no address of the agent's own.
    #[test]
    fn what_is_written_is_a_card_of_the_offer(members in prop::collection::vec(member(), 0..6), at in 0..3_usize) {
        let dialect = [CardDialect::Hybrid, CardDialect::V1_0, CardDialect::V0_3][at];
        let offer = offer(dialect).third_party_urls(ThirdPartyUrls::Drop);
        let card = Bytes::from(format!("{{{}}}", members.join(" , ")));
        let _ = crate::wire::card::AgentCard::parse(&card);
        let Ok(written) = project(&card, &offer, |_| ()) else {
            return Ok(());
        };
        let found: Value = serde_json::from_slice(&written).unwrap();
        prop_assert_eq!(found.get("supportedInterfaces").is_some(), dialect != CardDialect::V0_3);
        prop_assert_eq!(found.get("url").is_some(), dialect != CardDialect::V1_0);
        prop_assert!(found.get("signatures").is_none());
        for name in ["url", "supportedInterfaces", "additionalInterfaces", "iconUrl"] {
            prop_assert!(!found.get(name).is_some_and(|value| value.to_string().contains("10.0.0.5")));
        }
        // Once more changes nothing.
        prop_assert_eq!(project(&written, &offer, |_| ()).unwrap(), written);
    }
}
