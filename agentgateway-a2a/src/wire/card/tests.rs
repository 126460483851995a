use agentgateway_core::json;
use bytes::Bytes;
use proptest::prelude::*;

use super::{PublicUrl, Rewritten, rewrite};

const PUBLIC: &str = "https://agents.example.org/planner";

fn rewritten(card: &str, base: &str) -> Rewritten {
    let public: PublicUrl = PUBLIC.parse().unwrap();
    rewrite(
        &Bytes::copy_from_slice(card.as_bytes()),
        None,
        &public,
        base,
    )
    .unwrap()
}

/// Fault A01 (part): a card whose URLs lead elsewhere: given the gateway's, in all places; one that cannot be judged is refused.
#[test]
fn rewrites_a_card_of_v0_3() {
    let card = r#"{
  "protocolVersion": "0.3.0", "name": "planner", "url": "http:\/\/10.0.0.5:9999/base/a2a",
  "preferredTransport": "JSONRPC",
  "additionalInterfaces": [
    {"url": "http://10.0.0.5:9999/base/rest?x=1", "transport": "HTTP+JSON"},
    {"transport": "GRPC", "url": "10.0.0.5:50051"},
    {"transport": "GRPC", "url": "http://10.0.0.5:50051"}
  ],
  "provider": {"url": "https://provider.example", "organization": "P"},
  "iconUrl": "http://10.0.0.5:9999/icon.png"
}"#;
    let expected = card
        .replace(r"http:\/\/10.0.0.5:9999/base/a2a", &format!("{PUBLIC}/a2a"))
        .replace("http://10.0.0.5:9999/base/rest", &format!("{PUBLIC}/rest"))
        .replace("http://10.0.0.5:50051", "https://agents.example.org:443")
        .replace("10.0.0.5:50051", "agents.example.org:443");
    let found = rewritten(card, "/base");
    assert_eq!(found.body, expected);
    assert_eq!((found.urls, found.signatures_removed), (4, false));
}

/// Fault A01 (part): a card whose URLs lead elsewhere: given the gateway's, in all places; one that cannot be judged is refused.
#[test]
fn rewrites_a_card_of_v1_0_and_a_hybrid() {
    let interfaces = r#""supportedInterfaces":[{"url":"http://a:1/","protocolBinding":"JSONRPC","protocolVersion":"1.0"},{"url":"a:2","protocolBinding":"GRPC","tenant":"t"}]"#;
    let new_interfaces = interfaces
        .replace("http://a:1/", &format!("{PUBLIC}/"))
        .replace("a:2", "agents.example.org:443");
    let found = rewritten(&format!(r#"{{"name":"p",{interfaces}}}"#), "");
    assert_eq!(found.body, format!(r#"{{"name":"p",{new_interfaces}}}"#));

    let hybrid = format!(
        r#"{{"signatures":[{{"protected":"e30","signature":"AA"}}], "url":"http://a:1/x",{interfaces},"additionalInterfaces":null}}"#
    );
    let found = rewritten(&hybrid, "");
    let expected =
        format!(r#"{{ "url":"{PUBLIC}/x",{new_interfaces},"additionalInterfaces":null}}"#);
    assert_eq!(found.body, expected);
    assert_eq!((found.urls, found.signatures_removed), (3, true));
}

#[test]
fn keeps_the_path_behind_the_base() {
    for (old, base, new) in [
        ("http://a", "", ""),
        ("http://a/", "", "/"),
        ("http://a?x", "/b", "?x"),
        ("http://a/b/c", "/b", "/c"),
        ("http://a/b", "/b", ""),
        ("http://a/bc", "/b", "/bc"),
        ("http://u:p@a:1/c#f", "", "/c#f"),
        ("//a/c", "", "/c"),
        ("/c", "", "/c"),
        ("c/d", "", "/c/d"),
        ("a:1/c", "", "/c"),
        ("a.example/c", "", "/c"),
    ] {
        let found = rewritten(&format!(r#"{{"url":"{old}"}}"#), base);
        assert_eq!(found.body, format!(r#"{{"url":"{PUBLIC}{new}"}}"#), "{old}");
    }
}

/// Fault A02 (part): the signature of a card that was rewritten: taken out, never left broken.
#[test]
fn a_card_that_needs_no_change_keeps_its_signatures() {
    let card = format!(r#"{{"url":"{PUBLIC}","signatures":[1]}}"#);
    let found = rewritten(&card, "");
    assert_eq!(
        (found.body, found.urls, found.signatures_removed),
        (card.into(), 0, false)
    );
    let under = format!(r#"{{"url":"{PUBLIC}/a2a?x","signatures":[1]}}"#);
    assert_eq!(rewritten(&under, "").body, under);
    for same in [
        "https://AGENTS.example.org/planner/a2a",
        "https://agents.example.org:443/planner",
        "HTTPS://agents.example.org:443/planner?x",
    ] {
        let card = format!(r#"{{"url":"{same}","signatures":[1]}}"#);
        assert_eq!(rewritten(&card, "").body, card);
    }
    for other in [
        "http://agents.example.org/planner",
        "https://agents.example.org:8443/planner",
        "https://u@agents.example.org/planner",
        "https://agents.example.org.evil/planner",
    ] {
        let card = format!(r#"{{"url":"{other}"}}"#);
        assert_eq!(rewritten(&card, "").urls, 1, "{other}");
    }
    let beside = format!(r#"{{"url":"{PUBLIC}2/a2a"}}"#);
    assert_eq!(rewritten(&beside, "").urls, 1);
    let empty = r#"{"url":"","supportedInterfaces":[{"url":null}],"signatures":[1]}"#;
    assert_eq!(rewritten(empty, "").body, empty);
}

#[test]
fn odd_interfaces_keep_their_form() {
    for (old, new) in [
        (
            "ws://10.0.0.5:9999/chat",
            "wss://agents.example.org/planner/chat",
        ),
        ("WSS://10.0.0.5/", "wss://agents.example.org/planner/"),
        (
            "http://[fd00::5]:9999/a2a",
            "https://agents.example.org/planner/a2a",
        ),
        (
            "http://user:p%40ss@10.0.0.5/ü",
            "https://agents.example.org/planner/ü",
        ),
        (
            "custom+x://10.0.0.5/a",
            "https://agents.example.org/planner/a",
        ),
    ] {
        let card = |url| {
            format!(r#"{{"supportedInterfaces":[{{"protocolBinding":"urn:x","url":"{url}"}}]}}"#)
        };
        assert_eq!(rewritten(&card(old), "").body, card(new), "{old}");
    }
}

#[test]
fn a_card_within_a_response_is_changed_there() {
    let text = Bytes::from_static(
        br#"{"jsonrpc":"2.0","url":"http://a","result":{"url":"http://a","signatures":[]}, "id":1}"#,
    );
    let public: PublicUrl = PUBLIC.parse().unwrap();
    let [result] = json::members(&text, ["result"]).unwrap();
    let found = rewrite(&text, result, &public, "").unwrap();
    let expected =
        format!(r#"{{"jsonrpc":"2.0","url":"http://a","result":{{"url":"{PUBLIC}"}}, "id":1}}"#);
    assert_eq!(found.body, expected);
}

/// Fault A01 (part): a card whose URLs lead elsewhere: given the gateway's, in all places; one that cannot be judged is refused.
#[test]
fn refuses_what_cannot_be_judged() {
    let public: PublicUrl = PUBLIC.parse().unwrap();
    for card in [
        "<html>",
        "[]",
        r#"{"url":1}"#,
        r#"{"url":"a","url":"b"}"#,
        r#"{"url":"\ud800"}"#,
        r#"{"supportedInterfaces":{}}"#,
        r#"{"supportedInterfaces":[1]}"#,
        r#"{"supportedInterfaces":[{"url":[]}]}"#,
    ] {
        let card = Bytes::from_static(card.as_bytes());
        assert!(rewrite(&card, None, &public, "").is_err(), "{card:?}");
    }
}

/// One member of a card, and what becomes of it: `None` is left out.
#[derive(Clone, Debug)]
struct Member {
    old: String,
    new: Option<String>,
}

fn same(text: &str) -> Member {
    Member {
        old: text.to_owned(),
        new: Some(text.to_owned()),
    }
}

fn space() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", " ", "\n\t", "\r\n  "])
}

fn urls(key: &'static str, inner: &'static str) -> impl Strategy<Value = Member> {
    (prop::collection::vec(("[a-z]{1,5}", space()), 0..4), space()).prop_map(
        move |(paths, space)| {
            let list = |base: &str| {
                let items: Vec<String> = paths
                    .iter()
                    .map(|(path, gap)| {
                        format!(r#"{gap}{{"x":1e5,"url":{gap}"{base}/{path}"{gap},"{inner}":"JSONRPC"}}"#)
                    })
                    .collect();
                format!(r#""{key}"{space}:[{}{space}]"#, items.join(","))
            };
            Member {
                old: list("http://10.0.0.5:1"),
                new: Some(list(PUBLIC)),
            }
        },
    )
}

fn card() -> impl Strategy<Value = (Vec<Member>, &'static str)> {
    let url = "[a-z0-9]{1,8}".prop_map(|path| Member {
        old: format!(r#""url" : "http:\/\/10.0.0.5:1/{path}""#),
        new: Some(format!(r#""url" : "{PUBLIC}/{path}""#)),
    });
    let other = prop::sample::select(vec![
        same(r#""name":"signatures\": [,]""#),
        same(r#""skills" : [ {"url":"http://10.0.0.5:1/", "n":1e400} ,{}]"#),
        same(r#""n\u0061me2":-0"#),
        same(r#""provider":{"url":"http://10.0.0.5:1","signatures":[1]}"#),
    ]);
    let signatures = prop::sample::select(vec![
        r#""signatures":[{"signature":"a,}\"]"}]"#,
        r#""signatures" : [ ]"#,
    ])
    .prop_map(|text| Member {
        old: text.to_owned(),
        new: None,
    });
    let members = (
        url,
        prop::option::of(urls("supportedInterfaces", "protocolBinding")),
        prop::option::of(urls("additionalInterfaces", "transport")),
        prop::option::of(signatures),
        prop::collection::vec(other, 0..4),
    )
        .prop_map(|(url, supported, additional, signatures, others)| {
            let mut all = vec![url];
            all.extend([supported, additional, signatures].into_iter().flatten());
            all.extend(others);
            all
        })
        .prop_shuffle();
    (members, space())
}

proptest! {
    /// Fault A02 (part): the signature of a card that was rewritten: taken out, never left broken.
    #[test]
    fn changes_urls_and_signatures_and_nothing_else((members, space) in card()) {
        let text = |values: Vec<&str>| format!("{space}{{{}}}{space}", values.join(","));
        let old = text(members.iter().map(|member| &*member.old).collect());
        let new = text(members.iter().filter_map(|member| member.new.as_deref()).collect());
        prop_assert_eq!(rewritten(&old, "").body, new);
    }
}
