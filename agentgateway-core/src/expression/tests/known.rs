use http::{Request, request};
use serde_json::json;

use super::*;
use crate::{
    context::{AuthMethod, CallFacts, CallView, ClientCertificate, Fact, Principal},
    transform::{Changes, RequestField},
};

/// A call of which something is known.
#[derive(Clone)]
struct Call {
    tool: Option<&'static str>,
}

impl CallFacts for Call {
    const PROTOCOL: &'static str = "mcp";
    const NAMES: &'static [&'static str] = &["tool", "size", "live"];

    fn fact(&self, name: &str) -> Option<Fact<'_>> {
        match name {
            "tool" => self.tool.map(Fact::Text),
            "size" => Some(Fact::Number(7)),
            "live" => Some(Fact::Truth(true)),
            _ => None,
        }
    }
}

/// A call of another protocol.
struct Other;

impl CallFacts for Other {
    const PROTOCOL: &'static str = "a2a";
    const NAMES: &'static [&'static str] = &["operation"];

    fn fact(&self, _: &str) -> Option<Fact<'_>> {
        None
    }
}

fn names() -> Vocabulary {
    Vocabulary::request()
        .with_principal()
        .with_call::<Call>()
        .with_call::<Other>()
}

fn head(tool: Option<&'static str>) -> request::Parts {
    let (mut head, ()) = Request::new(()).into_parts();
    let extensions = &mut head.extensions;
    extensions.insert(Call { tool });
    extensions.insert(CallView::of::<Call>());
    let many: Vec<_> = (0..600).collect();
    let claims = json!({
        "sub": "alice", "groups": ["a", "b"], "age": 7, "big": u64::MAX, "ratio": 0.5,
        "address": { "city": "Bern" }, "none": null, "many": many,
    });
    let claims = claims.as_object().unwrap().clone();
    Principal::new(AuthMethod::ApiKey, "robot").insert(extensions);
    Principal::new(AuthMethod::Basic, "bob").insert(extensions);
    Principal::new(AuthMethod::Jwt, "alice")
        .with_issuer("https://id.example.org")
        .with_claims(claims)
        .insert(extensions);
    let shown = ClientCertificate::new(&b"der"[..], "c0ffee");
    extensions.insert(shown.with_uris(["spiffe://example.org/a"]));
    head
}

fn value(text: &str, head: &request::Parts) -> Result<Option<Scalar>, EvaluationError> {
    let expression = Expression::compile(text, &names()).unwrap();
    expression.evaluate_value(&Facts::request(head))
}

#[test]
fn the_caller_and_the_call_are_read() {
    let head = head(Some("search"));
    for text in [
        "principal.name == 'alice'",
        "principal.issuer == 'https://id.example.org'",
        "principal.method == 'jwt'",
        "principal.claims.age == 7",
        "jwt.sub == 'alice' && jwt['sub'] == 'alice'",
        "'sub' in jwt && !('role' in jwt) && has(jwt.sub) && !has(jwt.role)",
        "'b' in jwt.groups && size(jwt.groups) == 2",
        "jwt.groups.exists(group, group == 'b')",
        "jwt.groups.all(group, group.startsWith('a') || group == 'b')",
        "jwt.big > 9u && jwt.ratio < 1.0 && jwt.none == null",
        "jwt.address.city == 'Bern' && has(jwt.address.city) && !has(jwt.address.street)",
        "apiKey.name == 'robot' && basicAuth.username == 'bob'",
        "source.identity == 'spiffe://example.org/a'",
        "mcp.tool == 'search' && mcp.size == 7 && mcp.live",
        "has(mcp.tool)",
        "!has(extauthz.team)",
    ] {
        assert_eq!(value(text, &head), Ok(Some(Scalar::Bool(true))), "{text}");
    }
}

#[test]
fn what_a_request_does_not_have_is_missing() {
    let known = head(None);
    let (bare, ()) = Request::new(()).into_parts();
    for text in ["mcp.tool == 'x'", "jwt.role == 'x'", "extauthz.team == 'x'"] {
        assert!(value(text, &known).unwrap_err().is_missing(), "{text}");
    }
    for text in [
        "mcp.tool == 'x'",
        "a2a.operation == 'x'",
        "jwt.sub == 'x'",
        "principal.name == 'x'",
        "principal.claims.sub == 'x'",
        "basicAuth.username == 'x'",
        "source.identity == 'x'",
    ] {
        assert!(value(text, &bare).unwrap_err().is_missing(), "{text}");
    }
    assert_eq!(value("has(jwt.sub)", &bare), Ok(Some(Scalar::Bool(false))));
    assert_eq!(
        value("has(mcp.tool)", &known),
        Ok(Some(Scalar::Bool(false)))
    );
    // A place for calls of several protocols sees one of them at a time.
    let error = value("a2a.operation == 'x'", &known).unwrap_err();
    assert!(error.is_missing());
}

#[test]
fn what_a_transformation_has_noted_is_read() {
    let changes = Changes::<RequestField>::new()
        .metadata("team", |_| Some(json!("blue")))
        .metadata("limits", |_| Some(json!({ "calls": 7 })));
    let (mut head, ()) = Request::new(()).into_parts();
    changes.apply(&mut head).unwrap();
    let names = Vocabulary::request().with_metadata();
    let read = |text: &str| {
        let expression = Expression::compile(text, &names).unwrap();
        expression.evaluate_value(&Facts::request(&head))
    };
    let all = "metadata.team == 'blue' && metadata.limits.calls == 7 && !has(metadata.other)";
    assert_eq!(read(all), Ok(Some(Scalar::Bool(true))));
    assert!(read("metadata.other").unwrap_err().is_missing());
    assert!(Expression::compile("metadata.team", &Vocabulary::request()).is_err());
}

#[test]
fn a_certificate_that_nobody_vouches_for_names_nobody() {
    let (mut head, ()) = Request::new(()).into_parts();
    head.extensions
        .insert(ClientCertificate::new(&b"der"[..], "c0ffee").unverified());
    let error = value("source.identity == 'c0ffee'", &head).unwrap_err();
    assert!(error.is_missing());
}

#[test]
fn a_list_without_a_bound_is_not_gone_through() {
    let head = head(None);
    let error = value("jwt.many.exists(n, n == 1)", &head).unwrap_err();
    assert!(!error.is_missing(), "{error}");
    for text in [
        "jwt.groups.exists(a, jwt.groups.exists(b, a == b))",
        "jwt.groups.map(a, jwt.groups)",
    ] {
        assert!(Expression::compile(text, &names()).is_err(), "{text}");
    }
}

#[test]
fn a_place_without_callers_knows_none() {
    let early = Vocabulary::request();
    let told = |text: &str| Expression::compile(text, &early).unwrap_err().to_string();
    assert!(told("jwt.sub == 'a'").contains("nothing gives it here"));
    assert!(told("mcp.tool == 'a'").contains("nothing gives it here"));
    let late = names();
    let told = |text: &str| Expression::compile(text, &late).unwrap_err().to_string();
    let wrong = told("mcp.toool == 'a'");
    assert!(wrong.contains("expected \"mcp.tool\", perhaps"), "{wrong}");
    assert!(told("principal.nam == 'a'").contains("expected \"principal.name\", perhaps"));
}

#[test]
fn headers_are_counted_by_their_names() {
    let request = Request::get("/").header("a", "1").header("a", "2");
    let (head, ()) = request.header("b", "3").body(()).unwrap().into_parts();
    let counted = value("size(request.headers)", &head);
    assert_eq!(counted, Ok(Some(Scalar::Int(2))));
    assert!(value("size(jwt)", &head).is_err());
}

#[cfg(feature = "envoy")]
#[test]
fn what_a_service_has_told_is_read_without_a_name() {
    let (mut head, ()) = Request::new(()).into_parts();
    let told = json!({ "team": "blue" });
    let told = crate::envoy::authz::Metadata::new(told.as_object().unwrap().clone());
    head.extensions.insert(told);
    let read = value("extauthz.team == 'blue'", &head);
    assert_eq!(read, Ok(Some(Scalar::Bool(true))));
}

#[test]
fn heads_and_bodies_of_both_messages_are_known_where_they_are_shown() {
    let early = Vocabulary::request();
    for text in ["request.body", "response.body", "response.headers['a']"] {
        assert!(Expression::compile(text, &early.clone().with_response()).is_err());
    }
    let all = early.with_request_body().with_response();
    let all = all.with_response_headers().with_response_body();
    let compiled = |text: &str| Expression::compile(text, &all).unwrap();
    let (mut answer, ()) = http::Response::new(()).into_parts();
    let headers = &mut answer.headers;
    headers.insert("x-team", "blue".parse().unwrap());
    headers.insert("set-cookie", "session=1".parse().unwrap());
    let head = head(None);
    let facts = Facts::request(&head)
        .request_body(b"asked")
        .response_headers(&answer.headers)
        .response_body(b"said");
    let text = "request.body + response.body + response.headers['x-team'] \
                + response.headers['set-cookie'] + string(size(response.headers))";
    let told = compiled(text).evaluate_value(&facts).unwrap().unwrap();
    assert_eq!(told.to_string(), "askedsaidblue[redacted]2");
    // What is no text, too long or not there has no value.
    let long = vec![b'a'; MAX_BODY_BYTES + 1];
    let none = Facts::request(&head);
    for facts in [none.request_body(b"\xff"), none.request_body(&long), none] {
        let error = compiled("request.body").evaluate_value(&facts).unwrap_err();
        assert!(error.is_missing(), "{error}");
    }
    let truth = |text: &str| compiled(text).evaluate_bool(&none).unwrap();
    assert!(truth(
        "!has(request.body) && !has(response.body) && !has(response.headers)"
    ));
    let needs = |text: &str| {
        let found = compiled(text);
        let (request, response) = (found.needs_request_body(), found.needs_response_body());
        (
            request,
            response,
            found.needs_request(),
            found.needs_response(),
        )
    };
    assert_eq!(needs("request.body"), (true, false, true, false));
    assert_eq!(needs("has(response.body)"), (false, true, false, true));
    assert_eq!(needs("response.headers['a']"), (false, false, false, true));
    // A body may be larger than a head: fewer of them fit in one value.
    let four = ["request.body"; 4].join(" + ");
    assert!(Expression::compile(&four, &all).is_err());
}
