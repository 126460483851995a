use super::support::{booker, both, planner};
use crate::{A2aGateway, gateway::A2aGatewayBuilder};

fn error(builder: A2aGatewayBuilder) -> String {
    builder.build().unwrap_err().to_string()
}

#[test]
fn refuses_what_no_request_could_find() {
    let (planner, booker) = (planner(), booker());
    let both = || both(&planner, &booker);
    let named = |name: &str| A2aGateway::builder().agent(name, planner.agent.clone());
    assert!(error(A2aGateway::builder()).contains("no agent"));
    for name in ["", "a/b", "a b", "..", ".x", "v1", "agents", "ä"] {
        assert!(error(named(name)).contains("the name"), "{name}");
    }
    assert!(error(named("a").agent("a", booker.agent.clone())).contains("twice"));
    assert!(error(both().host("a.example", "none")).contains("none"));
    let twice = both()
        .host("a.example", "planner")
        .host("A.example.", "booker");
    assert!(error(twice).contains("twice"));
    assert!(error(both().default_agent("none")).contains("none"));
    for prefix in ["", "/", "/a/../b", "/a//b"] {
        assert!(error(both().prefix(prefix)).contains("prefix"), "{prefix}");
    }
    let public = both().public_url("https://gw.example".parse().unwrap());
    assert!(error(public.host("a.example:80", "planner")).contains("host"));
    assert!(named("A-b_c.1").build().is_ok());
}
