use serde_json::json;

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
