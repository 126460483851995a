use super::*;
use crate::config::snapshot::{AiBackend, Provider, ProviderKind, Secret};

fn provider(name: &str, model: Option<&str>) -> Provider {
    let at = Endpoints::Name(HostPort::new(name, 80));
    let mut provider = Provider::new(name, ProviderKind::OpenAi, at);
    provider.model = model.map(str::to_owned);
    let aliases = &mut provider.settings.model_aliases;
    aliases.insert("fast".to_owned(), "gpt-5-mini".to_owned());
    provider
}

/// A backend of this provider.
fn of(parts: &Parts, provider: Provider) -> Table {
    let groups = vec![vec![provider]];
    let own = Outcome::Backend(backend(BackendKind::Ai(AiBackend::new(groups))));
    let to = Action::Forward(vec![WeightedBackend::new(1, own)]);
    serving(parts, vec![rule("/", to)])
}

/// The model that a backend of this provider is asked for.
async fn asked(provider: Provider, model: &str) -> String {
    let (parts, sent) = parts();
    let table = of(&parts, provider);
    let body = format!(r#"{{"model":"{model}","messages":[]}}"#);
    let request = Request::post("/v1/chat/completions")
        .header("host", "example.com:8080")
        .header("content-type", "application/json")
        .body(Body::from(Bytes::from(body)))
        .unwrap();
    drop(ask(&table, request).await);
    let sent = sent.lock().unwrap();
    let body: serde_json::Value = serde_json::from_slice(&sent[0].body).unwrap();
    body["model"].as_str().unwrap().to_owned()
}

/// A seed, which Anthropic has no word for, and a tool that its own provider runs.
#[tokio::test]
async fn losses_are_refused_as_it_is_said() {
    let seed = r#""seed":7"#;
    let search = r#""web_search_options":{}"#;
    for (refused, member, is_refused) in [
        (None, seed, false),
        (None, search, true),
        (Some((true, true)), seed, true),
        (Some((false, false)), search, false),
    ] {
        let (parts, sent) = parts();
        let mut own = provider("p", None);
        own.kind = ProviderKind::Anthropic;
        let mut models = AiBackend::new(vec![vec![own]]);
        models.losses.refused = refused;
        let own = Outcome::Backend(backend(BackendKind::Ai(models)));
        let to = Action::Forward(vec![WeightedBackend::new(1, own)]);
        let table = serving(&parts, vec![rule("/", to)]);
        let body =
            format!(r#"{{"model":"m","messages":[{{"role":"user","content":"a"}}],{member}}}"#);
        let request = Request::post("/v1/chat/completions")
            .header("host", "example.com:8080")
            .header("content-type", "application/json")
            .body(Body::from(Bytes::from(body)))
            .unwrap();
        let answer = ask(&table, request).await;
        assert_eq!(answer.status() == 400, is_refused, "{refused:?} {member}");
        assert_eq!(sent.lock().unwrap().is_empty(), is_refused);
    }
}

/// Aliases of the backend are those of all its providers: one of another make has its own name for the model.
#[tokio::test]
async fn an_alias_does_not_take_the_place_of_a_providers_own_model() {
    for model in ["fast", "other"] {
        assert_eq!(
            asked(provider("p", Some("llama-4")), model).await,
            "llama-4"
        );
    }
    assert_eq!(asked(provider("p", None), "fast").await, "gpt-5-mini");
    assert_eq!(asked(provider("p", None), "other").await, "other");
}

#[tokio::test]
async fn what_is_no_call_goes_on_where_the_operator_says_so_with_the_gateways_credential() {
    for other_paths in [false, true] {
        let (parts, sent) = parts();
        let mut own = provider("p", None);
        own.other_paths = other_paths;
        own.settings.credential = Some(Secret::new("of-the-gateway"));
        let table = of(&parts, own);
        let upload = || {
            let mut request = post("/v1/files", "{}");
            let key = http::HeaderValue::from_static("Bearer of-the-client");
            request.headers_mut().insert("authorization", key);
            request
        };
        let expected = if other_paths { 200 } else { 404 };
        assert_eq!(status(&table, upload()).await, expected);
        let sent = sent.lock().unwrap();
        assert_eq!(sent.len(), usize::from(other_paths));
        for request in sent.iter() {
            assert_eq!(request.uri.path(), "/v1/files");
            assert_eq!(request.headers["authorization"], "Bearer of-the-gateway");
        }
    }
}

/// Gemini's streams are asked for in the query: without it they are no event streams.
#[tokio::test]
async fn another_path_keeps_the_query_of_the_usual_one() {
    for (path, expected) in [
        ("/own", "/own?alt=sse"),
        ("/own?version=2", "/own?version=2&alt=sse"),
        ("/own?alt=json", "/own?alt=json"),
    ] {
        let (parts, sent) = parts();
        let mut own = provider("p", None);
        own.kind = ProviderKind::Gemini;
        own.path = Some(path.to_owned());
        let table = of(&parts, own);
        let body = r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
        drop(ask(&table, post("/v1/chat/completions", body)).await);
        let sent = sent.lock().unwrap();
        let asked = sent[0].uri.path_and_query().unwrap();
        assert_eq!(asked, expected);
    }
}
