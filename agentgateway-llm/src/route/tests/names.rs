use http::Request;
use http_body_util::Full;

use super::{
    super::{LlmGateway, ModelRoute},
    support::{Does, Scripted, ask, send},
};
use crate::upstream::ProviderKind;

const ANSWER: Does = Does::Says(200, &[], r#"{"choices":[]}"#);

fn scripted() -> Scripted {
    Scripted::new("openai", ProviderKind::OpenAi, [ANSWER, ANSWER, ANSWER])
}

#[tokio::test]
async fn names_come_before_patterns_and_stars_are_carried_over() {
    let (fast, all) = (scripted(), scripted());
    let gateway = || {
        LlmGateway::builder()
            .route(ModelRoute::new("*").target(all.target()))
            .route(ModelRoute::new("team/*").target(fast.target().model("gpt-*-mini")))
            .route(ModelRoute::new("fast").target(fast.target().model("gpt-5")))
    };
    let body = |model: &str| format!(r#"{{"model":"{model}", "x": 1}}"#);
    for model in ["fast", "team/5", "other"] {
        let seen = ask(gateway(), "/v1/chat/completions", &body(model)).await;
        assert_eq!(seen.status, 200, "{seen:?}");
    }
    assert_eq!(fast.bodies(), [body("gpt-5"), body("gpt-5-mini")]);
    assert_eq!(all.bodies(), [body("other")]);
}

#[tokio::test]
async fn a_condition_chooses_between_routes_of_one_name() {
    let (long, short) = (scripted(), scripted());
    let gateway = LlmGateway::builder()
        .route(
            ModelRoute::new("m")
                .when(|call, _| call.max_tokens() > Some(100))
                .target(long.target()),
        )
        .route(ModelRoute::new("m").target(short.target()));
    ask(
        gateway,
        "/v1/chat/completions",
        r#"{"model":"m","max_tokens":7}"#,
    )
    .await;
    assert_eq!((long.bodies().len(), short.bodies().len()), (0, 1));
}

#[tokio::test]
async fn a_model_that_is_not_there_is_told_with_those_that_are() {
    let own = scripted();
    let gateway = LlmGateway::builder().route(ModelRoute::new("fast").target(own.target()));
    let seen = ask(
        gateway,
        "/v1/messages",
        r#"{"model":"slow","max_tokens":1,"messages":[]}"#,
    )
    .await;
    assert_eq!(seen.status, 404);
    assert!(
        seen.text
            .contains(r#"there is no model \"slow\" here; there are fast"#),
        "{}",
        seen.text
    );
    assert!(seen.text.contains("not_found_error"), "{}", seen.text);
    assert_eq!(seen.headers["x-should-retry"], "false");
}

#[tokio::test]
async fn the_models_are_listed_in_the_form_of_whoever_asks() {
    let own = scripted();
    let gateway = || {
        LlmGateway::builder()
            .route(ModelRoute::new("b").target(own.target()))
            .route(ModelRoute::new("a").target(own.target()))
            .route(ModelRoute::new("a").when(|_, _| true).target(own.target()))
            .route(ModelRoute::new("*").target(own.target()))
    };
    let get = |path: &str, header: &str| {
        Request::get(path)
            .header(header, "x")
            .body(Full::default())
            .unwrap()
    };
    let seen = send(gateway(), get("/v1/models", "authorization")).await;
    let list: serde_json::Value = serde_json::from_str(&seen.text).unwrap();
    let ids: Vec<_> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| &model["id"])
        .collect();
    assert_eq!(ids, ["a", "b"]);
    let seen = send(gateway(), get("/v1beta/models", "x-goog-api-key")).await;
    assert!(seen.text.contains(r#""name":"models/a""#), "{}", seen.text);
    let seen = send(gateway(), get("/v1/models/b", "authorization")).await;
    assert!(seen.text.starts_with(r#"{"id":"b""#), "{}", seen.text);
    assert_eq!(
        send(gateway(), get("/v1/models/c", "authorization"))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_providers_name_in_the_path_leads_to_it() {
    let own = scripted();
    let gateway = LlmGateway::builder()
        .provider(own.server())
        .route(ModelRoute::new("m").target(own.target()));
    let seen = ask(
        gateway,
        "/openai/v1/chat/completions?a=b",
        r#"{"model":"x"}"#,
    )
    .await;
    assert_eq!(seen.status, 200, "{seen:?}");
    let heads = own.heads();
    assert_eq!(heads[0].uri, "http://openai.test/v1/chat/completions?a=b");
}

#[tokio::test]
async fn prompts_that_begin_alike_go_to_one_target() {
    let (one, other) = (scripted(), scripted());
    let route = ModelRoute::new("m")
        .target(one.target())
        .target(other.target().model("m"))
        .prompt_affinity(64);
    let gateway = || LlmGateway::builder().route(route.clone());
    let long = "a".repeat(80);
    for end in ["x", "y", "z"] {
        let body =
            format!(r#"{{"model":"m","messages":[{{"role":"user","content":"{long}{end}"}}]}}"#);
        ask(gateway(), "/v1/chat/completions", &body).await;
    }
    let counts = (one.bodies().len(), other.bodies().len());
    assert!(matches!(counts, (3, 0) | (0, 3)), "{counts:?}");
}

#[test]
fn what_is_no_gateway_is_refused_with_the_reason() {
    let own = scripted();
    let error = |builder: super::super::LlmGatewayBuilder| builder.build().unwrap_err().to_string();
    assert_eq!(error(LlmGateway::builder()), "there is no route");
    let empty = LlmGateway::builder().route(ModelRoute::new("m"));
    assert_eq!(error(empty), "the route \"m\" has no target");
    let odd = LlmGateway::builder().route(ModelRoute::new("a*b*").target(own.target()));
    assert!(error(odd).contains("one * at most"));
    let twice = LlmGateway::builder()
        .provider(own.server())
        .provider(own.server())
        .route(ModelRoute::new("m").target(own.target()));
    assert_eq!(error(twice), "two providers are named openai");
}
