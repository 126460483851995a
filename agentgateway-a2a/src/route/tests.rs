use std::sync::Arc;

use agentgateway_core::ErrorKind;
use http::Method;

use super::*;
use crate::wire::{A2aOperation, card::AgentCard};

fn led(path: &str) -> Result<Place, Stop> {
    place(path, "/base", "/agents")
}

fn to(name: &str, taken: usize) -> Result<Place, Stop> {
    Ok(Place::Agent(name.to_owned(), taken))
}

#[test]
fn a_path_names_its_agent_in_any_spelling() {
    assert_eq!(led("/agents/planner"), to("planner", 15));
    assert_eq!(led("/agents/planner/"), to("planner", 15));
    assert_eq!(led("/base/agents/planner/tasks/7"), to("planner", 20));
    assert_eq!(led("/%61gents/pl%61nner/x"), to("planner", 19));
    assert_eq!(led("/agents/a%2Fb/x"), to("a/b", 13));
    assert_eq!(led("/agents/b%20c"), to("b c", 13));
}

#[test]
fn all_else_is_the_roots() {
    assert_eq!(led("/"), Ok(Place::Root(0)));
    assert_eq!(led("/agentsx/planner"), Ok(Place::Root(0)));
    assert_eq!(led("/base/planner/tasks"), Ok(Place::Root(5)));
    assert_eq!(led("/AGENTS/planner"), Ok(Place::Root(0)));
    assert_eq!(place("/x", "", "/agents"), Ok(Place::Root(0)));
}

#[test]
fn a_path_does_not_climb_and_names_something() {
    for path in [
        "/agents/planner/../booker/",
        "/agents/../agents/booker",
        "/agents/planner/%2e%2E/booker",
        "/agents/planner/a%2F..%2Fbooker",
        "/agents/planner/..%5cbooker",
        "/agents/./planner",
        "/..",
    ] {
        assert_eq!(led(path), Err(Stop::Climbs), "{path}");
    }
    for path in ["/agents", "/agents/", "/agents//planner"] {
        assert_eq!(led(path), Err(Stop::Nameless), "{path}");
    }
    assert_eq!(led("/agents/a..b/x"), to("a..b", 12));
}

#[test]
fn what_stands_before_a_route_is_one_tenant() {
    let before = |path| before_route(&Method::GET, path, &A2aOperation::ListTasks);
    assert_eq!(before("/tasks").as_deref(), Some(""));
    assert_eq!(before("/planner/tasks").as_deref(), Some("planner"));
    assert_eq!(
        before("/planner/acme/tasks").as_deref(),
        Some("planner/acme")
    );
    assert_eq!(
        before("/planner%2Facme/tasks").as_deref(),
        Some("planner/acme")
    );
    assert_eq!(before("/planner/message:send"), None);
}

fn candidate(name: &str, card: Option<&str>) -> Candidate {
    let card = card.map(|text| AgentCard::parse(text.as_bytes()).unwrap());
    Candidate {
        name: name.into(),
        card: card.map(Arc::new),
    }
}

fn three() -> [Candidate; 3] {
    let planner =
        r#"{"skills":[{"id":"trip","tags":["Travel"],"outputModes":["text/html"]},{"id":"echo"}]}"#;
    let booker = r#"{"skills":[{"id":"book","tags":["travel"]},{"id":"echo"},{"id":"planner/odd"}],
        "defaultOutputModes":["application/json"],
        "capabilities":{"streaming":true,"extensions":[{"uri":"https://e.example/x"}]}}"#;
    [
        candidate("planner", Some(planner)),
        candidate("booker", Some(booker)),
        candidate("away", None),
    ]
}

fn chosen(asked: &Asked<'_>) -> Result<(usize, Option<Option<String>>), ErrorKind> {
    let chosen = choose(&three(), asked).map_err(|error| error.kind())?;
    let tenant = chosen.tenant.map(|tenant| tenant.map(String::from));
    Ok((chosen.agent, tenant))
}

fn by(tenant: Option<&'static str>, hint: Option<&'static str>) -> Asked<'static> {
    Asked {
        tenant,
        hint,
        ..Asked::default()
    }
}

#[test]
fn the_tenant_names_the_agent_and_the_rest_is_the_agents() {
    assert_eq!(chosen(&by(Some("booker"), None)), Ok((1, Some(None))));
    assert_eq!(chosen(&by(Some("booker/"), None)), Ok((1, Some(None))));
    let acme = Some(Some("acme/eu".to_owned()));
    assert_eq!(chosen(&by(Some("booker/acme/eu"), None)), Ok((1, acme)));
    for unknown in ["acme", "Booker", "book", "/booker"] {
        let asked = Asked {
            default: Some(0),
            ..by(Some(unknown), None)
        };
        assert_eq!(chosen(&asked), Err(ErrorKind::NotFound), "{unknown}");
    }
}

#[test]
fn a_skill_names_the_agent_that_has_it() {
    assert_eq!(chosen(&by(None, Some("trip"))), Ok((0, None)));
    assert_eq!(chosen(&by(None, Some("booker/echo"))), Ok((1, None)));
    // One that begins like an agent's name, and which that agent has not.
    assert_eq!(chosen(&by(None, Some("planner/odd"))), Ok((1, None)));
    // Its card cannot be read: its name is believed.
    assert_eq!(chosen(&by(None, Some("away/any"))), Ok((2, None)));
    assert_eq!(chosen(&by(None, Some("none"))), Err(ErrorKind::Unavailable));
    let known = &three()[..2];
    let error = choose(known, &by(None, Some("none"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn a_skill_of_two_agents_names_both() {
    let error = choose(&three(), &by(None, Some("echo"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    let message = error.message();
    assert!(
        message.contains("planner/") && message.contains("booker/"),
        "{message}"
    );
}

/// Fault A09: the tenant and the header disagree.
#[test]
fn tenant_and_skill_must_not_name_different_agents() {
    for (tenant, hint, agrees) in [
        ("planner", "trip", true),
        ("planner", "planner/trip", true),
        ("planner/acme", "echo", true),
        ("booker", "planner/odd", true),
        ("away", "anything", true),
        ("planner", "book", false),
        ("planner", "booker/echo", false),
        ("planner", "planner/none", false),
    ] {
        let found = chosen(&by(Some(tenant), Some(hint)));
        assert_eq!(found.is_ok(), agrees, "{tenant} {hint} {found:?}");
        if !agrees {
            assert_eq!(found, Err(ErrorKind::InvalidRequest));
        }
    }
}

#[test]
fn the_first_card_that_meets_what_is_wanted_is_asked() {
    let found = |wanted: Wanted| {
        chosen(&Asked {
            wanted: Some(&wanted),
            default: Some(2),
            ..Asked::default()
        })
    };
    assert_eq!(found(Wanted::new()), Ok((0, None)));
    assert_eq!(found(Wanted::new().tag("travel")), Ok((0, None)));
    assert_eq!(
        found(Wanted::new().tag("TRAVEL").streaming()),
        Ok((1, None))
    );
    assert_eq!(found(Wanted::new().skill("book")), Ok((1, None)));
    assert_eq!(found(Wanted::new().output_mode("text/*")), Ok((0, None)));
    let json = "application/json; charset=utf-8";
    assert_eq!(found(Wanted::new().output_mode(json)), Ok((1, None)));
    assert_eq!(
        found(Wanted::new().extension("https://e.example/x")),
        Ok((1, None))
    );
    // Not two skills that have it together.
    let both = Wanted::new().skill("echo").output_mode("text/html");
    assert_eq!(found(both), Err(ErrorKind::NotFound));
    let pushes = Wanted::new().push_notifications();
    assert_eq!(found(pushes), Err(ErrorKind::NotFound));
}

#[test]
fn who_names_none_has_the_default_agent_or_is_refused() {
    let asked = Asked {
        default: Some(1),
        ..Asked::default()
    };
    assert_eq!(chosen(&asked), Ok((1, None)));
    assert_eq!(chosen(&Asked::default()), Err(ErrorKind::InvalidRequest));
}
