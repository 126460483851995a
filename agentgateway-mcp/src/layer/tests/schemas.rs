use std::{fs, path::Path};

use serde_json::Value;

use super::support::call;
use crate::{McpKind, McpMethod};

/// Every client request and notification of every published schema parses, and what it is about is
/// found. Skips itself where the schemas are not there.
#[tokio::test]
async fn methods_of_every_revision_parse() {
    // Beside the checkout, or beside the folder of a work tree.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("shared/data/mcp"))
        .find(|folder| folder.is_dir());
    let Some(folder) = folder else {
        return;
    };
    let mut count = 0;
    for file in fs::read_dir(folder).unwrap() {
        let schema: Value =
            serde_json::from_slice(&fs::read(file.unwrap().path()).unwrap()).unwrap();
        let types = schema
            .get("$defs")
            .or_else(|| schema.get("definitions"))
            .unwrap();
        for (union, kind) in [
            ("ClientRequest", McpKind::Request),
            ("ClientNotification", McpKind::Notification),
        ] {
            for name in members(&types[union]) {
                check(types, &name, kind).await;
                count += 1;
            }
        }
    }
    assert!(count > 70, "{count} messages in five schemas");
}

fn members(union: &Value) -> Vec<String> {
    let refs = union["anyOf"].as_array().cloned().unwrap_or_default();
    refs.iter().map(referred).collect()
}

fn referred(reference: &Value) -> String {
    let path = reference["$ref"].as_str().unwrap();
    path.rsplit('/').next().unwrap().to_owned()
}

async fn check(types: &Value, name: &str, kind: McpKind) {
    let properties = &types[name]["properties"];
    let method = properties["method"]["const"].as_str().unwrap();
    assert!(McpMethod::new(method).is_known(), "{method}");
    let mut params = &properties["params"];
    if params.get("$ref").is_some() {
        params = &types[referred(params)];
    }
    let about = ["name", "uri", "taskId"]
        .into_iter()
        .filter(|_| !method.starts_with("notifications/"))
        .find(|key| requires(params, key));
    let fields = about.map_or_else(String::new, |key| format!(r#""{key}":"it","#));
    let id = if kind == McpKind::Request {
        r#""id":1,"#
    } else {
        ""
    };
    let body = format!(
        r#"{{"jsonrpc":"2.0",{id}"method":"{method}","params":{{{fields}"x":{{"name":1}}}}}}"#
    );
    let call = call(&[], &body).await;
    assert_eq!(
        (call.kind(), call.method().unwrap().as_str()),
        (kind, method)
    );
    assert_eq!(call.name(), about.map(|_| "it"), "{method}");
}

fn requires(params: &Value, key: &str) -> bool {
    params["required"]
        .as_array()
        .is_some_and(|required| required.iter().any(|name| name == key))
}
