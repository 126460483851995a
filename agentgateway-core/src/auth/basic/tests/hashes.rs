//! Hashes that others have made: `openssl passwd` (3.0), Python's `bcrypt` (OpenBSD's code), `sha1sum`.

use crate::auth::basic::hash::PasswordHash;

const LONG: &str = "a longer password of more than sixteen bytes, é";

const MADE: [(&str, &str); 12] = [
    ("", "$apr1$r31.....$iQoXxeL5pW.kaXVrniDCU0"),
    ("pass", "$apr1$r31.....$l3fNnA8DeXMtfQtFyJCO8/"),
    (LONG, "$apr1$r31.....$H8IMb8DTx6FQ/qvCtaPgI."),
    (
        "pass",
        "$5$saltstring$/OUd2NwqWSQLmFTtl7/tjQuCqyiCYIE1xKjz05k3up0",
    ),
    (
        LONG,
        "$5$saltstring$Wx/oe6YwIsO7v.HB0WUg/dTc/e93gSc6NX8y1Y49Hg9",
    ),
    (
        "pass",
        "$5$rounds=1000$x$SyAtx8IvpEoTuBM.4sfdgXSmzj4/fyWuKlTnDbNaEf7",
    ),
    (
        "pass",
        "$6$saltstring$l3AtofUs6wpxMk/90jYkHHLNtmSbO8V992YnLp6Q7f.ocfqJTX0/7n1lfTzdE3zUbZB1kQYrG6wvxOj7FsLC/1",
    ),
    (
        LONG,
        "$6$saltstring$paCB8kfJ4.R2.V29w6Xz75WxyCpekJsXelYF4br/7xT5qQJcE1PRemV/0hxN1btJ1dK8ApS.R86/h53qV6BXq1",
    ),
    (
        "pass",
        "$2b$04$kVvNsEg4GKMWRd7Nn./2TewYxNConum9qMIP180L8BnF7IEeZ5WqG",
    ),
    (
        "é pass",
        "$2a$04$4.HlINoiSg2.dovb6p.80u7KqrpTLGhwMycaRqm1j..m/hQLo5G.y",
    ),
    // The same algorithm under the name that `htpasswd -B` gives it.
    (
        "pass",
        "$2y$04$kVvNsEg4GKMWRd7Nn./2TewYxNConum9qMIP180L8BnF7IEeZ5WqG",
    ),
    ("pass", "{SHA}nU4eI71bcnBGqeO0t9tXvY1u5oQ="),
];

#[test]
fn takes_what_others_have_hashed_and_nothing_else() {
    for (password, hash) in MADE {
        let Ok(parsed) = PasswordHash::parse(hash) else {
            panic!("{hash}");
        };
        assert!(parsed.is_of(password.as_bytes()), "{hash}");
        for wrong in ["pas", "Pass", "pass ", "pass\0", hash, "x"] {
            assert!(!parsed.is_of(wrong.as_bytes()), "{hash}: {wrong}");
        }
        let cut = &password.as_bytes()[..password.len().saturating_sub(1)];
        assert!(cut == password.as_bytes() || !parsed.is_of(cut), "{hash}");
    }
}

#[test]
fn a_hash_that_is_cut_or_grown_is_none() {
    for (_, hash) in MADE {
        assert!(
            PasswordHash::parse(&hash[..hash.len() - 1]).is_err(),
            "{hash}"
        );
        assert!(PasswordHash::parse(&format!("{hash}a")).is_err(), "{hash}");
        for at in 0..hash.len() {
            let mut other = hash.as_bytes().to_vec();
            other[at] = b'!';
            let other = String::from_utf8(other).unwrap();
            // It is refused, or it is the hash of something else.
            if let Ok(other) = PasswordHash::parse(&other) {
                assert!(
                    !other.is_of(b"pass") || !hash.contains('$'),
                    "{hash} at {at}"
                );
            }
        }
    }
}
