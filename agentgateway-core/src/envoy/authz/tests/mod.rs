mod asked;
mod cached;
mod known;
mod over_http;
mod verdicts;

use ::http::{HeaderName, Request};

use super::*;
use crate::{
    envoy::wire::{
        auth::{CheckResponse, DeniedHttpResponse, HttpResponse, OkHttpResponse},
        common::{self, HeaderValueOption, HttpStatus},
        google,
    },
    upstream::{Endpoint, Upstream},
};

fn endpoint() -> Endpoint {
    "judge.example:9001".parse().unwrap()
}

fn service(client: Upstream) -> GrpcService {
    GrpcService::new(endpoint(), client)
}

fn name(name: &'static str) -> HeaderName {
    HeaderName::from_static(name)
}

fn yes(message: OkHttpResponse) -> CheckResponse {
    CheckResponse {
        status: Some(google::Status::default()),
        http_response: Some(HttpResponse::Ok(message)),
        dynamic_metadata: None,
    }
}

fn no(code: i32, fields: Vec<HeaderValueOption>, body: &str) -> CheckResponse {
    CheckResponse {
        status: Some(google::Status {
            code: 7,
            message: String::new(),
        }),
        http_response: Some(HttpResponse::Denied(DeniedHttpResponse {
            status: Some(HttpStatus { code }),
            headers: fields,
            body: body.into(),
        })),
        dynamic_metadata: None,
    }
}

/// As most services write it: neither `append` nor an action.
fn set(key: &str, value: &str) -> HeaderValueOption {
    HeaderValueOption {
        header: Some(common::HeaderValue {
            key: key.into(),
            value: value.into(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn append(key: &str, value: &str) -> HeaderValueOption {
    HeaderValueOption {
        append: Some(true),
        ..set(key, value)
    }
}

fn with(path: &str, fields: &[(&str, &str)]) -> Request<()> {
    let mut request = Request::get(path);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap()
}
