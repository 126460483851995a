use agentgateway_core::Body;
use http::Request;

use super::support::*;
use crate::{A2aGateway, route::Wanted, upstream::A2aAgent};

fn called(path: &str, headers: &[(&str, &str)], more: &str) -> Request<Body> {
    let headers: Vec<_> = headers.iter().copied().chain([V1]).collect();
    request(path, &headers, &sends(more))
}

#[tokio::test]
async fn a_path_leads_to_its_agent_in_every_binding_and_version() {
    let (planner, booker) = (planner(), booker());
    let gateway = both(&planner, &booker).build().unwrap();
    let (status, answer) = ask(&gateway, called("/agents/booker", &[], "")).await;
    assert_eq!((status, name(&answer)), (200, Some("booker")));
    let asked = booker.asked();
    assert_eq!(asked[0].1, "/message:send");
    assert_eq!(asked[0].3.as_deref(), Some("booker"));

    let body = r#"{"message":{"messageId":"1","role":"user","content":[{"text":"hi"}]}}"#;
    let old = request("/agents/planner/v1/message:send", &[], body);
    let (status, answer) = ask(&gateway, old).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer.to_string().contains("planner"), "{answer}");
    // The agent's own tenant stays the client's word.
    let own = called("/agents/planner/", &[], r#""tenant":"acme","#);
    ask(&gateway, own).await;
    assert!(planner.asked()[1].2.contains(r#""tenant":"acme""#));
}

#[tokio::test]
async fn a_path_of_no_agent_is_answered_in_the_clients_form() {
    let (planner, booker) = (planner(), booker());
    let gateway = both(&planner, &booker).build().unwrap();
    for path in [
        "/agents/none",
        "/agents",
        "/planner",
        "/agents/planner%2F..%2Fbooker",
    ] {
        let (_, answer) = ask(&gateway, called(path, &[], "")).await;
        assert_eq!(answer["id"], 1, "{path} {answer}");
        assert!(answer["error"]["message"].is_string(), "{path} {answer}");
    }
    let (status, answer) = ask(&gateway, request("/agents/none/tasks/7", &[V1], "")).await;
    assert_eq!((status, &answer["error"]["code"]), (404, &404.into()));
    for path in [
        "/agents/planner/../booker/tasks/7",
        "/agents/planner/%2e%2e/booker/tasks/7",
    ] {
        let (status, _) = ask(&gateway, request(path, &[V1], "")).await;
        assert_eq!(status, 400, "{path}");
    }
    let (status, _) = ask(&gateway, request("/", &[], "")).await;
    assert_eq!(status, 404);
    assert!(planner.asked().is_empty() && booker.asked().is_empty());
}

#[tokio::test]
async fn a_host_leads_to_its_agent_with_all_its_paths() {
    let (planner, booker) = (planner(), booker());
    let gateway = both(&planner, &booker)
        .host("Booker.example", "booker")
        .build()
        .unwrap();
    let host = ("host", "BOOKER.example.:8443");
    let (_, answer) = ask(&gateway, called("/any", &[host], "")).await;
    assert_eq!(name(&answer), Some("booker"));
    let (status, card) = ask(
        &gateway,
        request(
            "/.well-known/agent-card.json",
            &[("host", "booker.example")],
            "",
        ),
    )
    .await;
    assert_eq!((status, &card["name"]), (200, &"booker".into()));
    assert_eq!(card["url"], "http://booker.example");
    // The path says another.
    let (_, answer) = ask(&gateway, called("/agents/planner", &[host], "")).await;
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .contains("different agents")
    );
    assert!(planner.asked().is_empty());
}

#[tokio::test]
async fn the_tenant_names_the_agent_which_is_told_the_rest() {
    let (planner, booker) = (planner(), booker());
    let gateway = both(&planner, &booker).build().unwrap();
    for (told, path) in [
        ("booker", "/message:send"),
        ("booker/acme", "/acme/message:send"),
    ] {
        let tenant = format!(r#""tenant":"{told}","#);
        let (_, answer) = ask(&gateway, called("/", &[], &tenant)).await;
        assert_eq!(name(&answer), Some("booker"), "{answer}");
        let asked = booker.asked();
        assert_eq!(
            (&*asked[0].1, asked[0].3.as_deref()),
            (path, Some("booker"))
        );
    }
    // The binding of the client is the agent's own: the word is taken out all the same.
    let (_, answer) = ask(&gateway, called("/", &[], r#""tenant":"planner","#)).await;
    assert_eq!(name(&answer), Some("planner"));
    assert!(!planner.asked()[0].2.contains("tenant"));

    let body = r#"{"message":{"messageId":"1","role":"ROLE_USER","parts":[{"text":"hi"}]}}"#;
    for (path, own) in [
        ("/planner/message:send", None),
        ("/planner/acme/message:send", Some("acme")),
        ("/planner%2Facme/message:send", Some("acme")),
        ("/message:send?tenant=planner%2Facme", Some("acme")),
    ] {
        let (status, answer) = ask(&gateway, request(path, &[V1], body)).await;
        assert_eq!(status, 200, "{path} {answer}");
        let asked: serde_json::Value = serde_json::from_str(&planner.asked()[0].2).unwrap();
        assert_eq!(asked["params"]["tenant"].as_str(), own, "{path}");
    }
    let (status, _) = ask(&gateway, request("/none/message:send", &[V1], body)).await;
    assert_eq!(status, 404);
}

/// Fault A09: the tenant in path, header and body disagree.
#[tokio::test]
async fn words_that_name_different_agents_are_refused() {
    let (planner, booker) = (planner(), booker());
    let gateway = both(&planner, &booker)
        .default_agent("planner")
        .build()
        .unwrap();
    let message = r#""message":{"messageId":"1","role":"ROLE_USER","parts":[{"text":"hi"}]}"#;
    let other = format!(r#"{{"tenant":"booker",{message}}}"#);
    for (path, headers, body) in [
        ("/planner/message:send", vec![], other.clone()),
        ("/planner/x/message:send", vec![], other.clone()),
        (
            "/planner/x/message:send?tenant=booker",
            vec![],
            format!("{{{message}}}"),
        ),
        (
            "/agents/planner/message:send",
            vec![("x-a2a-skill", "booker/echo")],
            format!("{{{message}}}"),
        ),
        (
            "/planner/message:send",
            vec![("x-a2a-skill", "booker/echo")],
            format!("{{{message}}}"),
        ),
    ] {
        let headers: Vec<_> = headers.into_iter().chain([V1]).collect();
        let (status, answer) = ask(&gateway, request(path, &headers, &body)).await;
        assert_eq!(status, 400, "{path} {answer}");
    }
    let hint = ("x-a2a-skill", "booker/echo");
    let (_, answer) = ask(&gateway, called("/", &[hint], r#""tenant":"planner","#)).await;
    assert!(answer["error"].is_object(), "{answer}");
    // A tenant that names no agent is not the default agent's.
    let (status, answer) = ask(&gateway, called("/", &[], r#""tenant":"acme","#)).await;
    assert_eq!((status, answer["error"].is_object()), (404, true));
    assert!(planner.asked().is_empty() && booker.asked().is_empty());
}

#[tokio::test]
async fn a_skill_leads_to_the_agent_that_has_it() {
    let (planner, booker) = (planner(), booker());
    let gateway = both(&planner, &booker).build().unwrap();
    for (skill, agent) in [
        ("trip", "planner"),
        ("book", "booker"),
        ("booker/echo", "booker"),
    ] {
        let (_, answer) = ask(&gateway, called("/", &[("x-a2a-skill", skill)], "")).await;
        assert_eq!(name(&answer), Some(agent), "{skill} {answer}");
    }
    let (_, answer) = ask(&gateway, called("/", &[("x-a2a-skill", "echo")], "")).await;
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("planner") && message.contains("booker"),
        "{message}"
    );
    let two = [("x-a2a-skill", "trip"), ("x-a2a-skill", "book")];
    let (_, answer) = ask(&gateway, called("/", &two, "")).await;
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .contains("twice")
    );
    let (status, answer) = ask(&gateway, called("/", &[("x-a2a-skill", "none")], "")).await;
    assert_eq!((status, answer["error"].is_object()), (404, true));
}

#[tokio::test]
async fn what_an_application_wants_decides_where_nothing_else_does() {
    let (planner, booker) = (planner(), booker());
    let gateway = both(&planner, &booker)
        .default_agent("planner")
        .build()
        .unwrap();
    let mut wants = called("/", &[], "");
    wants
        .extensions_mut()
        .insert(Wanted::new().input_mode("a/*"));
    let (_, answer) = ask(&gateway, wants).await;
    assert_eq!(name(&answer), Some("booker"));
    let (_, answer) = ask(&gateway, called("/", &[], "")).await;
    assert_eq!(name(&answer), Some("planner"));
}

#[tokio::test]
async fn a_call_that_names_none_is_told_how_to() {
    let (planner, booker) = (planner(), booker());
    let gateway = both(&planner, &booker).build().unwrap();
    let (_, answer) = ask(&gateway, called("/", &[], "")).await;
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("tenant") && message.contains("x-a2a-skill"),
        "{message}"
    );
    // v0.3 has no tenant: what stands there is no word of the protocol.
    let old = r#"{"jsonrpc":"2.0","id":1,"method":"message/send","params":{"tenant":"booker","message":{"kind":"message","messageId":"1","role":"user","parts":[{"kind":"text","text":"hi"}]}}}"#;
    let (_, answer) = ask(&gateway, request("/", &[], old)).await;
    assert!(answer["error"].is_object(), "{answer}");
    let (_, answer) = ask(&gateway, request("/", &[("x-a2a-skill", "book")], old)).await;
    assert_eq!(answer["result"]["parts"][0]["text"], "booker", "{answer}");
}

#[tokio::test]
async fn a_single_agent_has_the_root_and_its_own_path() {
    let planner = planner();
    let gateway = A2aGateway::builder()
        .agent("planner", planner.agent.clone())
        .build()
        .unwrap();
    for path in ["/", "/x", "/agents/planner"] {
        let (_, answer) = ask(&gateway, called(path, &[], r#""tenant":"acme","#)).await;
        assert_eq!(name(&answer), Some("planner"), "{path}");
        assert!(planner.asked()[0].2.contains("acme"), "{path}");
    }
    let (_, card) = ask(&gateway, request("/.well-known/agent-card.json", &[], "")).await;
    assert_eq!(
        (&card["name"], &card["url"]),
        (&"planner".into(), &"http://gw.example".into())
    );
}

#[tokio::test]
async fn policies_stand_between_parse_and_agent_however_it_was_chosen() {
    let (planner, booker) = (planner(), booker());
    let gateway = both(&planner, &booker)
        .within(|name, agent| match name {
            "planner" => agent,
            _ => A2aAgent::new(tower::service_fn(|_| async {
                let message = "not for you";
                let kind = agentgateway_core::ErrorKind::Forbidden;
                Err::<http::Response<Body>, _>(agentgateway_core::Error::new(kind, message))
            })),
        })
        .build()
        .unwrap();
    for (path, more) in [("/agents/booker", ""), ("/", r#""tenant":"booker","#)] {
        let (status, answer) = ask(&gateway, called(path, &[], more)).await;
        assert_eq!(
            (status, &answer["error"]["message"]),
            (403, &"not for you".into())
        );
    }
    assert!(booker.asked().is_empty());
}

#[tokio::test]
async fn who_is_told_of_calls_learns_the_agent_however_it_was_chosen() {
    use std::sync::{Arc, Mutex};

    let (planner, booker) = (planner(), booker());
    let told = Arc::new(Mutex::new(Vec::new()));
    let record = told.clone();
    let layer = crate::A2aLayer::new().on_finished(move |done| {
        let agent = done.call.and_then(|call| call.agent()).map(str::to_owned);
        record.lock().unwrap().push(agent);
    });
    let gateway = both(&planner, &booker).layer(layer).build().unwrap();
    ask(&gateway, called("/agents/booker", &[], "")).await;
    ask(&gateway, called("/", &[], r#""tenant":"planner","#)).await;
    ask(&gateway, called("/", &[], "")).await;
    let told = told.lock().unwrap();
    let told: Vec<_> = told.iter().map(Option::as_deref).collect();
    assert_eq!(told, [Some("booker"), Some("planner"), None]);
}

/// Fault A20 (part): a call in three forms finds the same agent.
#[cfg(feature = "grpc")]
#[tokio::test]
async fn a_call_of_grpc_is_routed_by_its_tenant() {
    use bytes::{BufMut, BytesMut};

    use crate::{A2aOperation, A2aVersion, wire::grpc};

    let (planner, booker) = (planner(), booker());
    let gateway = both(&planner, &booker).build().unwrap();
    let json = br#"{"tenant":"planner/acme","message":{"messageId":"1","role":"ROLE_USER","parts":[{"text":"hi"}]}}"#;
    let message = grpc::request_from_json(A2aVersion::V1_0, &A2aOperation::SendMessage, &json[..])
        .unwrap()
        .bytes;
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap());
    frame.put_slice(&message);
    let request = Request::post("/lf.a2a.v1.A2AService/SendMessage")
        .header("content-type", "application/grpc")
        .header("host", "gw.example")
        .header("a2a-version", "1.0")
        .body(Body::from(frame.freeze()))
        .unwrap();
    let (status, _, body) = whole(&gateway, request).await;
    assert_eq!(status, 200);
    assert!(body.windows(7).any(|part| part == b"planner"), "{body:?}");
    assert!(planner.asked()[0].2.contains(r#""tenant":"acme""#));
}
