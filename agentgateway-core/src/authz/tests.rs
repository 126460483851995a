use http::{Request, request::Parts};

use super::*;
use crate::policy::{Decision, Policy};

/// A condition with a known end.
struct Known(Result<bool, Undecided>);

impl Condition for Known {
    fn holds(&self, _: &Parts) -> Result<bool, Undecided> {
        self.0.clone()
    }
}

fn yes() -> Known {
    Known(Ok(true))
}

fn no() -> Known {
    Known(Ok(false))
}

fn missing() -> Known {
    Known(Err(Undecided::missing("x")))
}

fn failed() -> Known {
    Known(Err(Undecided::failed("x")))
}

/// The rule that refuses.
fn decided(rules: impl IntoIterator<Item = Rule>) -> Option<String> {
    let (mut head, ()) = Request::new(()).into_parts();
    match Authorization::new(rules).decide(&mut head) {
        Decision::Pass => None,
        Decision::Refuse(error) => {
            assert_eq!(error.kind(), crate::ErrorKind::Forbidden);
            let by = error.decided_by().unwrap().to_string();
            assert_eq!(error.message(), "the caller may not do this");
            Some(by)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_be_decided_lets_nothing_pass() {
    let none = || Some(String::from("no allow rule holds"));
    let named = || Some(String::from("r"));
    for (rules, refusing) in [
        (vec![], None),
        (vec![Rule::allow("r", yes())], None),
        (vec![Rule::allow("r", no())], none()),
        (vec![Rule::allow("r", missing())], none()),
        (vec![Rule::allow("r", failed())], none()),
        (vec![Rule::deny("r", yes())], named()),
        (vec![Rule::deny("r", no())], None),
        (vec![Rule::deny("r", missing())], None),
        (vec![Rule::deny("r", failed())], named()),
        (vec![Rule::require("r", yes())], None),
        (vec![Rule::require("r", no())], named()),
        (vec![Rule::require("r", missing())], named()),
        (vec![Rule::require("r", failed())], named()),
    ] {
        let told = format!("{rules:?}");
        assert_eq!(decided(rules), refusing, "{told}");
    }
}

#[test]
fn what_a_request_lacks_may_be_nothing_that_rules_speak_of() {
    let refusing = |rules: Vec<Rule>| {
        let (head, ()) = Request::new(()).into_parts();
        let rules = Authorization::new(rules);
        rules.refusing_without(&head).map(|by| by.to_string())
    };
    let named = || Some(String::from("r"));
    for (rules, expected) in [
        (vec![Rule::allow("r", missing())], None),
        (vec![Rule::require("r", missing())], None),
        (vec![Rule::deny("r", missing())], None),
        (
            vec![Rule::allow("r", no())],
            Some("no allow rule holds".into()),
        ),
        (
            vec![Rule::allow("r", no()), Rule::allow("s", missing())],
            None,
        ),
        (
            vec![Rule::allow("r", failed())],
            Some("no allow rule holds".into()),
        ),
        (vec![Rule::require("r", failed())], named()),
        (
            vec![Rule::deny("r", yes()), Rule::allow("s", missing())],
            named(),
        ),
    ] {
        let told = format!("{rules:?}");
        assert_eq!(refusing(rules), expected, "{told}");
    }
}

#[test]
fn denials_win_in_any_order() {
    let rules = || {
        [
            Rule::allow("allow", yes()),
            Rule::require("require", no()),
            Rule::deny("deny", yes()),
        ]
    };
    assert_eq!(decided(rules()).as_deref(), Some("deny"));
    let mut reversed = rules();
    reversed.reverse();
    assert_eq!(decided(reversed).as_deref(), Some("deny"));
    let [allow, require, _] = rules();
    assert_eq!(
        decided([allow.clone(), require]).as_deref(),
        Some("require")
    );
    assert_eq!(decided([Rule::allow("first", no()), allow]), None);
}

#[test]
fn of_several_conditions_all_must_hold() {
    for (conditions, refused) in [
        (vec![yes(), yes()], true),
        (vec![yes(), no()], false),
        // A condition that does not hold decides, whatever the other would have said.
        (vec![failed(), no()], false),
        (vec![missing(), yes()], false),
        (vec![missing(), failed()], true),
        (vec![failed(), missing()], true),
    ] {
        let by = decided([Rule::deny("r", conditions)]);
        assert_eq!(by.is_some(), refused);
    }
}

#[test]
fn failures_are_counted_and_absences_are_not() {
    let rules = Authorization::new([
        Rule::allow("a", failed()),
        Rule::allow("b", missing()),
        Rule::allow("c", yes()),
    ]);
    let (mut head, ()) = Request::new(()).into_parts();
    assert!(matches!(rules.decide(&mut head), Decision::Pass));
    assert_eq!(rules.failures(), 1);
}

#[cfg(feature = "expression")]
mod expressions {
    use super::*;
    use crate::{
        context::{AuthMethod, Principal},
        expression::{Expression, Vocabulary},
    };

    fn rule(effect: Effect, text: &str) -> Rule {
        let names = Vocabulary::request().with_principal();
        let condition = Expression::compile_bool(text, &names).unwrap();
        Rule::new(effect, text, vec![condition])
    }

    fn refuses(rules: &Authorization, group: Option<&str>) -> bool {
        let mut request = Request::get("/a").header("authorization", "Bearer x");
        if let Some(group) = group {
            let claims = serde_json::json!({ "groups": [group] });
            let claims = claims.as_object().unwrap().clone();
            let caller = Principal::new(AuthMethod::Jwt, "alice").with_claims(claims);
            caller.insert(request.extensions_mut().unwrap());
        }
        let (mut head, ()) = request.body(()).unwrap().into_parts();
        matches!(rules.decide(&mut head), Decision::Refuse(_))
    }

    #[test]
    fn an_expression_names_the_caller() {
        let admins = Authorization::new([rule(Effect::Allow, "'admin' in jwt.groups")]);
        assert!(!refuses(&admins, Some("admin")));
        assert!(refuses(&admins, Some("guest")));
        assert!(refuses(&admins, None));
        let guests = Authorization::new([rule(Effect::Deny, "'guest' in jwt.groups")]);
        assert!(refuses(&guests, Some("guest")));
        assert!(!refuses(&guests, None));
        assert_eq!(guests.failures(), 0);
        let broken = Authorization::new([rule(Effect::Deny, "int(jwt.groups[0]) > 1")]);
        assert!(refuses(&broken, Some("guest")));
        assert_eq!(broken.failures(), 1);
    }

    #[test]
    fn a_decision_may_look_at_a_credential() {
        let rule = rule(
            Effect::Require,
            "request.headers['authorization'] == 'Bearer x'",
        );
        assert!(!refuses(&Authorization::new([rule]), None));
    }
}
