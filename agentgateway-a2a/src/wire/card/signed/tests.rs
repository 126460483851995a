use std::time::{Duration, SystemTime};

use agentgateway_core::json::{self, Raw};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use bytes::Bytes;

use super::*;
use crate::wire::card::canonical;

/// Cards that a2a-sdk 1.3.0 has signed, with keys made for this, and what it signs.
const SDK: &str = include_str!("a2a_sdk.json");

/// RFC 8037, A.1.
const ED25519: &[u8] = br#"{"kty":"OKP","crv":"Ed25519","kid":"gw-1",
    "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
/// RFC 7517, A.2.
const P256: &[u8] = br#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}"#;
/// RFC 8410, 10.3.
const PEM: &[u8] = b"-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";
const CARD: &str = r#"{"name":"p", "supportedInterfaces":[{"url":"https://a.example","protocolBinding":"JSONRPC"}], "x":1}"#;

fn sdk<'a>(path: &[&str]) -> Raw<'a> {
    path.iter()
        .fold(Raw::parse(SDK.as_bytes()).unwrap(), |value, name| {
            json::members_of(value, [name]).unwrap()[0].unwrap()
        })
}

fn keys() -> CardKeys {
    CardKeys::new()
        .jwks(sdk(&["jwks"]).get().as_bytes())
        .unwrap()
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn judge(card: &str, keys: &CardKeys) -> Verdict {
    verify(card.as_bytes(), keys, now()).unwrap()
}

fn outcomes(card: &str, keys: &CardKeys) -> Vec<Result<(), Refusal>> {
    let verdict = judge(card, keys);
    verdict
        .signatures
        .into_iter()
        .map(|judged| judged.outcome)
        .collect()
}

fn key(jwk: &[u8]) -> SigningKey {
    SigningKey::from_jwk(jwk).unwrap()
}

fn published(key: &SigningKey) -> CardKeys {
    CardKeys::new()
        .jwks(&jwks(std::slice::from_ref(key)))
        .unwrap()
}

fn signed(key: &SigningKey) -> String {
    let card = sign(&Bytes::from(CARD), key).unwrap();
    String::from_utf8(card.into()).unwrap()
}

/// A card with one signature of this header and of no worth.
fn with_header(header: &str) -> String {
    let protected = BASE64.encode(header);
    format!(
        r#"{{"supportedInterfaces":[],"signatures":[{{"protected":"{protected}","signature":""}}]}}"#
    )
}

/// Fault A03: canonicalisation: the bytes are those that the SDK signs.
#[test]
fn the_canonical_bytes_are_the_sdks() {
    let expected = json::string(sdk(&["canonical"])).unwrap();
    for name in ["ES256", "EdDSA", "RS256", "two"] {
        let found = canonical(sdk(&["cards", name]).get().as_bytes()).unwrap();
        assert_eq!(String::from_utf8(found).unwrap(), expected, "{name}");
    }
}

/// Fault A02: card signature: valid, one byte changed.
#[test]
fn cards_that_the_sdk_has_signed_are_trusted_until_a_byte_changes() {
    for name in ["ES256", "EdDSA", "RS256", "two"] {
        let card = sdk(&["cards", name]).get();
        let verdict = judge(card, &keys());
        assert!(verdict.is_trusted(), "{name}: {verdict:?}");
        assert_eq!(verdict.reason(), None);
        for (old, new) in [
            ("2.1.0", "2.1.1"),
            (
                "https://agent.example.org/rpc",
                "https://agent.example.org/rpd",
            ),
            ("acme", "acmf"),
            (r#""streaming": true"#, r#""streaming": false"#),
            ("Oslo,\\n3", "Oslo, 3"),
        ] {
            let changed = card.replacen(old, new, 1);
            assert_ne!(changed, card, "{old}");
            let verdict = judge(&changed, &keys());
            assert!(!verdict.is_trusted(), "{name}: {old}");
            assert_eq!(verdict.reason(), Some("a signature is not of this card"));
        }
    }
}

/// Fault A02: card signature: `alg:none`, HMAC with the public key, a header that cannot be read.
#[test]
fn what_no_public_key_has_signed_is_refused() {
    let hmac = sdk(&["cards", "HS256"]).get();
    assert_eq!(outcomes(hmac, &keys()), [Err(Refusal::Algorithm)]);
    for (header, refusal) in [
        (r#"{"alg":"none","kid":"planner-es"}"#, Refusal::Algorithm),
        (r#"{"alg":"NONE","kid":"planner-es"}"#, Refusal::Algorithm),
        (r#"{"alg":"HS256","kid":"planner-rs"}"#, Refusal::Algorithm),
        (r#"{"alg":"ES256K","kid":"planner-es"}"#, Refusal::Algorithm),
        (r#"{"alg":"ES256","kid":"planner-es"}"#, Refusal::Signature),
        (r#"{"alg":"EdDSA","kid":"planner-es"}"#, Refusal::Signature),
        (
            r#"{"alg":"ES256","kid":"planner-es","crit":["x"]}"#,
            Refusal::Critical,
        ),
        (r#"{"alg":"ES256","kid":"nobody"}"#, Refusal::UnknownKey),
        (r#"{"alg":"ES256"}"#, Refusal::Malformed),
        (r#"{"alg":"ES256","kid":1}"#, Refusal::Malformed),
        (
            r#"{"alg":"ES256","kid":"a","kid":"planner-es"}"#,
            Refusal::Malformed,
        ),
        ("[]", Refusal::Malformed),
    ] {
        let card = with_header(header);
        assert_eq!(outcomes(&card, &keys()), [Err(refusal)], "{header}");
        assert!(!judge(&card, &keys()).is_trusted());
    }
    let unsigned = judge(CARD, &keys());
    assert!(!unsigned.is_signed() && !unsigned.is_trusted());
    assert_eq!(unsigned.reason(), Some("it is not signed"));
}

/// Fault A02: card signature: unknown kid, `jku` off the allow-list.
#[test]
fn a_place_of_keys_counts_only_where_keys_were_given_for_it() {
    let two = sdk(&["cards", "two"]).get();
    let set = sdk(&["jwks"]).get().as_bytes();
    let place = "https://agent.example.org/jwks.json";
    let at = |place: &str| CardKeys::new().jwks_at(place, set).unwrap();
    assert!(judge(two, &at(place)).is_trusted());
    let elsewhere = at("https://agent.example.org.evil/jwks.json");
    assert_eq!(outcomes(two, &elsewhere), [Err(Refusal::Place); 2]);
    // A key that is trusted for all is trusted whatever the signature says of its place.
    assert!(judge(two, &elsewhere.jwks(set).unwrap()).is_trusted());
    // Keys of one place sign nothing that names none, nor another.
    assert_eq!(
        outcomes(sdk(&["cards", "ES256"]).get(), &at(place)),
        [Err(Refusal::UnknownKey)]
    );
    let other = published(&key(ED25519));
    assert_eq!(outcomes(two, &other), [Err(Refusal::Place); 2]);
    let listed = other.jwks_at(place, &jwks(&[key(ED25519)])).unwrap();
    assert_eq!(outcomes(two, &listed), [Err(Refusal::UnknownKey); 2]);
}

/// Fault A02: card signature: two signatures one bad; a second one by a key that is not known.
#[test]
fn one_bad_signature_spoils_the_others_and_one_that_is_not_known_does_not() {
    let (mine, strange) = (key(ED25519), key(P256));
    let both = |first: &SigningKey, second: &str| {
        let [list] = json::members(signed(first).as_bytes(), ["signatures"])
            .map(|[l]| [l.unwrap().get().to_owned()])
            .unwrap();
        let one = list.trim_matches(['[', ']']).to_owned();
        format!(
            r#"{{"signatures":[{one},{second}],{}"#,
            CARD.trim_start_matches('{')
        )
    };
    let other = signed(&strange);
    let [other] = json::members(other.as_bytes(), ["signatures"]).unwrap();
    let other = other.unwrap().get().trim_matches(['[', ']']);
    let keys = published(&mine);
    let unknown = both(&mine, other);
    assert_eq!(
        outcomes(&unknown, &keys),
        [Ok(()), Err(Refusal::UnknownKey)]
    );
    assert!(judge(&unknown, &keys).is_trusted());

    let knows_both = keys.jwks(&jwks(std::slice::from_ref(&strange))).unwrap();
    assert!(judge(&unknown, &knows_both).is_trusted());
    let spoiled = unknown.replace(r#""x":1"#, r#""x":1,"version":"2""#);
    assert_eq!(
        outcomes(&spoiled, &knows_both),
        [Err(Refusal::Signature); 2]
    );
    let protected = BASE64.encode(r#"{"alg":"none","kid":"gw-1"}"#);
    let bad = both(
        &mine,
        &format!(r#"{{"protected":"{protected}","signature":""}}"#),
    );
    assert_eq!(
        outcomes(&bad, &knows_both),
        [Ok(()), Err(Refusal::Algorithm)]
    );
    assert!(!judge(&bad, &knows_both).is_trusted());
    assert!(!judge(&both(&mine, "{}"), &knows_both).is_trusted());

    let many = format!(r#"{{"signatures":[{}{{}}]}}"#, "{},".repeat(16));
    assert!(verify(many.as_bytes(), &knows_both, now()).is_err());
    assert!(verify(br#"{"signatures":{}}"#, &knows_both, now()).is_err());
}

/// Fault A02: card signature: expired key.
#[test]
fn a_key_signs_within_its_time_alone() {
    let card = signed(&key(ED25519));
    let public = r#"{"kty":"OKP","crv":"Ed25519","kid":"gw-1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;
    for (times, expected) in [
        ("", Ok(())),
        (r#","exp":1800000001"#, Ok(())),
        (r#","nbf":1800000000,"exp":1800000001"#, Ok(())),
        (r#","exp":1800000000"#, Err(Refusal::Expired)),
        (r#","nbf":1800000001"#, Err(Refusal::Expired)),
    ] {
        let set = format!(r#"{{"keys":[{public}{times}}}]}}"#);
        let keys = CardKeys::new().jwks(set.as_bytes()).unwrap();
        assert_eq!(outcomes(&card, &keys), [expected], "{times}");
    }
    let unread = format!(r#"{{"keys":[{public},"exp":"never"}}]}}"#);
    assert!(CardKeys::new().jwks(unread.as_bytes()).is_err());
    assert!(CardKeys::new().jwks(br#"{"keys":[{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}"#).is_err());
    let both = format!(r#"{{"keys":[{public},"exp":1}},{public}}}]}}"#);
    let keys = CardKeys::new().jwks(both.as_bytes()).unwrap();
    assert_eq!(outcomes(&card, &keys), [Ok(())]);
}

#[test]
fn what_is_signed_here_verifies_and_nothing_else_of_the_card_changes() {
    let pem = SigningKey::from_pem(PEM).unwrap().key_id("pem");
    for key in [key(ED25519), key(P256), pem] {
        let card = signed(&key);
        let verdict = judge(&card, &published(&key));
        assert!(verdict.is_trusted(), "{verdict:?}");
        assert_eq!(verdict.signatures[0].key_id.as_deref(), Some(key.id()));
        let [list] = json::members(card.as_bytes(), ["signatures"]).unwrap();
        let member = format!(r#""signatures":{},"#, list.unwrap().get());
        assert_eq!(card.replace(&member, ""), CARD);

        let again = sign(&Bytes::from(card.clone()), &key).unwrap();
        let again = std::str::from_utf8(&again).unwrap();
        assert_eq!(outcomes(again, &published(&key)), [Ok(())]);
    }
    assert_eq!(signed(&key(ED25519)), signed(&key(ED25519)));
    assert!(sign(&Bytes::from_static(br#"{"url":"http://a"}"#), &key(P256)).is_err());
}

#[test]
fn keys_have_names_and_show_no_secret() {
    // RFC 8037, A.3.
    let unnamed = std::str::from_utf8(ED25519)
        .unwrap()
        .replace(r#""kid":"gw-1","#, "");
    let thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
    let unnamed = key(unnamed.as_bytes()).jku("https://gw.example/jwks.json");
    assert_eq!(unnamed.id(), thumbprint);
    let at = CardKeys::new().jwks_at(
        "https://gw.example/jwks.json",
        &jwks(std::slice::from_ref(&unnamed)),
    );
    assert!(judge(&signed(&unnamed), &at.unwrap()).is_trusted());
    let shown = format!(
        "{:?} {}",
        key(ED25519),
        std::str::from_utf8(&jwks(&[key(ED25519), key(P256)])).unwrap()
    );
    assert!(
        shown.contains("gw-1") && !shown.contains("nWGxne") && !shown.contains(r#""d""#),
        "{shown}"
    );
    for none in [
        "",
        "{}",
        r#"{"kty":"EC","crv":"P-256"}"#,
        r#"{"kty":"RSA","crv":"x","d":"AA","x":"AA"}"#,
    ] {
        assert_eq!(
            SigningKey::from_jwk(none.as_bytes()).unwrap_err(),
            InvalidSigningKey
        );
        assert!(SigningKey::from_pem(none.as_bytes()).is_err());
    }
}

/// A card of v0.3 alone: the form of the SDKs would say nothing of where it leads.
#[test]
fn a_signature_over_a_part_of_a_v0_3_card_is_none() {
    let mine = key(ED25519);
    let card = signed(&mine);
    let [list] = json::members(card.as_bytes(), ["signatures"]).unwrap();
    let sdk_form = r#"{"name":"p","url":"http://evil.example"}"#;
    let old = signature_over(&mine, br#"{"name":"p"}"#);
    let with = |list: &str| {
        format!(
            r#"{{"signatures":{list},{}"#,
            sdk_form.trim_start_matches('{')
        )
    };
    assert_eq!(
        outcomes(&with(&old), &published(&mine)),
        [Err(Refusal::Signature)]
    );
    assert_eq!(
        outcomes(&with(list.unwrap().get()), &published(&mine)),
        [Err(Refusal::Signature)]
    );
    let whole = signature_over(&mine, sdk_form.as_bytes());
    assert_eq!(outcomes(&with(&whole), &published(&mine)), [Ok(())]);
}

fn signature_over(key: &SigningKey, payload: &[u8]) -> String {
    format!("[{}]", key.signature(payload).unwrap())
}
