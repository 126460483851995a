use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;

use super::support::{Say, answer, federation, list, nothing, raw, request, server};

fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("1.0".to_owned()),
        Just("1e400".to_owned()),
        Just("-0".to_owned()),
        Just("123456789012345678901234567890".to_owned()),
        Just(r#""\ud800""#.to_owned()),
        Just("null".to_owned()),
        "[a-z\"\\\\é]{0,6}".prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|all| format!("[ {}]", all.join(" ,"))),
            prop::collection::vec(("[xyz]{1,3}", inner), 0..4).prop_map(|all| {
                let members: Vec<_> = all
                    .iter()
                    .map(|(key, value)| format!("\"{key}\" :{value}"))
                    .collect();
                format!("{{{} }}", members.join(","))
            }),
        ]
    })
}

proptest! {
    /// What is not a name passes as it was written, in lists, calls and results.
    #[test]
    fn all_else_passes_as_it_was_written(
        before in any_json(),
        after in any_json(),
        name in "[a-z_]{1,9}",
    ) {
        let tool = format!(r#"{{"x":{before}, "name" : "{name}" ,"inputSchema":{after}}}"#);
        let result = format!(r#"{{"resultType":"complete", "content":{before} ,"y":{after}}}"#);
        let (listed, called) = (tool.clone(), result.clone());
        let (git, asked) = server(move |method, _| match method {
            "tools/list" => list("tools", &[&listed], None),
            "tools/call" => Say::Result(called.clone()),
            _ => nothing(),
        });
        let (files, _) = server(|method, _| match method {
            "tools/list" => list("tools", &[], None),
            _ => nothing(),
        });
        let one = federation([("git", git), ("files", files)]).into_server();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let said = answer(&one, request(json!(1), "tools/list", json!({}))).await.1;
            let told = tool.replace(&format!(r#""name" : "{name}""#), &format!(r#""name" : "git_{name}""#));
            let text = String::from_utf8(said.to_vec()).unwrap();
            assert!(text.contains(&format!(r#""tools":[{told}]"#)), "{text}");
            let meta = super::support::meta().to_string();
            let call = |id: &str, name: &str, meta: &str| format!(
                r#"{{"jsonrpc":"2.0","z":{before} ,"id":{id},"method":"tools/call","params":{{"name":"{name}", "arguments":{after}, "_meta":{meta}}}}}"#
            );
            let (_, said) = answer(&one, raw(call("1.50", &format!("git_{name}"), &meta))).await;
            assert_eq!(said, format!(r#"{{"jsonrpc":"2.0","id":1.50,"result":{result}}}"#));
            let sent = asked.last_body();
            let id = parsed_id(&sent);
            assert_eq!(sent, call(&id, &name, &meta));
        });
    }
}

fn parsed_id(body: &Bytes) -> String {
    let [id] = agentgateway_core::json::members(body, ["id"]).unwrap();
    id.unwrap().get().to_owned()
}
