use serde_json::json;

use super::fit::{PortNames, label_value, object_name};
use super::merged;

#[test]
fn an_overlay_merges_members_and_named_items() {
    let base = json!({
        "metadata": { "labels": { "a": "1" } },
        "spec": {
            "replicas": 1,
            "strategy": { "type": "Recreate" },
            "template": { "spec": { "containers": [
                { "name": "agentgateway", "image": "x", "args": ["run"],
                  "env": [{ "name": "A", "value": "1" }, { "name": "B", "value": "2" }],
                  "ports": [{ "name": "a2a", "containerPort": 8080 }] },
            ] } },
        },
    });
    let over = json!({
        "metadata": { "labels": { "b": "2" } },
        "spec": {
            "replicas": 3,
            "strategy": null,
            "template": { "spec": { "containers": [
                { "name": "agentgateway", "args": ["other"],
                  "env": [{ "name": "B", "value": "3" }, { "name": "C", "value": "4" },
                          { "name": "A", "$patch": "delete" }],
                  "ports": [{ "containerPort": 8080, "hostPort": 80 }] },
                { "name": "beside", "image": "y" },
            ] } },
        },
    });
    let expected = json!({
        "metadata": { "labels": { "a": "1", "b": "2" } },
        "spec": {
            "replicas": 3,
            "template": { "spec": { "containers": [
                { "name": "agentgateway", "image": "x", "args": ["other"],
                  "env": [{ "name": "B", "value": "3" }, { "name": "C", "value": "4" }],
                  "ports": [{ "name": "a2a", "containerPort": 8080, "hostPort": 80 }] },
                { "name": "beside", "image": "y" },
            ] } },
        },
    });
    assert_eq!(merged(base, &over), expected);
}

#[test]
fn an_overlay_can_replace_and_leaves_no_directive_behind() {
    let base = json!({ "spec": { "a": { "x": 1, "y": 2 } } });
    let over = json!({ "spec": { "a": { "$patch": "replace", "z": 3 }, "b": { "$patch": "merge", "c": null } } });
    assert_eq!(
        merged(base, &over),
        json!({ "spec": { "a": { "z": 3 }, "b": {} } })
    );
}

#[test]
fn what_an_overlay_adds_holds_no_directive_at_any_depth() {
    let base = json!({ "spec": { "kept": { "a": 1, "b": 2 } } });
    let over = json!({ "spec": {
        "kept": { "$retainKeys": ["b", "c"], "c": 3 },
        "containers": [
            { "name": "gone", "$patch": "delete" },
            { "name": "new", "env": [{ "name": "A", "$patch": "delete" }, { "name": "B", "value": null }],
              "$setElementOrder/env": [{ "name": "B" }], "probe": { "x": null, "$retainKeys": ["y"], "y": 1 } },
        ],
        "tolerations": [{ "key": "k", "value": null }],
    } });
    assert_eq!(
        merged(base, &over),
        json!({ "spec": {
            "kept": { "b": 2, "c": 3 },
            "containers": [{ "name": "new", "env": [{ "name": "B" }], "probe": { "y": 1 } }],
            "tolerations": [{ "key": "k" }],
        } })
    );
    let base = json!({ "env": [{ "name": "A" }, { "name": "B" }] });
    let over = json!({ "env": [{ "$patch": "replace" }, { "name": "C" }] });
    assert_eq!(merged(base, &over), json!({ "env": [{ "name": "C" }] }));
}

#[test]
fn ports_are_named_as_an_api_server_takes_it() {
    let long = "l".repeat(70);
    let ports = [
        ("a.b", 80),
        ("port-80", 81),
        (&*long, 82),
        ("a-name-for-agents", 83),
        ("443", 443),
        ("a--b", 84),
        ("admin", 85),
    ];
    assert_eq!(
        PortNames::of_service().all(&ports),
        [
            "port-80-1",
            "port-80",
            "port-82",
            "a-name-for-agents",
            "443",
            "a--b",
            "admin"
        ]
    );
    assert_eq!(
        PortNames::of_container("admin").all(&ports),
        [
            "port-80-1",
            "port-80",
            "port-82",
            "port-83",
            "port-443",
            "port-84",
            "port-85"
        ]
    );
}

#[test]
fn a_name_that_no_service_can_have_is_made_one_that_stays() {
    let long = "n".repeat(64);
    assert_eq!(object_name("edge"), "edge");
    assert_eq!(label_value("a.b"), "a.b");
    let made = [
        object_name("a.b"),
        object_name("1a"),
        object_name(&long),
        label_value(&long),
    ];
    assert_eq!(made[0], "a-b-108bf50c");
    assert_eq!(made[1], "gw-1a-6ceba9c7");
    for name in &made {
        let fits = name.len() <= 63 && !name.contains('.');
        assert!(
            fits && name.starts_with(|it: char| it.is_ascii_lowercase()),
            "{name}"
        );
    }
    assert_ne!(object_name(&long), object_name(&"n".repeat(65)));
    assert_ne!(object_name("a.b"), object_name("a-b"));
}
