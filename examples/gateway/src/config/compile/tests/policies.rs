//! Policies on listeners, routes and backends.

use std::time::Duration;

use super::support::{
    EDGE, at, bound, compiled, conditions, message, policy, rules, statuses, store,
};
use crate::config::compile::{Options, PolicyGrants, Severity, compile};
use crate::config::resource::HttpVersion;
use crate::config::snapshot::{Action, Backend, Outcome};
use crate::config::status::status;
use crate::telemetry::TracingState;

pub(super) const ROUTE: &str = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
    metadata: {name: r, namespace: infra}\nspec:\n  parentRefs: [{name: edge}]\n  rules:\n  \
    - {name: one, backendRefs: [{name: s, port: 80}]}\n  \
    - {name: two, backendRefs: [{name: s, port: 80}]}\n";
pub(super) const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: infra}\nspec: {ports: [{port: 80}]}\n";

pub(super) fn on(name: &str, target: &str, spec: &str) -> String {
    format!(
        "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayPolicy\n\
         metadata: {{name: {name}, namespace: infra}}\nspec:\n  targetRefs: [{target}]\n  {spec}\n"
    )
}

pub(super) const GATEWAY: &str = "{group: gateway.networking.k8s.io, kind: Gateway, name: edge}";
pub(super) const LISTENER: &str =
    "{group: gateway.networking.k8s.io, kind: Gateway, name: edge, sectionName: http}";
pub(super) const HTTP: &str = "{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r}";
pub(super) const RULE: &str =
    "{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r, sectionName: two}";
pub(super) const TO_SERVICE: &str = "{group: \"\", kind: Service, name: s}";

fn timeouts(texts: &[&str]) -> Vec<Option<u64>> {
    let rules = rules(&compiled(texts), "http");
    let seconds = |it: &crate::config::snapshot::Rule| it.timeouts.request.map(|it| it.as_secs());
    rules.iter().map(seconds).collect()
}

#[test]
fn the_nearer_level_wins_field_by_field() {
    let timeout = |name: &str, target: &str, time: &str| {
        on(
            name,
            target,
            &format!("traffic: {{timeouts: {{request: {time}}}}}"),
        )
    };
    let gateway = timeout("g", GATEWAY, "1s");
    let listener = timeout("l", LISTENER, "2s");
    let route = timeout("r", HTTP, "3s");
    let rule = timeout("u", RULE, "4s");
    let base = [EDGE, ROUTE, SERVICE, &gateway];
    assert_eq!(timeouts(&base), [Some(1), Some(1)]);
    let base = [EDGE, ROUTE, SERVICE, &gateway, &listener];
    assert_eq!(timeouts(&base), [Some(2), Some(2)]);
    let base = [EDGE, ROUTE, SERVICE, &gateway, &listener, &route];
    assert_eq!(timeouts(&base), [Some(3), Some(3)]);
    let base = [EDGE, ROUTE, SERVICE, &gateway, &listener, &route, &rule];
    assert_eq!(timeouts(&base), [Some(3), Some(4)]);
    let own = ROUTE.replace("{name: two,", "{name: two, timeouts: {request: 5s},");
    let base = [EDGE, &own, SERVICE, &gateway, &listener, &route, &rule];
    assert_eq!(timeouts(&base), [Some(3), Some(5)]);
}

fn backend(texts: &[&str], rule: usize) -> Backend {
    let rules = rules(&compiled(texts), "http");
    let Action::Forward(backends) = &rules[rule].action else {
        panic!()
    };
    let Outcome::Backend(backend) = &backends[0].outcome else {
        panic!()
    };
    backend.as_ref().clone()
}

#[test]
fn policies_of_a_service_beat_those_of_routes_and_gateways() {
    let gateway = on(
        "g",
        GATEWAY,
        "backend: {http: {version: HTTP2, requestTimeout: 1s}, tls: {}}",
    );
    let service = on(
        "s",
        TO_SERVICE,
        "backend: {http: {requestTimeout: 2s}, tcp: {connectTimeout: 500ms}}",
    );
    let found = backend(&[EDGE, ROUTE, SERVICE, &gateway, &service], 0).settings;
    assert_eq!(found.version, Some(HttpVersion::Http2));
    assert_eq!(found.request_timeout, Some(Duration::from_secs(2)));
    assert_eq!(found.connect_timeout, Some(Duration::from_millis(500)));
    assert!(found.tls);
}

#[test]
fn of_two_policies_on_one_target_the_older_wins_and_the_other_says_so() {
    let one = on("b", GATEWAY, "traffic: {timeouts: {request: 1s}}");
    let two = on(
        "a",
        GATEWAY,
        "traffic: {timeouts: {request: 2s}, hostRewrite: {mode: Auto}}",
    );
    let old = one.replace(
        "name: b,",
        "name: b, creationTimestamp: \"2020-01-01T00:00:00Z\",",
    );
    let texts = [EDGE, ROUTE, SERVICE, &old, &two];
    assert_eq!(timeouts(&texts), [Some(1), Some(1)]);
    let found = compiled(&texts);
    assert_eq!(rules(&found, "http")[0].filters.backend_host, Some(true));
    let set = statuses(&found);
    let all = conditions(&set, &policy("infra", "a"));
    assert_eq!(
        all[..2],
        ["edge Accepted=True/Valid", "edge Attached=True/Merged"]
    );
    assert_eq!(
        message(&set, &policy("infra", "a"), "edge", "Attached"),
        "traffic.timeouts is that of AgentgatewayPolicy infra/b, which is older"
    );
    let all = conditions(
        &statuses(&compiled(&[EDGE, ROUTE, SERVICE, &one, &two])),
        &policy("infra", "b"),
    );
    assert_eq!(all[1], "edge Attached=False/Overridden");
    let set = statuses(&compiled(&[EDGE, ROUTE, SERVICE, &one, &two]));
    assert_eq!(
        message(&set, &policy("infra", "b"), "edge", "Attached"),
        "traffic.timeouts is that of AgentgatewayPolicy infra/a, which is as old, and comes first by its name"
    );
}

#[test]
fn a_target_that_is_not_there_is_named_with_what_was_meant() {
    let cases = [
        (
            "{group: gateway.networking.k8s.io, kind: Gateway, name: egde}",
            "targetRef Gateway/egde not found in namespace infra (did you mean \"edge\"?)",
        ),
        (
            "{group: gateway.networking.k8s.io, kind: HTTPRoute, name: far}",
            "targetRef HTTPRoute/far not found in namespace infra (exists in web; targetRefs \
             cannot cross namespaces)",
        ),
        (
            "{group: gateway.networking.k8s.io, kind: Gateway, name: edge, sectionName: htp}",
            "Gateway infra/edge has no listener htp; did you mean \"http\"?",
        ),
        (
            "{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r, sectionName: tow}",
            "HTTPRoute infra/r has no rule named tow; did you mean \"two\"?",
        ),
    ];
    let far = ROUTE.replace("name: r, namespace: infra", "name: far, namespace: web");
    for (target, text) in cases {
        let policy_text = on("p", target, "traffic: {timeouts: {request: 1s}}");
        let set = statuses(&compiled(&[EDGE, &far, ROUTE, SERVICE, &policy_text]));
        let all = conditions(&set, &policy("infra", "p"));
        assert_eq!(all[1], "StatusSummary Attached=False/Pending", "{all:?}");
        let found = message(&set, &policy("infra", "p"), "StatusSummary", "Attached");
        assert_eq!(found, format!("Policy is not attached: {text}"));
    }
}

const COLLECTOR: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: otel, namespace: o}\n\
    spec: {ports: [{port: 4317}]}\n";
const GRANT: &str = "apiVersion: gateway.networking.k8s.io/v1\nkind: ReferenceGrant\n\
    metadata: {name: g, namespace: o}\nspec:\n  \
    from: [{group: agentgateway.dev, kind: AgentgatewayPolicy, namespace: infra}]\n  \
    to: [{group: \"\", kind: Service}]\n";

fn tracing(more: &str) -> String {
    let spec = format!(
        "frontend: {{tracing: {{backendRef: {{name: otel, namespace: o, port: 4317}}{more}}}}}"
    );
    on("t", GATEWAY, &spec)
}

fn traced(texts: &[&str], options: &Options) -> TracingState {
    let found = compile(&store(texts), options);
    found.snapshot.gateways[0].listeners[0].tracing.clone()
}

#[test]
fn tracing_without_its_grant_stops_and_traffic_goes_on() {
    let policy_text = tracing(", randomSampling: \"true\"");
    let options = Options::default();
    let granted = traced(&[EDGE, COLLECTOR, GRANT, &policy_text], &options);
    let TracingState::Policy(found) = granted else {
        panic!("{granted:?}")
    };
    assert_eq!(found.target.authority, "otel.o.svc.cluster.local:4317");
    assert_eq!(found.origin, "infra/t");
    let texts = [EDGE, COLLECTOR, ROUTE, SERVICE, &policy_text];
    let denied = traced(&texts, &options);
    assert!(matches!(denied, TracingState::Denied { .. }), "{denied:?}");
    let found = compiled(&texts);
    assert_eq!(rules(&found, "http").len(), 2);
    let set = statuses(&found);
    assert_eq!(
        conditions(&set, &policy("infra", "t")),
        [
            "edge Accepted=False/Invalid",
            "edge Attached=False/Pending",
            "edge ResolvedRefs=False/RefNotPermitted"
        ]
    );
    let remedy = found.facts.diagnoses()[0].remedy.clone().unwrap();
    assert!(remedy.contains("kind: AgentgatewayPolicy") && remedy.contains("namespace: o"));
    let ignoring = Options {
        policy_grants: PolicyGrants::Ignore,
        ..Options::default()
    };
    assert!(matches!(traced(&texts, &ignoring), TracingState::Policy(_)));
}

/// Fault C14: an expression that is none is refused with its column, and nothing is traced by it.
#[test]
fn an_expression_that_is_none_is_refused_at_its_column() {
    let policy_text = tracing(", randomSampling: \"request.methd == 'GET'\"");
    let texts = [EDGE, COLLECTOR, GRANT, &policy_text];
    let state = traced(&texts, &Options::default());
    assert!(matches!(state, TracingState::Denied { .. }), "{state:?}");
    let found = compiled(&texts);
    let diagnosis = &found.facts.diagnoses()[0];
    assert_eq!(diagnosis.path, "spec.frontend.tracing.randomSampling");
    assert!(diagnosis.message.contains("column"), "{diagnosis}");
}

#[test]
fn a_half_understood_policy_keeps_its_other_half() {
    let spec = "frontend: {tracing: {backendRef: {name: otel, namespace: o, port: 4317}}, \
        accessLog: {filter: \"response.code >= 400\"}, http: {http2WindowSize: 64Ki}}";
    let found = compiled(&[EDGE, COLLECTOR, &on("t", GATEWAY, spec)]);
    let listener = &found.snapshot.gateways[0].listeners[0];
    assert!(listener.access_log.is_some());
    assert_eq!(listener.http.http2_window_size, Some(65_536));
    let all = conditions(&statuses(&found), &policy("infra", "t"));
    assert_eq!(
        all[..2],
        [
            "edge Accepted=True/PartiallyValid",
            "edge Attached=True/Attached"
        ]
    );
}

#[test]
fn a_port_of_the_other_protocol_is_pointed_out() {
    let found = compiled(&[EDGE, COLLECTOR, GRANT, &tracing(", protocol: HTTP")]);
    let diagnosis = &found.facts.diagnoses()[0];
    assert!(
        diagnosis.message.contains("4317 is that of OTLP over GRPC"),
        "{diagnosis}"
    );
}

#[test]
fn what_an_expression_asks_for_in_vain_is_told() {
    let more = "randomSampling: 'response.code == 500', resources: [{name: a, expression: request.method}]";
    let spec = format!("frontend: {{tracing: {{url: 'http://a:4317', {more}}}}}");
    let found = compiled(&[EDGE, &on("t", GATEWAY, &spec)]);
    let told = |path: &str, words: &str| {
        let mut all = found.facts.diagnoses().iter();
        all.any(|one| one.path.ends_with(path) && one.message.contains(words))
    };
    assert!(told("tracing.randomSampling", "before there is one"));
    assert!(told("tracing.resources[0].expression", "without one"));
}

const PARAMETERS: &str = "\
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayParameters
metadata: {name: p, namespace: infra}
spec:
  logging: {level: \"a=b=c\"}
  env:
  - {name: OTEL_TRACES_SAMPLER, value: traceidratoi}
  - {name: OTEL_TRACES_SAMPLER, value: traceidratio}
  - {name: OTEL_TRACES_SAMPLER_ARG, value: '7'}
  - {name: OTEL_EXPORTER_OTLP_PROTOCOL, value: smtp}
  - {name: RUST_LOG, value: 'x=y=z'}
";

#[test]
fn what_telemetry_makes_nothing_of_is_told_with_the_variable() {
    let reference = "infrastructure: {parametersRef: {group: agentgateway.dev, kind: AgentgatewayParameters, name: p}}";
    let edge = EDGE.replace(
        "  gatewayClassName: agw",
        &format!("  gatewayClassName: agw\n  {reference}"),
    );
    let found = compiled(&[&edge, PARAMETERS]);
    for (path, words) in [
        ("spec.env[0]", "only the last one counts"),
        (
            "spec.env[2]",
            "expected a share from 0.0 to 1.0; 1.0 is used",
        ),
        ("spec.env[3]", "is not valid: expected"),
        ("spec.env[4]", "expected levels"),
        ("spec.logging.level", "expected levels"),
    ] {
        let mut all = found.facts.diagnoses().iter();
        let told = all.any(|one| one.path == path && one.message.contains(words));
        assert!(told, "{path}: {:?}", found.facts.diagnoses());
    }
    for name in ["''", "A=B"] {
        let wrong = PARAMETERS.replace("name: RUST_LOG", &format!("name: {name}"));
        let found = compiled(&[&edge, &wrong]);
        let mut all = found.facts.diagnoses().iter();
        let told = all.any(|one| one.message.contains("the name of a variable"));
        assert!(told, "{name}: {:?}", found.facts.diagnoses());
    }
}

#[test]
fn a_policy_on_a_backend_has_the_gateways_that_lead_there() {
    let policy_text = on("p", TO_SERVICE, "backend: {tls: {}}");
    let found = compiled(&[EDGE, ROUTE, SERVICE, &policy_text]);
    let set = status(&found.facts, &bound(&found), None, &at(0));
    let all = conditions(&set, &policy("infra", "p"));
    assert_eq!(all[1], "edge Attached=True/Attached");
}

#[test]
fn selectors_that_choose_nothing_fail_in_the_status_and_in_check() {
    let selector = "{group: gateway.networking.k8s.io, kind: Gateway, matchLabels: {no: body}}";
    let text = on("p", "", "frontend: {http: {http1MaxHeaders: 50}}")
        .replace("targetRefs: []", &format!("targetSelectors: [{selector}]"));
    let found = compiled(&[EDGE, &text]);
    let all = conditions(&statuses(&found), &policy("infra", "p"));
    assert!(
        all.contains(&"StatusSummary Attached=False/Pending".to_owned()),
        "{all:?}"
    );
    let told = found.facts.diagnoses()[0].to_string();
    assert!(
        told.contains("spec.targetSelectors: no object has the labels"),
        "{told}"
    );
    assert_eq!(found.facts.diagnoses()[0].severity, Severity::Error);
}
