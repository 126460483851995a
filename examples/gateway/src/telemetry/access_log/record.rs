use std::{fmt::Write as _, net::IpAddr};

use agentgateway_core::{
    Error,
    body::End,
    context::{ClientAddr, ClientCertificate, Principal, RequestId, RouteName, Trail},
    telemetry::{OtelPropagation, Propagate, TraceContext},
};
use http::{
    HeaderValue, StatusCode, Version,
    header::{CONTENT_LENGTH, USER_AGENT},
    request, response,
};
use serde_json::{Map, Value};
use tokio::time::Instant;
use tracing_subscriber::fmt::{
    format::Writer,
    time::{FormatTime, SystemTime},
};

use super::Outcome;
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
    fields: Map<String, Value>,
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
        Some(Box::new(Record {
            begun: Instant::now(),
            fields: self.fields(head),
            head: (later || self.policy.add.iter().any(asks)).then(|| asked(head)),
            trail: Trail::lay(&mut head.extensions),
            code: None,
        }))
    }

    fn fields(&self, head: &request::Parts) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                fields.insert(name.to_owned(), value);
            }
        };
        let client = head.extensions.get::<ClientAddr>();
        let client: Option<IpAddr> = client.map(|found| found.addr().ip());
        let agent = head.headers.get(USER_AGENT).map(HeaderValue::to_str);
        set("agentgateway.gateway", Some(self.gateway.as_str().into()));
        set("http.request.method", Some(cut(head.method.as_str())));
        set("url.path", Some(cut(head.uri.path())));
        set("server.address", host(&head.uri, &head.headers).map(cut));
        set(
            "client.address",
            client.map(|client| client.to_string().into()),
        );
        set("user_agent.original", agent.and_then(Result::ok).map(cut));
        set(
            "network.protocol.version",
            version(head.version).map(Value::from),
        );
        let id = head.extensions.get::<RequestId>();
        set("agentgateway.request_id", id.map(|id| id.as_str().into()));
        set("trace_id", trace(head).map(Value::from));
        fields
    }

    fn passes(&self, filter: &Expression, facts: &Facts<'_>) -> bool {
        filter.evaluate_bool(facts).unwrap_or_else(|_| {
            self.stats.expression_errors.inc();
            false
        })
    }

    /// The exchange has ended: its line is written, or not.
    pub(super) fn end(&self, mut record: Record, end: End<'_>) {
        if let Some(head) = &mut record.head {
            record.trail.write_caller(&mut head.extensions);
        }
        let facts = record
            .head
            .as_ref()
            .map_or_else(Facts::none, Facts::request);
        let facts = record.code.map_or(facts, |code| facts.response(code));
        let late = self.policy.filter.as_ref();
        let late = late.filter(|filter| is_late(filter));
        if late.is_some_and(|filter| !self.passes(filter, &facts)) {
            return;
        }
        let told = record.told(end);
        let fields = &mut record.fields;
        fields.extend(told);
        let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        set("timestamp", timestamp().into());
        set("agentgateway.end", end.as_str().into());
        let seconds = record.begun.elapsed().as_secs_f64();
        set("http.server.request.duration", seconds.into());
        if let Some(code) = record.code {
            set("http.response.status_code", code.as_u16().into());
        }
        for (name, expression) in &self.policy.add {
            match expression.evaluate_value(&facts) {
                Ok(Some(Scalar::Text(text))) => drop(set(name, cut(&text))),
                Ok(Some(value)) => drop(set(name, serde_json::to_value(value).unwrap_or_default())),
                Err(error) if !error.is_missing() => drop(self.stats.expression_errors.inc()),
                Ok(None) | Err(_) => {}
            }
        }
        for name in &self.policy.remove {
            fields.remove(name);
        }
        self.sink.write(line(record.fields, self.sink.is_text()));
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

impl Record {
    /// What the layers inside have told: the outcome, who called, and who refused it.
    fn told(&self, end: End<'_>) -> impl Iterator<Item = (String, Value)> + use<> {
        let Self { trail, code, .. } = self;
        let error = trail.error();
        let fault = match (&error, end) {
            (Some(error), _) | (None, End::Failed(error)) => Some(error.kind().as_str().to_owned()),
            _ if trail.is_truncated() => Some("truncated".to_owned()),
            _ => {
                let code = code.filter(StatusCode::is_server_error);
                code.map(|code| code.as_str().to_owned())
            }
        };
        let by = error.as_ref().and_then(Error::decided_by);
        let caller = trail.principal();
        [
            (
                "agentgateway.outcome",
                Some(Outcome::of(trail, end, *code).as_str().into()),
            ),
            ("agentgateway.decided_by", by.map(|by| cut(by))),
            (
                "agentgateway.principal",
                caller.as_ref().map(Principal::name).map(cut),
            ),
            ("error.type", fault.map(Value::from)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    }

    /// The answer's head has come.
    pub(super) fn answered(&mut self, head: &response::Parts) {
        self.code = Some(head.status);
        let length = head.headers.get(CONTENT_LENGTH).map(HeaderValue::to_str);
        let length = length
            .and_then(Result::ok)
            .and_then(|text| text.parse::<u64>().ok());
        if let Some(length) = length {
            self.fields
                .insert("http.response.body.size".to_owned(), length.into());
        }
        if let Some(route) = head.extensions.get::<RouteName>() {
            self.fields
                .insert("http.route".to_owned(), cut(route.as_str()));
        }
    }
}

fn cut(text: &str) -> Value {
    match text.char_indices().nth(MAX_CHARS) {
        Some((at, _)) => text.get(..at).unwrap_or_default().into(),
        None => text.into(),
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
fn trace(head: &request::Parts) -> Option<String> {
    let opened = head.extensions.get::<Opened>();
    let context = opened
        .and_then(|opened| OtelPropagation::new().context(opened.span()))
        .or_else(|| TraceContext::from_headers(&head.headers))?;
    Some(format!("{:032x}", context.trace_id()))
}

fn timestamp() -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = SystemTime.format_time(&mut Writer::new(&mut text));
    text
}

/// The line, with its end.
fn line(fields: Map<String, Value>, text: bool) -> String {
    if !text {
        let mut line = Value::Object(fields).to_string();
        line.push('\n');
        return line;
    }
    let mut line = String::new();
    for (name, value) in fields {
        let separator = if line.is_empty() { "" } else { " " };
        // A text is quoted as JSON does, so that a client cannot write a line of its own.
        let _ = write!(line, "{separator}{name}={value}");
    }
    line.push('\n');
    line
}
