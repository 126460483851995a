use crate::auth::basic::*;

const HASH: &str = "$apr1$r31.....$l3fNnA8DeXMtfQtFyJCO8/";

#[test]
fn reads_users_comments_and_what_stands_behind() {
    let text = format!("# users\n\nalice:{HASH}\r\n  bob:{HASH}:Bob, of sales\n");
    let users = Htpasswd::parse(&text).unwrap();
    assert_eq!(users.len(), 2);
    for user in ["alice", "bob"] {
        assert!(users.is_right(user, b"pass", 0));
        assert!(!users.is_right(user, b"Pass", 0));
    }
    assert!(
        !users.is_right("carol", b"pass", 0),
        "the password of another"
    );
    assert_eq!(format!("{users:?}"), "Htpasswd { users: 2 }");
}

#[test]
fn says_which_line_cannot_be_used_and_why() {
    for (line, fault) in [
        ("", HtpasswdFault::Empty),
        ("alice", HtpasswdFault::Line),
        (":hash", HtpasswdFault::Line),
        ("alice:secret", HtpasswdFault::Scheme),
        ("alice:", HtpasswdFault::Scheme),
        // DES, and MD5 crypt.
        ("alice:rqXexS6ZhobKA", HtpasswdFault::Scheme),
        (
            "alice:$1$r31.....$l3fNnA8DeXMtfQtFyJCO8/",
            HtpasswdFault::Scheme,
        ),
        ("alice:$apr1$r31.....$short", HtpasswdFault::Malformed),
        (
            "alice:$apr1$morethaneight$l3fNnA8DeXMtfQtFyJCO8/",
            HtpasswdFault::Malformed,
        ),
        ("alice:{SHA}nU4e", HtpasswdFault::Malformed),
        ("alice:{SHA}not base64", HtpasswdFault::Malformed),
        ("alice:$2y$04$short", HtpasswdFault::Malformed),
        ("alice:$6$salt$short", HtpasswdFault::Malformed),
        ("alice:$6$rounds=many$salt$short", HtpasswdFault::Malformed),
        ("alice:$6$rounds=999$salt$short", HtpasswdFault::Cost),
        ("alice:$5$rounds=1000001$salt$short", HtpasswdFault::Cost),
        (
            "alice:$2y$17$kVvNsEg4GKMWRd7Nn./2TewYxNConum9qMIP180L8BnF7IEeZ5WqG",
            HtpasswdFault::Cost,
        ),
    ] {
        let text = format!("# a file\n{line}\n");
        let error = Htpasswd::parse(&text).unwrap_err();
        assert_eq!(error.fault(), fault, "{line}");
        if fault != HtpasswdFault::Empty {
            assert_eq!(error.line(), 2);
        }
        assert!(!error.to_string().contains("alice"), "{error}");
    }
    let twice = format!("alice:{HASH}\nalice:{HASH}");
    let error = Htpasswd::parse(&twice).unwrap_err();
    assert_eq!(error.to_string(), "line 2: the user occurs twice");
}

#[test]
fn many_users_have_a_bound() {
    let text: String = (0..=100_000)
        .map(|user| format!("u{user}:{HASH}\n"))
        .collect();
    let error = Htpasswd::parse(&text).unwrap_err();
    assert_eq!(
        (error.fault(), error.line()),
        (HtpasswdFault::TooMany, 100_001)
    );
}
