//! Tokens that others have made: PyJWT, and the appendices of the RFCs.

use serde_json::{Value, json};

use super::support::*;
use crate::{
    auth::{jwt::*, tests::support},
    context::{AuthMethod, Principal},
};

fn pyjwt() -> Value {
    serde_json::from_str(include_str!("pyjwt.json")).unwrap()
}

fn every_algorithm() -> impl Iterator<Item = Algorithm> {
    let secret = [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512];
    Algorithm::PUBLIC_KEY.into_iter().chain(secret)
}

#[test]
fn takes_every_algorithm_of_pyjwt() {
    let made = pyjwt();
    let set = KeySet::from_jwks(made["jwks"].to_string().as_bytes()).unwrap();
    assert_eq!((set.len(), set.ignored()), (5, 0));
    let policy = policy(issuer(set).algorithms(every_algorithm()));
    for algorithm in every_algorithm() {
        let token = made["tokens"][algorithm.as_str()].as_str().unwrap();
        let head = judged(&policy, token).unwrap_or_else(|error| panic!("{algorithm}: {error}"));
        let principal = head.extensions.get::<Principal>().unwrap();
        assert_eq!(
            (principal.name(), principal.method()),
            ("alice", AuthMethod::Jwt)
        );
        assert_eq!(principal.issuer(), Some(ISSUER));
        assert_eq!(principal.claims()["scope"], "tools:read");
    }
}

#[test]
fn takes_the_same_keys_in_pem() {
    let made = pyjwt();
    let pems = made["pem"].as_object().unwrap();
    let all: String = pems.values().map(|pem| pem.as_str().unwrap()).collect();
    let set = KeySet::from_pem(all.as_bytes()).unwrap();
    assert_eq!(set.len(), 4);
    let policy = policy(issuer(set));
    for algorithm in Algorithm::PUBLIC_KEY {
        let token = made["tokens"][algorithm.as_str()].as_str().unwrap();
        assert!(judged(&policy, token).is_ok(), "{algorithm}");
    }
}

/// Fault M32: a token that asks for HMAC, or for what a key is not for, finds no key.
#[test]
fn no_token_passes_by_the_key_of_another_kind() {
    let made = pyjwt();
    for (name, pem) in made["pem"].as_object().unwrap() {
        let set = KeySet::from_pem(pem.as_str().unwrap().as_bytes()).unwrap();
        let policy = policy(issuer(set).algorithms(every_algorithm()));
        for algorithm in every_algorithm() {
            let token = made["tokens"][algorithm.as_str()].as_str().unwrap();
            let is_own = match algorithm.as_str() {
                "ES256" => name == "p256",
                "ES384" => name == "p384",
                "EdDSA" => name == "ed25519",
                family => name == "rsa" && !family.starts_with('H'),
            };
            if is_own {
                assert!(judged(&policy, token).is_ok(), "{algorithm}");
            } else {
                assert_eq!(broken(&policy, token), "key", "{algorithm} by {name}");
            }
        }
    }
}

/// RFC 7515, A.1 to A.3: the claims, which end in 2011.
const CLAIMS: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt\
                      cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

fn joe(key: &Value, header: &str, signature: &str) -> Result<(), String> {
    let set = KeySet::from_jwks(json!({"keys": [key]}).to_string().as_bytes()).unwrap();
    let issuer = Issuer::new("joe", set)
        .algorithms(every_algorithm())
        .named_by("iss");
    let then = std::time::Duration::from_secs(1_300_000_000);
    let method = Jwt::new([issuer]).with_clock(move || std::time::SystemTime::UNIX_EPOCH + then);
    let policy = crate::auth::Authentication::new(method);
    let head = support::bearer(&format!("{header}.{CLAIMS}.{signature}"));
    match support::now(&policy, head) {
        Ok(head) => {
            assert_eq!(support::caller(&head), Some("joe"));
            Ok(())
        }
        Err(error) => Err(support::rule(&error).to_owned()),
    }
}

#[test]
fn takes_the_examples_of_rfc_7515() {
    let secret =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let modulus = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJ\
                   PMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0\
                   LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uD\
                   Zlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2\
                   PAcDTW9gb54h4FRWyuXpoQ";
    let a1 = json!({"kty": "oct", "k": secret});
    let a2 = json!({"kty": "RSA", "n": modulus, "e": "AQAB"});
    let a3 = json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    let mac = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let rsa = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W\
               2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkS\
               jtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnv\
               Wh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    let ecdsa =
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let (hs256, rs256, es256) = (
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
        "eyJhbGciOiJSUzI1NiJ9",
        "eyJhbGciOiJFUzI1NiJ9",
    );
    assert_eq!(joe(&a1, hs256, mac), Ok(()));
    assert_eq!(joe(&a2, rs256, rsa), Ok(()));
    assert_eq!(joe(&a3, es256, ecdsa), Ok(()));
    assert!(joe(&a3, es256, mac).is_err());
    assert!(joe(&a2, es256, ecdsa).is_err());
}

/// RFC 8037, A.4; its payload is no JSON.
#[test]
fn takes_the_signature_of_rfc_8037() {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};

    let key = json!({"keys": [{
        "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }]});
    let set = KeySet::from_jwks(key.to_string().as_bytes()).unwrap();
    let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature =
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let signature = BASE64.decode(signature).unwrap();
    let key = set.candidates(None, Algorithm::EdDsa).next().unwrap();
    assert!(key.verifies(Algorithm::EdDsa, signed.as_bytes(), &signature));
    assert!(!key.verifies(Algorithm::EdDsa, &signed.as_bytes()[1..], &signature));
}
