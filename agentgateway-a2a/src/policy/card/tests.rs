use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::*;
use crate::wire::{
    A2aVersion,
    card::{CardKeys, Interface, Offer, PublicUrl, SigningKey, jwks, sign, verify},
};

const CARD: &str = r#"{"name":"p","supportedInterfaces":[{"url":"https://gw.example/p","protocolBinding":"JSONRPC","protocolVersion":"1.0"}],"capabilities":{}}"#;

fn key() -> SigningKey {
    SigningKey::from_jwk(
        br#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a"}"#,
    )
    .unwrap()
}

fn public() -> PublicUrl {
    "https://gw.example/p".parse().unwrap()
}

fn offer() -> Offer {
    Offer::new(public()).interface(Interface::new("JSONRPC", "1.0"))
}

/// Fault A02 (part): expired key: judged by the time that is given.
#[test]
fn trust_ends_with_the_key() {
    let card = sign(&Bytes::from(CARD), &key()).unwrap();
    let set = jwks(&[key()]);
    let set = String::from_utf8(set.into())
        .unwrap()
        .replace(r#""use""#, r#""exp":1000,"use""#);
    let keys = CardKeys::new().jwks(set.as_bytes()).unwrap();
    let policy = CardPolicy::new().verify(Verify::Require(keys));
    for (seconds, served) in [(999, true), (1000, false)] {
        let public = public();
        let mut place = Place::new(Some(&public));
        place.now = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let found = policy.serve(&card, &place);
        assert_eq!(found.is_ok(), served, "{seconds}");
        if let Err(error) = found {
            assert!(error.to_string().contains("not valid now"), "{error}");
        }
    }
}

/// Fault A02 (part): a signature is served only where nothing has changed.
#[test]
fn an_offer_that_changes_nothing_keeps_the_signatures() {
    let card = sign(&Bytes::from(CARD), &key()).unwrap();
    let serve = |signatures, card: &Bytes| {
        let policy = CardPolicy::new().offer(offer()).signatures(signatures);
        policy.serve(card, &Place::new(None))
    };
    for signatures in [Signatures::Strip, Signatures::Preserve] {
        let same = serve(signatures.clone(), &card).unwrap();
        assert_eq!((same.card, same.signatures_removed), (card.clone(), false));
        let text = String::from_utf8(card.to_vec()).unwrap();
        let other = Bytes::from(text.replace("gw.example/p", "a.example"));
        match (signatures, serve(Signatures::Strip, &other).unwrap()) {
            (Signatures::Preserve, _) => assert!(serve(Signatures::Preserve, &other).is_err()),
            (_, changed) => {
                assert_eq!(
                    (&*changed.card, changed.signatures_removed),
                    (CARD.as_bytes(), true)
                );
            }
        }
    }
    let empty = Bytes::from(
        CARD.replace(r#""name""#, r#""signatures":[],"name""#)
            .replace("gw.example/p", "a"),
    );
    assert!(serve(Signatures::Preserve, &empty).is_ok());
}

#[test]
fn what_is_kept_of_signatures_is_bounded() {
    let policy = CardPolicy::new().signatures(Signatures::Resign(key()));
    for number in 0..100 {
        let card = Bytes::from(CARD.replace(r#""p""#, &format!(r#""p{number}""#)));
        let served = policy.serve(&card, &Place::new(None)).unwrap();
        assert!(served.signed);
    }
    assert!(format!("{policy:?}").matches("protected").count() <= 32);
}

/// Fault A02 (part): whatever is asked for, no signature is served that does not verify.
#[test]
fn no_policy_serves_a_broken_signature() {
    let gateway = key().key_id("gateway");
    let keys = |key: &SigningKey| {
        CardKeys::new()
            .jwks(&jwks(std::slice::from_ref(key)))
            .unwrap()
    };
    let now = SystemTime::now();
    let trusted =
        |card: &[u8], key: &SigningKey| verify(card, &keys(key), now).unwrap().is_trusted();
    let here = Bytes::from(CARD);
    let elsewhere = Bytes::from(CARD.replace("gw.example/p", "10.0.0.5"));
    let mut served = 0;
    for card in [&here, &elsewhere].map(|card| sign(card, &key()).unwrap()) {
        for signatures in [
            Signatures::Strip,
            Signatures::Preserve,
            Signatures::Resign(gateway.clone()),
        ] {
            for offered in [
                None,
                Some(offer()),
                Some(offer().interface(Interface::new("GRPC", "0.3"))),
            ] {
                for version in [None, Some(A2aVersion::V0_3), Some(A2aVersion::V1_0)] {
                    for public in [None, Some(&public())] {
                        let mut policy = CardPolicy::new()
                            .signatures(signatures.clone())
                            .dialect_by_version(true);
                        policy = offered
                            .iter()
                            .fold(policy, |policy, offer| policy.offer(offer.clone()));
                        let place = Place {
                            version,
                            ..Place::new(public)
                        };
                        let Ok(found) = policy.serve(&card, &place) else {
                            assert!(matches!(signatures, Signatures::Preserve));
                            continue;
                        };
                        served += 1;
                        let signed = found.card.windows(10).any(|part| part == b"signatures");
                        let by_gateway = trusted(&found.card, &gateway);
                        assert_eq!(signed, by_gateway || trusted(&found.card, &key()));
                        assert_eq!(found.signed, by_gateway);
                    }
                }
            }
        }
    }
    assert!(served > 50, "{served}");
}
