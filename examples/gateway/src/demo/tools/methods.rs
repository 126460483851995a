use serde_json::{Value, json};

use super::{content, fault::Fault, toolbox};

/// Runs a method that all revisions share. `not_found` is the code for a missing resource.
pub(super) fn run(method: &str, params: &Value, not_found: i64) -> Result<Value, Fault> {
    let list = |key: &str, items: Value| {
        // Each list is one page, so no cursor was ever handed out.
        if params["cursor"].is_null() {
            Ok(json!({key: items}))
        } else {
            Err(Fault::invalid_params("no such cursor"))
        }
    };
    match method {
        "tools/list" => list("tools", toolbox::list()),
        "prompts/list" => list("prompts", content::prompts()),
        "resources/list" => list("resources", content::resources()),
        "resources/templates/list" => list("resourceTemplates", json!([])),
        "prompts/get" => {
            content::prompt(&params["name"]).ok_or_else(|| Fault::invalid_params("no such prompt"))
        }
        "resources/read" => content::resource(&params["uri"])
            .ok_or_else(|| Fault::resource_not_found(not_found, &params["uri"])),
        _ => Err(Fault::method_not_found()),
    }
}
