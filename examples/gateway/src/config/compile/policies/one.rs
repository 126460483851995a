//! What one policy asks for.

use std::time::Duration;

use super::layer::{Layer, Traffic};
use super::table::targets;
use super::{
    Closed, Frontend, access, answers, buffer, callers, ext_auth, frontend, limits, mcp_callers,
    retry, spending, transform,
};
use crate::config::compile::duration::{bytes, duration, no_duration};
use crate::config::compile::filters::{cors, request_headers, response_headers};
use crate::config::compile::settings::settings;
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{
    FrontendHttp, HostRewriteMode, Inheritance, PolicySpec, Quantity, Reference, TrafficPolicies,
};
use crate::config::snapshot::{BeforeRouting, HttpSettings, Policies as Guards};

/// A policy with what could be read of it.
#[derive(Debug)]
pub(super) struct Policy<'a> {
    pub(super) object: &'a Object,
    pub(super) spec: &'a PolicySpec,
    pub(super) layer: Layer,
    /// Values that cannot be used.
    pub(super) invalid: Vec<Fault>,
    /// References that lead nowhere or may not be followed.
    pub(super) unresolved: Vec<Fault>,
    /// What is probably not as meant.
    pub(super) doubts: Vec<Fault>,
}

impl<'a> Policy<'a> {
    pub(super) fn new(context: &Context<'_>, object: &'a Object, spec: &'a PolicySpec) -> Self {
        let mut policy = Self {
            object,
            spec,
            layer: Layer {
                closed: Closed::of(object),
                ..Layer::default()
            },
            invalid: Vec::new(),
            unresolved: Vec::new(),
            doubts: Vec::new(),
        };
        policy.read_frontend(context);
        if let Some(spec) = &spec.traffic {
            let (mut traffic, policies) = (policy.traffic(spec), policy.guards(context, spec));
            if spec.is_before_routing() {
                let cors = traffic.cors;
                policy.layer.before = BeforeRouting { cors, policies };
                policy.layer.overrides.before = policy.overrides();
            } else {
                traffic.policies = policies;
                policy.layer.traffic = traffic;
                policy.layer.overrides.traffic = policy.overrides();
            }
        }
        if let Some(spec) = &spec.backend {
            let (found, faults) = settings(context, object, spec, "spec.backend");
            policy.layer.backend = found;
            let trust = faults.iter().filter(|fault| is_of_trust(fault));
            policy.layer.closed.add(&Closed::by(object, trust));
            policy.sort(faults);
        }
        policy.of_tools_alone(context);
        policy
    }

    fn overrides(&self) -> Option<Reference> {
        let strategy = self.spec.strategy.as_ref();
        let strategy = strategy.filter(|it| it.inheritance == Some(Inheritance::Override));
        strategy.map(|_| self.object.reference.clone())
    }

    /// Rules about calls of MCP hold nowhere at a backend that speaks something else: where it is named, it
    /// is closed, so that nobody takes it for guarded.
    fn of_tools_alone(&mut self, context: &Context<'_>) {
        let spec = self.spec.backend.as_ref().and_then(|it| it.mcp.as_ref());
        let (field, what) = match spec {
            Some(spec) if spec.authorization.is_some() => {
                ("authorization", "no rule about its calls can hold")
            }
            Some(spec) if spec.authentication.is_some() => {
                ("authentication", "no token can be asked for by its rules")
            }
            _ => return,
        };
        for (path, target) in targets(context, self) {
            let named = path.starts_with("spec.targetRefs");
            let object = context.store.get(&target.reference).filter(|_| named);
            let backend = object.and_then(|object| object.spec.backend());
            if backend.is_none_or(|backend| backend.mcp.is_some()) {
                continue;
            }
            let message = format!("{} speaks no MCP, so that {what}", target.reference);
            let fault = Fault::new(format!("spec.backend.mcp.{field}"), "Invalid", message);
            self.layer
                .closed
                .add(&Closed::backends_by(self.object, &fault));
            self.invalid.push(fault);
        }
    }

    /// Takes down faults: those of references, and those of values.
    fn sort(&mut self, faults: impl IntoIterator<Item = Fault>) {
        for fault in faults {
            match fault.reason {
                "Invalid" | "UnsupportedValue" => self.invalid.push(fault),
                _ => self.unresolved.push(fault),
            }
        }
    }

    fn read_frontend(&mut self, context: &Context<'_>) {
        let Some(spec) = &self.spec.frontend else {
            return;
        };
        let mut found = Frontend::default();
        if let Some(tracing) = &spec.tracing {
            let read = frontend::tracing(context, self.object, tracing);
            found.tracing = Some(read.state);
            self.sort(read.faults);
            self.doubts.extend(read.doubts);
        }
        if let Some(log) = &spec.access_log {
            match frontend::access_log(context, self.object, log) {
                Ok(policy) => found.access_log = Some(policy),
                Err(fault) => self.sort([fault]),
            }
        }
        if let Some(http) = &spec.http {
            found.http = Some(self.http(http));
        }
        found.connections = self.connections(context, spec);
        self.layer.frontend = found;
    }

    fn time(&mut self, text: Option<&String>, path: &str) -> Option<Duration> {
        let text = text?;
        let read = duration(text);
        if read.is_none() {
            self.invalid
                .push(Fault::new(path, "Invalid", no_duration(text)));
        }
        read
    }

    fn size(&mut self, quantity: Option<&Quantity>, field: &str) -> Option<u64> {
        let quantity = quantity?;
        let read = bytes(quantity);
        if read.is_none() {
            let path = format!("spec.frontend.http.{field}");
            let message = format!("{field} is no number of bytes such as 65536 or 64Ki");
            self.invalid.push(Fault::new(path, "Invalid", message));
        }
        read
    }

    fn small(&mut self, quantity: Option<&Quantity>, field: &str) -> Option<u32> {
        let read = self.size(quantity, field)?;
        let small = u32::try_from(read).ok();
        if small.is_none() {
            let path = format!("spec.frontend.http.{field}");
            let message = format!("{field} must be at most {}", u32::MAX);
            self.invalid.push(Fault::new(path, "Invalid", message));
        }
        small
    }

    fn http(&mut self, spec: &FrontendHttp) -> HttpSettings {
        let path = |field: &str| format!("spec.frontend.http.{field}");
        HttpSettings {
            http1_idle_timeout: self
                .time(spec.http1_idle_timeout.as_ref(), &path("http1IdleTimeout")),
            http1_max_headers: spec.http1_max_headers,
            http2_window_size: self.small(spec.http2_window_size.as_ref(), "http2WindowSize"),
            http2_connection_window_size: self.small(
                spec.http2_connection_window_size.as_ref(),
                "http2ConnectionWindowSize",
            ),
            http2_frame_size: self.small(spec.http2_frame_size.as_ref(), "http2FrameSize"),
            http2_max_header_size: self
                .small(spec.http2_max_header_size.as_ref(), "http2MaxHeaderSize"),
            http2_keepalive_interval: self.time(
                spec.http2_keepalive_interval.as_ref(),
                &path("http2KeepaliveInterval"),
            ),
            http2_keepalive_timeout: self.time(
                spec.http2_keepalive_timeout.as_ref(),
                &path("http2KeepaliveTimeout"),
            ),
            max_buffer_size: self.size(spec.max_buffer_size.as_ref(), "maxBufferSize"),
            max_connection_duration: self.time(
                spec.max_connection_duration.as_ref(),
                &path("maxConnectionDuration"),
            ),
        }
    }

    /// What decides about requests. A guard with any fault closes what it is for: one that is half
    /// understood might let pass what it was to keep out.
    fn guards(&mut self, context: &Context<'_>, traffic: &TrafficPolicies) -> Guards {
        let mut found = Guards::default();
        let object = self.object;
        let origin = format!("{}/{}", object.reference.namespace, object.reference.name);
        if let Some(spec) = &traffic.csrf {
            found.csrf = self.guard(answers::csrf(&origin, spec));
        }
        if let Some(spec) = &traffic.jwt_authentication {
            match &spec.mcp {
                None => found.jwt = self.guard(callers::jwt(context, object, &origin, spec)),
                // Who asks for the metadata has no token yet: nobody may be asked for one before a route is chosen.
                Some(_) if traffic.is_before_routing() => {
                    let path = "spec.traffic.jwtAuthentication.mcp";
                    let message = "mcp is served by policies of phase PostRouting alone";
                    let fault = Fault::new(path, "UnsupportedValue", message);
                    self.guard::<()>(Err(vec![fault]));
                }
                Some(mcp) => {
                    let read = mcp_callers::of_route(context, object, &origin, (spec, mcp));
                    found.mcp = self.guard(read);
                }
            }
        }
        if let Some(spec) = &traffic.basic_authentication {
            found.basic = self.guard(callers::basic(context, object, &origin, spec));
        }
        if let Some(spec) = &traffic.api_key_authentication {
            found.api_key = self.guard(callers::api_key(context, object, &origin, spec));
        }
        if let Some(spec) = &traffic.ext_auth {
            found.ext_auth = self.guard(ext_auth::ext_auth(context, object, &origin, spec));
        }
        if let Some(spec) = &traffic.authorization {
            // Which call it is, nobody knows before there is a rule.
            let names = match traffic.is_before_routing() {
                true => &context.noted,
                false => &context.call,
            };
            let rule = self.guard(access::rule(
                names,
                (&origin, "traffic.authorization"),
                spec,
            ));
            found.authorization.extend(rule);
        }
        if let Some(spec) = &traffic.buffer {
            found.buffer = self.take(buffer::buffer(&origin, spec));
        }
        if let Some(spec) = &traffic.transformation {
            found.transform = self.guard(transform::transform(context, &origin, spec));
        }
        if let Some(spec) = &traffic.concurrency {
            found.concurrency = self.guard(spending::concurrency(context, &origin, spec));
        }
        if let Some(spec) = &traffic.budgets {
            found.budgets = self.guard(spending::budgets(context, &origin, spec));
        }
        if let Some(spec) = &traffic.rate_limit {
            found.rate_limit = self.guard(limits::rate_limit(context, object, &origin, spec));
        }
        if let Some(spec) = &traffic.delay {
            found.delay = self.take(answers::delay(context, &origin, spec));
        }
        if let Some(spec) = &traffic.retry {
            found.retry = self.take(retry::retry(context, &origin, spec));
        }
        if let Some(spec) = &traffic.direct_response {
            found.direct = self.guard(answers::direct(context, &origin, spec));
        }
        found
    }

    fn take<T>(&mut self, read: Result<T, Vec<Fault>>) -> Option<T> {
        read.map_err(|faults| self.sort(faults)).ok()
    }

    fn guard<T>(&mut self, read: Result<T, Vec<Fault>>) -> Option<T> {
        read.map_err(|faults| {
            self.layer
                .closed
                .add(&Closed::by(self.object, faults.iter()));
            self.sort(faults);
        })
        .ok()
    }

    fn traffic(&mut self, spec: &TrafficPolicies) -> Traffic {
        let mut found = Traffic::default();
        if let Some(timeouts) = &spec.timeouts {
            let path = "spec.traffic.timeouts.request";
            found.request_timeout = self.time(timeouts.request.as_ref(), path);
        }
        if let Some(edits) = &spec.header_modifiers {
            let path = "spec.traffic.headerModifiers";
            let request = request_headers(edits.request.as_ref(), &format!("{path}.request"));
            let response = response_headers(edits.response.as_ref(), &format!("{path}.response"));
            match (request, response) {
                (Ok(request), Ok(response)) => found.headers = Some((request, response)),
                (request, response) => {
                    self.sort([request.err(), response.err()].into_iter().flatten());
                }
            }
        }
        if let Some(spec) = &spec.cors {
            match cors(spec, "spec.traffic.cors") {
                Ok(cors) => found.cors = Some(cors),
                Err(fault) => self.sort([fault]),
            }
        }
        let mode = spec.host_rewrite.map(|rewrite| rewrite.mode);
        found.backend_host = mode.map(|mode| mode == HostRewriteMode::Auto);
        found
    }
}

/// Whether a fault leaves open whom a backend is taken for, as whom it is spoken to, or who may: it is not
/// spoken to as usual in the place of that.
fn is_of_trust(fault: &Fault) -> bool {
    let field = fault.path.trim_start_matches("spec.backend.");
    let field = field.split('.').next().unwrap_or_default();
    matches!(field, "auth" | "extAuth" | "mcp" | "tls" | "transformation")
}
