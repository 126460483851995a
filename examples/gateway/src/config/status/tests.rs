//! Facts and sockets to conditions.

use crate::config::compile::tests::support::{
    EDGE, at, bound, compiled, conditions, gateway, message,
};
use crate::config::status::{Bound, ObjectStatus, StatusSet, status};

const ADDRESS: &str = "  addresses: [{value: 192.0.2.1}]\n  gatewayClassName: agw\n";

fn with(outcome: Option<Result<(), &str>>, text: &str, last: Option<&StatusSet>) -> StatusSet {
    let found = compiled(&[text]);
    let mut sockets = Bound::default();
    if let Some(outcome) = outcome {
        let at = outcome.map(|()| ([127, 0, 0, 1], 80).into());
        sockets.insert(&gateway("infra", "edge"), "http", at.map_err(str::to_owned));
    }
    status(&found.facts, &sockets, last, &at(60))
}

#[test]
fn a_gateway_is_programmed_when_its_sockets_are_bound() {
    let cases = [
        (None, "Accepted=True/Accepted", "Programmed=False/Pending"),
        (
            Some(Ok(())),
            "Accepted=True/Accepted",
            "Programmed=True/Programmed",
        ),
        (
            Some(Err("address in use")),
            "Accepted=False/ListenersNotValid",
            "Programmed=False/Invalid",
        ),
        (
            Some(Err("Cannot assign requested address (os error 99)")),
            "Accepted=True/Accepted",
            "Programmed=False/AddressNotUsable",
        ),
    ];
    for (outcome, accepted, programmed) in cases {
        let all = conditions(&with(outcome, EDGE, None), &gateway("infra", "edge"));
        assert_eq!(all[..2], [accepted, programmed]);
        // A listener says so only where it listens.
        let listens = all.contains(&"http Programmed=True/Programmed".to_owned());
        assert_eq!(listens, outcome == Some(Ok(())), "{all:?}");
    }
    let failed = with(Some(Err("address in use")), EDGE, None);
    let all = conditions(&failed, &gateway("infra", "edge"));
    assert!(all.contains(&"http Accepted=False/PortUnavailable".to_owned()));
}

#[test]
fn every_address_that_is_bound_is_told() {
    let found = compiled(&[EDGE]);
    let edge = gateway("infra", "edge");
    let status = |outcomes: &[Result<&str, &str>]| {
        let mut sockets = Bound::default();
        for outcome in outcomes {
            let outcome = outcome.map(|at| at.parse().unwrap());
            sockets.insert(&edge, "http", outcome.map_err(str::to_owned));
        }
        let set = status(&found.facts, &sockets, None, &at(0));
        let Some(ObjectStatus::Gateway(status)) = set.get(&edge).cloned() else {
            panic!("{set:?}");
        };
        status
    };
    let both = status(&[Ok("127.0.0.1:80"), Ok("[::1]:80")]);
    let values: Vec<_> = both.addresses.iter().map(|it| &*it.value).collect();
    assert_eq!(values, ["127.0.0.1", "::1"]);
    let programmed = &both.listeners[0].conditions[1];
    assert_eq!(programmed.message, "listens on 127.0.0.1:80, [::1]:80");
    for half in [
        [Ok("127.0.0.1:80"), Err("address in use")],
        [Err("address in use"), Ok("[::1]:80")],
    ] {
        assert_eq!(status(&half).addresses, []);
    }
}

#[test]
fn an_address_that_is_none_is_not_usable() {
    let text = EDGE
        .replace("  gatewayClassName: agw\n", ADDRESS)
        .replace("192.0.2.1", "nowhere");
    let all = conditions(&with(None, &text, None), &gateway("infra", "edge"));
    assert_eq!(
        all[..2],
        [
            "Accepted=True/Accepted",
            "Programmed=False/AddressNotUsable"
        ]
    );
    let text = text.replace("{value: nowhere}", "{type: Hostname, value: a.com}");
    let all = conditions(&with(None, &text, None), &gateway("infra", "edge"));
    assert_eq!(
        all[..2],
        [
            "Accepted=False/UnsupportedAddress",
            "Programmed=False/Invalid"
        ]
    );
}

#[test]
fn the_time_of_a_condition_changes_with_its_status_alone() {
    let found = compiled(&[EDGE]);
    let first = status(&found.facts, &Bound::default(), None, &at(0));
    let second = status(&found.facts, &bound(&found), Some(&first), &at(60));
    let of = |set: &StatusSet, kind: &str| {
        let mut all = set.get(&gateway("infra", "edge")).unwrap().conditions();
        let found = all.find(|(part, it)| part.is_empty() && it.kind == kind);
        found.unwrap().1.last_transition_time.to_string()
    };
    assert_eq!(of(&second, "Accepted"), "1970-01-01T00:00:00Z");
    assert_eq!(of(&second, "Programmed"), "1970-01-01T00:01:00Z");
    assert_eq!(first.changes(&second).count(), 1);
}

#[test]
fn a_status_has_the_shape_of_its_crd() {
    let set = with(Some(Ok(())), EDGE, None);
    let json = serde_json::to_value(set.get(&gateway("infra", "edge"))).unwrap();
    assert_eq!(
        json["addresses"],
        serde_json::json!([{"type": "IPAddress", "value": "127.0.0.1"}])
    );
    assert_eq!(
        json["conditions"][1],
        serde_json::json!({
            "type": "Programmed", "status": "True", "reason": "Programmed",
            "message": "1 listeners are served", "observedGeneration": 1,
            "lastTransitionTime": "1970-01-01T00:01:00Z",
        })
    );
    let listener = &json["listeners"][0];
    assert_eq!(listener["name"], "http");
    assert_eq!(listener["attachedRoutes"], 0);
    assert_eq!(listener["supportedKinds"][0]["kind"], "HTTPRoute");
    let all = serde_json::to_value(&set).unwrap();
    assert_eq!(all[0]["kind"], "Gateway");
    let last = set.objects.values().last();
    assert!(matches!(last, Some(ObjectStatus::Class(_))));
}

#[test]
fn what_a_later_generation_said_stays() {
    let later = EDGE.replace("name: edge,", "name: edge, generation: 5,");
    let last = with(Some(Ok(())), &later, None);
    let earlier = EDGE.replace("name: edge,", "name: edge, generation: 4,");
    let next = with(None, &earlier, Some(&last));
    assert_eq!(
        next.get(&gateway("infra", "edge"))
            .map(|it| it.conditions().count()),
        Some(7)
    );
    let all = conditions(&next, &gateway("infra", "edge"));
    assert_eq!(all[1], "Programmed=True/Programmed");
}

#[test]
fn a_listener_that_is_another_process_s_does_not_count_against_its_gateway() {
    let two = EDGE.to_owned() + "  - {name: two, port: 81, protocol: HTTP}\n";
    let found = compiled(&[&two]);
    let mut sockets = Bound::default();
    let at_port = Ok(([127, 0, 0, 1], 80).into());
    sockets.insert(&gateway("infra", "edge"), "http", at_port);
    let pending = status(&found.facts, &sockets, None, &at(0));
    let all = conditions(&pending, &gateway("infra", "edge"));
    assert_eq!(all[1], "Programmed=False/Pending");
    sockets.only = vec!["http".to_owned()];
    let set = status(&found.facts, &sockets, None, &at(0));
    let all = conditions(&set, &gateway("infra", "edge"));
    assert_eq!(all[1], "Programmed=True/Programmed");
    assert!(
        all.contains(&"two Programmed=Unknown/Pending".to_owned()),
        "{all:?}"
    );
    let told = message(&set, &gateway("infra", "edge"), "", "Programmed");
    assert!(
        told.ends_with("this process is told not to serve listener two"),
        "{told}"
    );
}
