use std::time::Duration;

use tokio::time::sleep;

use super::support::*;

/// Fault A05: a card's endpoint is down at the start, and later: the last good card with its age.
#[tokio::test(start_paused = true)]
async fn the_last_good_card_is_served_with_its_age() {
    let (planner, booker) = (planner(), booker());
    let gateway = both(&planner, &booker).build().unwrap();
    let asks = || request("/agents/planner/.well-known/agent-card.json", &[], "");
    planner.is_away(true);
    let (status, _, _) = whole(&gateway, asks()).await;
    assert_eq!(status, 502);
    planner.is_away(false);
    planner.agent.refresh().await.unwrap();
    planner.is_away(true);
    sleep(Duration::from_secs(90)).await;
    let (status, headers, text) = whole(&gateway, asks()).await;
    assert_eq!((status, headers["age"].to_str().unwrap()), (200, "90"));
    let card: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(card["url"], "http://gw.example/agents/planner");
}

#[tokio::test(start_paused = true)]
async fn cards_are_refreshed_in_the_background() {
    let (planner, booker) = (planner(), booker());
    let gateway = both(&planner, &booker).build().unwrap();
    booker.is_away(true);
    assert!(planner.agent.card().is_none());
    let running = tokio::spawn(gateway.run());
    sleep(Duration::from_secs(1)).await;
    assert!(planner.agent.card().is_some() && booker.agent.card().is_none());
    booker.is_away(false);
    sleep(Duration::from_secs(6)).await;
    assert_eq!(booker.agent.card().unwrap().card().skills.len(), 2);
    sleep(Duration::from_secs(600)).await;
    assert!(planner.agent.card().unwrap().age() <= Duration::from_secs(240));
    running.abort();
}
