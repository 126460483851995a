use serde_json::json;

use super::support::*;

#[tokio::test]
async fn the_directory_lists_the_skills_of_all_agents() {
    let (planner, booker) = (planner(), booker());
    let gateway = both(&planner, &booker)
        .public_url("https://gw.example/base".parse().unwrap())
        .title("Desk", "All of them")
        .build()
        .unwrap();
    for path in [
        "/.well-known/agent-card.json",
        "/base/.well-known/agent.json",
    ] {
        let (status, headers, text) = whole(&gateway, request(path, &[], "")).await;
        assert_eq!(status, 200, "{path}");
        assert!(headers.contains_key("etag"));
        let card: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(
            (&card["name"], &card["description"]),
            (&json!("Desk"), &json!("All of them"))
        );
        let skills = card["skills"].as_array().unwrap();
        let ids: Vec<_> = skills
            .iter()
            .map(|skill| skill["id"].as_str().unwrap())
            .collect();
        assert_eq!(
            ids,
            ["planner/trip", "planner/echo", "booker/book", "booker/echo"]
        );
        // Each has its own words, and its card's media types.
        assert_eq!(skills[0]["tags"], json!(["travel"]));
        assert_eq!(skills[0]["outputModes"], json!(["text/html"]));
        assert_eq!(skills[2]["inputModes"], json!(["a/b"]));
        assert!(skills[2].get("security").is_none());
        assert!(std::str::from_utf8(&text).unwrap().contains(r#""x":1.0"#));
        let interfaces = card["supportedInterfaces"].as_array().unwrap();
        assert_eq!(
            interfaces[0],
            json!({"url":"https://gw.example/base","protocolBinding":"JSONRPC","protocolVersion":"1.0","tenant":"planner"})
        );
        assert!(interfaces.iter().any(|one| one["tenant"] == "booker"));
        assert!(interfaces.iter().all(|one| one["protocolVersion"] == "1.0"));
        assert!(card.get("url").is_none());
        assert!(!std::str::from_utf8(&text).unwrap().contains("internal"));
        let known = headers["etag"].to_str().unwrap().to_owned();
        let again = request(path, &[("if-none-match", &known)], "");
        assert_eq!(whole(&gateway, again).await.0, 304);
    }
}

#[tokio::test]
async fn v0_3_is_in_the_directory_where_a_default_agent_takes_its_calls() {
    let (planner, booker) = (planner(), booker());
    let gateway = both(&planner, &booker)
        .default_agent("booker")
        .build()
        .unwrap();
    let (_, card) = ask(&gateway, request("/.well-known/agent-card.json", &[], "")).await;
    assert_eq!(card["url"], "http://gw.example");
    assert_eq!(card["protocolVersion"], "0.3.0");
}

/// Fault A05: a card's endpoint is down at the start, and later.
#[tokio::test]
async fn the_directory_keeps_the_last_good_cards() {
    let (planner, booker) = (planner(), booker());
    booker.is_away(true);
    let gateway = both(&planner, &booker).build().unwrap();
    let directory = || request("/.well-known/agent-card.json", &[], "");
    let (status, card) = ask(&gateway, directory()).await;
    assert_eq!((status, card["skills"].as_array().unwrap().len()), (200, 2));
    booker.is_away(false);
    booker.agent.refresh().await.unwrap();
    planner.is_away(true);
    assert!(planner.agent.refresh().await.is_err());
    let (_, card) = ask(&gateway, directory()).await;
    assert_eq!(card["skills"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn the_catalogue_links_to_each_agents_card() {
    let (planner, booker) = (planner(), booker());
    let gateway = both(&planner, &booker).prefix("a2a/desk").build().unwrap();
    let (status, headers, text) =
        whole(&gateway, request("/.well-known/api-catalog", &[], "")).await;
    assert_eq!(status, 200);
    let media = headers["content-type"].to_str().unwrap();
    assert!(media.starts_with("application/linkset+json"), "{media}");
    let link = headers["link"].to_str().unwrap();
    assert_eq!(
        link,
        r#"<http://gw.example/.well-known/api-catalog>; rel="api-catalog""#
    );
    let set: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let at = "http://gw.example/a2a/desk/booker";
    assert_eq!(set["linkset"][0]["item"][1]["href"], at);
    assert_eq!(set["linkset"][2]["anchor"], at);
    let card = set["linkset"][2]["service-desc"][0]["href"]
        .as_str()
        .unwrap();
    let path = card.strip_prefix("http://gw.example").unwrap();
    let (status, card) = ask(&gateway, request(path, &[], "")).await;
    assert_eq!((status, &card["name"]), (200, &json!("booker")));
    assert_eq!(card["url"], at);
    let mut head = request("/.well-known/api-catalog", &[], "");
    *head.method_mut() = http::Method::HEAD;
    let (status, headers, text) = whole(&gateway, head).await;
    assert_eq!((status, text.len()), (200, 0));
    assert!(headers.contains_key("link"));
}

#[tokio::test]
async fn an_extended_card_at_the_root_leads_to_the_agents_own_path() {
    let (planner, booker) = (planner(), booker());
    let gateway = both(&planner, &booker).build().unwrap();
    let rpc =
        r#"{"jsonrpc":"2.0","id":1,"method":"GetExtendedAgentCard","params":{"tenant":"planner"}}"#;
    let (_, answer) = ask(&gateway, request("/", &[V1], rpc)).await;
    let own = "http://gw.example/agents/planner";
    assert_eq!(
        answer["result"]["supportedInterfaces"][0]["url"], own,
        "{answer}"
    );
    let (_, card) = ask(&gateway, request("/booker/extendedAgentCard", &[V1], "")).await;
    assert_eq!(card["url"], "http://gw.example/agents/booker", "{card}");
}
