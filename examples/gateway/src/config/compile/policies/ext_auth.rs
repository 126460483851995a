//! Authorization by another service.

use super::answers::header_name;
use super::callers::{Read, part};
use super::cases::{cases, expression};
use super::limits::failure_mode;
use super::service::asked;
use crate::config::compile::duration::{bytes, duration};
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{
    ExtAuth as Spec, ExtAuthCache, ExtAuthGrpc, ExtAuthHttp as HttpSpec, ExtAuthPolicy, ForwardBody,
};
use crate::config::snapshot::{
    AskedPath, Cases, ExtAuth, ExtAuthHttp, ExtAuthSpeech, Kept, KeptVerdicts, Secret,
};
use crate::expression::{Expression, Vocabulary};

/// Which service says who may pass.
pub(super) fn ext_auth(
    context: &Context<'_>,
    object: &Object,
    origin: &str,
    spec: &Spec,
) -> Read<Cases<ExtAuth>> {
    let mut faults = Vec::new();
    let place = (&context.caller, "spec.traffic.extAuth");
    let services = cases(spec, place, &mut faults, |spec, path, faults| {
        service((context, &context.caller), object, spec, path, faults)
    });
    part(format!("{origin} traffic.extAuth"), services, faults)
}

/// The same before one backend, in this field: behind the transformation of the rule, whose notes are
/// known.
pub(super) fn of_backend(
    context: &Context<'_>,
    object: &Object,
    (origin, field): (&str, &str),
    spec: &ExtAuthPolicy,
) -> Read<Cases<ExtAuth>> {
    let mut faults = Vec::new();
    let path = format!("spec.{field}");
    let found = service((context, &context.noted), object, spec, &path, &mut faults);
    let found = found.map(|found| (None, found));
    part(
        format!("{origin} {field}"),
        Cases(found.into_iter().collect()),
        faults,
    )
}

/// `names` are what its expressions may ask for.
fn service(
    (context, names): (&Context<'_>, &Vocabulary),
    object: &Object,
    spec: &ExtAuthPolicy,
    path: &str,
    faults: &mut Vec<Fault>,
) -> Option<ExtAuth> {
    let place = (spec.url.as_deref(), spec.backend_ref.as_ref());
    let found = asked(context, object, place, path);
    let found = found.map_err(|fault| faults.push(fault)).ok();
    let mut reading = Reading {
        names,
        path,
        faults,
    };
    let own_path = found.as_ref().map(|(_, own)| own.as_str());
    let own_path = own_path.filter(|own| !matches!(*own, "" | "/"));
    let speech = match (&spec.grpc, &spec.http) {
        (Some(grpc), _) => reading.grpc(grpc),
        (None, http) => reading.http(&http.clone().unwrap_or_default(), own_path),
    };
    let body_bytes = spec.forward_body.as_ref();
    let body_bytes = body_bytes.and_then(|it| reading.body_bytes(it));
    let cache = spec.cache.as_ref().map(|it| reading.cache(it));
    Some(ExtAuth {
        service: found?.0,
        speech,
        failure_mode: failure_mode(spec.failure_mode),
        body_bytes,
        cache,
    })
}

/// Reads the parts of one service's field.
struct Reading<'a> {
    names: &'a Vocabulary,
    path: &'a str,
    faults: &'a mut Vec<Fault>,
}

impl Reading<'_> {
    fn expression(&mut self, text: &str, field: &str) -> Option<Expression> {
        let path = format!("{}.{field}", self.path);
        expression(Expression::compile, text, self.names, path, self.faults)
    }

    fn maybe(&mut self, text: Option<&String>, field: &str) -> Option<Expression> {
        self.expression(text?, field)
    }

    fn name(&mut self, name: &str, field: &str) -> Option<http::HeaderName> {
        header_name(name, format!("{}.{field}", self.path), self.faults)
    }

    fn grpc(&mut self, spec: &ExtAuthGrpc) -> ExtAuthSpeech {
        let mut metadata = Vec::new();
        for (name, text) in &spec.request_metadata {
            let value = self.expression(text, &format!("grpc.requestMetadata[{name}]"));
            metadata.extend(value.map(|value| (name.clone(), value)));
        }
        let context = spec.context_extensions.iter();
        ExtAuthSpeech::Grpc {
            context: context
                .map(|(name, value)| (name.clone(), Secret::new(value.as_str())))
                .collect(),
            metadata,
        }
    }

    fn http(&mut self, spec: &HttpSpec, own_path: Option<&str>) -> ExtAuthSpeech {
        let path = self.maybe(spec.path.as_ref(), "http.path");
        let path = path.map(AskedPath::Expression);
        let mut added = Vec::new();
        for (name, text) in &spec.add_request_headers {
            let field = format!("http.addRequestHeaders[{name}]");
            let name = self.name(name, &field);
            added.extend(name.zip(self.expression(text, &field)));
        }
        let metadata = self.metadata(spec);
        let asked = &spec.allowed_request_headers;
        let asked = (!asked.is_empty()).then(|| self.names(asked, "http.allowedRequestHeaders"));
        ExtAuthSpeech::Http(Box::new(ExtAuthHttp {
            path: path.or_else(|| own_path.map(|own| AskedPath::Fixed(own.to_owned()))),
            redirect: self.maybe(spec.redirect.as_ref(), "http.redirect"),
            body: self.maybe(spec.body.as_ref(), "http.body"),
            request_headers: asked,
            added,
            response_headers: self.names(
                &spec.allowed_response_headers,
                "http.allowedResponseHeaders",
            ),
            metadata,
        }))
    }

    /// What is told of an answer may ask for its head and its body.
    fn metadata(&mut self, spec: &HttpSpec) -> Vec<(String, Expression)> {
        let names = self.names.clone().with_response();
        let names = &names.with_response_headers().with_response_body();
        let mut answer = Reading {
            names,
            path: self.path,
            faults: self.faults,
        };
        let mut found = Vec::new();
        for (name, text) in &spec.response_metadata {
            let value = answer.expression(text, &format!("http.responseMetadata[{name}]"));
            found.extend(value.map(|value| (name.clone(), value)));
        }
        found
    }

    fn names(&mut self, names: &[String], field: &str) -> Vec<http::HeaderName> {
        let mut found = Vec::new();
        for (index, name) in names.iter().enumerate() {
            found.extend(self.name(name, &format!("{field}[{index}]")));
        }
        found
    }

    fn body_bytes(&mut self, spec: &ForwardBody) -> Option<usize> {
        let read = bytes(&spec.max_size).and_then(|bytes| usize::try_from(bytes).ok());
        if read.is_none() {
            let path = format!("{}.forwardBody.maxSize", self.path);
            let message = "maxSize is no number of bytes such as 65536 or 64Ki";
            self.faults.push(Fault::new(path, "Invalid", message));
        }
        read
    }

    fn cache(&mut self, spec: &ExtAuthCache) -> KeptVerdicts {
        let mut key = Vec::new();
        for (index, text) in spec.key.iter().enumerate() {
            key.extend(self.expression(text, &format!("cache.key[{index}]")));
        }
        let ttl = match duration(&spec.ttl) {
            Some(time) => Kept::For(time),
            None => match self.expression(&spec.ttl, "cache.ttl") {
                Some(ttl) => Kept::Expression(ttl),
                // A fault, and the whole is not used.
                None => Kept::For(std::time::Duration::ZERO),
            },
        };
        let entries = spec.max_entries.and_then(|it| usize::try_from(it).ok());
        KeptVerdicts {
            key,
            ttl,
            max_entries: entries,
        }
    }
}
