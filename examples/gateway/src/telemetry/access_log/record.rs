use agentgateway_core::{
    Error,
    body::End,
    context::{ClientAddr, ClientCertificate, RequestId, RouteName, Trail},
    telemetry::{OtelPropagation, Propagate, TraceContext},
};
use http::{
    HeaderValue, StatusCode, Version,
    header::{CONTENT_LENGTH, USER_AGENT},
    request, response,
};
use tokio::time::Instant;
use tracing_subscriber::fmt::{
    format::Writer,
    time::{FormatTime, SystemTime},
};

use super::{
    Outcome,
    fields::{Fields, Written},
};
use crate::{
    expression::{Expression, Facts, Scalar, host},
    telemetry::{AccessLogPolicy, ExportStats, GatewayName, Opened, server::copy, sink::Sink},
};

/// The longest text of a field, in characters.
const MAX_CHARS: usize = 1024;

/// The access log of one listener.
#[derive(Debug)]
pub(crate) struct Log {
    policy: AccessLogPolicy,
    gateway: GatewayName,
    sink: Sink,
    stats: ExportStats,
}

/// One exchange that will be logged.
#[derive(Debug)]
pub(super) struct Record {
    begun: Instant,
    /// What the request says. It is written when that comes: kept as it came, its head would hold the
    /// buffer that it was read into as long as a stream lasts.
    fields: Fields,
    /// The request, where an expression asks about it when the answer is there.
    head: Option<request::Parts>,
    trail: Trail,
    code: Option<StatusCode>,
}

impl Log {
    pub(crate) const fn new(
        policy: AccessLogPolicy,
        gateway: GatewayName,
        sink: Sink,
        stats: ExportStats,
    ) -> Self {
        Self {
            policy,
            gateway,
            sink,
            stats,
        }
    }

    /// A request; `None` when the filter refuses it.
    pub(super) fn begin(&self, head: &mut request::Parts) -> Option<Box<Record>> {
        let filter = self.policy.filter.as_ref();
        let now = filter.filter(|filter| !is_late(filter));
        if now.is_some_and(|filter| !self.passes(filter, &Facts::request(head))) {
            return None;
        }
        let asks = |(_, expression): &(String, Expression)| expression.needs_request();
        let later = filter.is_some_and(|filter| is_late(filter) && filter.needs_request());
        let mut fields = Fields::new(self.sink.is_text());
        self.tell_request(head, &mut fields);
        Some(Box::new(Record {
            begun: Instant::now(),
            fields,
            head: (later || self.policy.add.iter().any(asks)).then(|| asked(head)),
            trail: Trail::lay(&mut head.extensions),
            code: None,
        }))
    }

    fn tell_request(&self, head: &request::Parts, fields: &mut Fields) {
        let mut set = self.setting(fields);
        set("agentgateway.gateway", &self.gateway.as_str());
        set("http.request.method", &cut(head.method.as_str()));
        set("url.path", &cut(head.uri.path()));
        if let Some(host) = host(&head.uri, &head.headers) {
            set("server.address", &cut(host));
        }
        if let Some(client) = head.extensions.get::<ClientAddr>() {
            set("client.address", &client.addr().ip());
        }
        let agent = head.headers.get(USER_AGENT).map(HeaderValue::to_str);
        if let Some(Ok(agent)) = agent {
            set("user_agent.original", &cut(agent));
        }
        if let Some(version) = version(head.version) {
            set("network.protocol.version", &version);
        }
        if let Some(id) = head.extensions.get::<RequestId>() {
            set("agentgateway.request_id", &id.as_str());
        }
        if let Some(trace) = trace(head) {
            set("trace_id", &format_args!("{trace:032x}"));
        }
    }

    /// Sets fields of the gateway's own, where the policy leaves them.
    fn setting<'a>(
        &'a self,
        fields: &'a mut Fields,
    ) -> impl FnMut(&'static str, &dyn Written) + 'a {
        move |name, value| {
            if self.leaves(name) {
                fields.set(name, value);
            }
        }
    }

    /// Whether the policy neither removes a field nor sets it itself.
    fn leaves(&self, name: &str) -> bool {
        let AccessLogPolicy { add, remove, .. } = &self.policy;
        !add.iter().any(|(own, _)| own == name) && !remove.iter().any(|gone| gone == name)
    }

    fn passes(&self, filter: &Expression, facts: &Facts<'_>) -> bool {
        filter.evaluate_bool(facts).unwrap_or_else(|_| {
            self.stats.expression_errors.inc();
            false
        })
    }

    /// The answer's head has come.
    pub(super) fn answered(&self, record: &mut Record, head: &response::Parts) {
        record.code = Some(head.status);
        let mut set = self.setting(&mut record.fields);
        let length = head.headers.get(CONTENT_LENGTH).map(HeaderValue::to_str);
        let length = length
            .and_then(Result::ok)
            .and_then(|text| text.parse::<u64>().ok());
        if let Some(length) = length {
            set("http.response.body.size", &length);
        }
        if let Some(route) = head.extensions.get::<RouteName>() {
            set("http.route", &cut(route.as_str()));
        }
    }

    /// The exchange has ended: its line is written, or not.
    pub(super) fn end(&self, mut record: Record, end: End<'_>) {
        let head = record.head.take().map(|mut head| {
            record.trail.write_caller(&mut head.extensions);
            head
        });
        let facts = head.as_ref().map_or_else(Facts::none, Facts::request);
        let facts = record.code.map_or(facts, |code| facts.response(code));
        let late = self.policy.filter.as_ref();
        let late = late.filter(|filter| is_late(filter));
        if late.is_some_and(|filter| !self.passes(filter, &facts)) {
            return;
        }
        self.tell_end(&mut record, end);
        self.tell_own(&facts, &mut record.fields);
        let fields = record.fields;
        self.sink.write(if self.leaves("timestamp") {
            fields.behind("timestamp", timestamp().as_str()).line()
        } else {
            fields.line()
        });
    }

    /// What the layers inside have told: the outcome, who called, and who refused it.
    fn tell_end(&self, record: &mut Record, end: End<'_>) {
        let Record {
            begun,
            fields,
            trail,
            code,
            ..
        } = record;
        let mut set = self.setting(fields);
        set(
            "http.server.request.duration",
            &begun.elapsed().as_secs_f64(),
        );
        let error = trail.error();
        if let Some(code) = code {
            set("http.response.status_code", &code.as_u16());
        }
        set("agentgateway.end", &end.as_str());
        let outcome = Outcome::of(trail, error.as_ref(), end, *code);
        set("agentgateway.outcome", &outcome.as_str());
        if let Some(detail) = error.as_ref().and_then(Error::detail) {
            set("error.message", &cut(detail));
        }
        if let Some(by) = error.as_ref().and_then(Error::decided_by) {
            set("agentgateway.decided_by", &cut(by));
        }
        if let Some(caller) = trail.principal() {
            set("agentgateway.principal", &cut(caller.name()));
        }
        match (&error, end) {
            (Some(error), _) | (None, End::Failed(error)) => {
                set("error.type", &error.type_name());
            }
            _ if trail.is_truncated() => set("error.type", &"truncated"),
            _ => {
                if let Some(code) = code.filter(StatusCode::is_server_error) {
                    set("error.type", &code.as_str());
                }
            }
        }
    }

    /// The policy's own fields. What an expression has no value for is left out.
    fn tell_own(&self, facts: &Facts<'_>, fields: &mut Fields) {
        for (name, expression) in &self.policy.add {
            if self.policy.remove.contains(name) {
                continue;
            }
            match expression.evaluate_value(facts) {
                Ok(Some(Scalar::Text(text))) => fields.set_named(name, cut(&text)),
                Ok(Some(value)) => fields.set_named(name, &value),
                Err(error) if !error.is_missing() => drop(self.stats.expression_errors.inc()),
                Ok(None) | Err(_) => {}
            }
        }
    }
}

/// Whether it is evaluated when the exchange is over.
fn is_late(filter: &Expression) -> bool {
    filter.needs_response() || filter.needs_caller()
}

/// What expressions may ask about when the exchange is over.
fn asked(head: &request::Parts) -> request::Parts {
    let mut copy = copy(head);
    if let Some(shown) = head.extensions.get::<ClientCertificate>() {
        copy.extensions.insert(shown.clone());
    }
    copy
}

fn cut(text: &str) -> &str {
    if text.len() <= MAX_CHARS {
        return text;
    }
    match text.char_indices().nth(MAX_CHARS) {
        Some((at, _)) => text.get(..at).unwrap_or_default(),
        None => text,
    }
}

const fn version(version: Version) -> Option<&'static str> {
    Some(match version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_11 => "1.1",
        Version::HTTP_2 => "2",
        Version::HTTP_3 => "3",
        _ => return None,
    })
}

/// The trace of the request: the one that is recorded, else the client's.
fn trace(head: &request::Parts) -> Option<u128> {
    let opened = head.extensions.get::<Opened>();
    let context = opened
        .and_then(|opened| OtelPropagation::new().context(opened.span()))
        .or_else(|| TraceContext::from_headers(&head.headers))?;
    Some(context.trace_id())
}

fn timestamp() -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = SystemTime.format_time(&mut Writer::new(&mut text));
    text
}
