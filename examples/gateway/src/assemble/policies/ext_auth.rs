//! Whether another service lets a request pass.

use std::{sync::Arc, time::Duration};

use agentgateway_core::{
    envoy::{
        HeaderFilter,
        authz::{ExtAuthz, GrpcService, HttpService, VerdictCache},
    },
    policy::Policy,
};
use bytes::Bytes;
use http::request;
use serde_json::{Map, Value};

use super::{Group, cases, noted, text_of};
use crate::assemble::{Parts, backend};
use crate::config::snapshot::{
    AskedPath, Cases, ExtAuth, ExtAuthHttp, ExtAuthSpeech, Kept, KeptVerdicts, Part,
};
use crate::expression::{Expression, Facts, Scalar};

/// How long a service has for its verdict: it may have to look a caller up elsewhere.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a service behind another one says is added to what is known.
pub(super) fn ext_auth(
    parts: &Parts,
    part: &Part<Cases<ExtAuth>>,
    is_behind: bool,
) -> Result<Group, String> {
    cases(&part.spec, |asked, case| {
        let mut policy = match &asked.speech {
            ExtAuthSpeech::Grpc { context, metadata } => {
                let (client, endpoint) = backend::service(parts, asked.service.place(), true)?;
                let mut service = GrpcService::new(endpoint, client).deadline(PATIENCE);
                for (name, value) in context {
                    service = service.context_extension(name, value.expose());
                }
                for (name, value) in metadata {
                    let value = value.clone();
                    service = service.request_metadata(&**name, move |head| object(&value, head));
                }
                if asked.body_bytes.is_some() {
                    service = service.forward_body();
                }
                ExtAuthz::grpc(service)
            }
            ExtAuthSpeech::Http(how) => {
                let (client, endpoint) = backend::service(parts, asked.service.place(), false)?;
                let service = by_http(HttpService::new(endpoint, client).deadline(PATIENCE), how);
                ExtAuthz::http(match asked.body_bytes {
                    Some(_) => service.forward_body(),
                    None => service,
                })
            }
        };
        policy = policy
            .named(format!("{}{case}", part.name))
            .failure_mode(asked.failure_mode)
            .add_to_known(is_behind);
        if let Some(kept) = &asked.cache {
            policy = policy.cache(cache(kept));
        }
        let policy: Arc<dyn Policy> = Arc::new(policy);
        Ok(vec![policy])
    })
}

fn by_http(mut service: HttpService, how: &ExtAuthHttp) -> HttpService {
    service = match how.path.clone() {
        Some(AskedPath::Fixed(path)) => service.path(move |_| Some(path.clone())),
        Some(AskedPath::Expression(path)) => service.path(move |head| text_of(&path, head)),
        None => service,
    };
    if let Some(names) = &how.request_headers {
        service = service.request_headers(HeaderFilter::only(names.iter().cloned()));
    }
    for (name, value) in &how.added {
        let value = value.clone();
        service = service.add_header(name.clone(), move |head| text_of(&value, head));
    }
    if let Some(body) = how.body.clone() {
        service = service.body(move |head| text_of(&body, head).map(Bytes::from));
    }
    if let Some(location) = how.redirect.clone() {
        service = service.redirect(move |head| text_of(&location, head));
    }
    if !how.metadata.is_empty() {
        let metadata = how.metadata.clone();
        service = service.response_metadata(move |request, answer, body| {
            let facts = Facts::request(request).response(answer.status);
            let facts = facts.response_headers(&answer.headers).response_body(body);
            told(&metadata, &facts)
        });
    }
    service.upstream_headers(how.response_headers.iter().cloned())
}

/// What has no value is not told.
fn told(metadata: &[(String, Expression)], facts: &Facts<'_>) -> Map<String, Value> {
    let value = |value: &Expression| value.evaluate_value(facts).ok()?.map(noted);
    let all = metadata.iter();
    all.filter_map(|(name, it)| Some((name.clone(), value(it)?)))
        .collect()
}

/// What an expression makes of a request, where that is a map.
fn object(value: &Expression, head: &request::Parts) -> Option<Map<String, Value>> {
    match value.evaluate_value(&Facts::request(head)).ok()?? {
        Scalar::Text(json) => serde_json::from_str(&json).ok(),
        _ => None,
    }
}

fn cache(kept: &KeptVerdicts) -> VerdictCache {
    let key = kept.key.clone();
    // The type stands before each value: `1` and `"1"` are not the same.
    let part = |value: &Expression, head: &request::Parts| {
        let facts = Facts::request(head).reveal_credentials();
        let value = value.evaluate_value(&facts).ok()??;
        Some(match value {
            Scalar::Text(text) => format!("t{text}").into_bytes(),
            other => format!("v{other}").into_bytes(),
        })
    };
    let key = move |head: &request::Parts| key.iter().map(|it| part(it, head)).collect();
    let mut cache = match &kept.ttl {
        Kept::For(time) => VerdictCache::new(key, *time),
        Kept::Expression(ttl) => {
            let ttl = ttl.clone();
            VerdictCache::new(key, Duration::ZERO).ttl(move |head| time_of(&ttl, head))
        }
    };
    if let Some(entries) = kept.max_entries {
        cache = cache.max_entries(entries);
    }
    cache
}

/// A duration as text, or seconds.
fn time_of(ttl: &Expression, head: &request::Parts) -> Option<Duration> {
    match ttl.evaluate_value(&Facts::request(head)).ok()?? {
        Scalar::Int(seconds) => u64::try_from(seconds).ok().map(Duration::from_secs),
        Scalar::Double(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Scalar::Text(text) => crate::config::compile::duration(&text),
        Scalar::Bool(_) => None,
    }
}
