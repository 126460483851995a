//! What references lead to.

use super::support::{
    EDGE, WEB, compiled, conditions, message, route, rules, shares, statuses, store,
};
use crate::config::compile::{Options, compile};
use crate::config::resource::{HttpVersion, McpEra, Reference};
use crate::config::snapshot::{
    Action, Backend, BackendKind, Endpoints, HostPort, McpServer, Outcome,
};

pub(super) fn to(backend: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
         metadata: {{name: r, namespace: web}}\nspec:\n  \
         parentRefs: [{{name: edge, namespace: infra}}]\n  rules: [{{backendRefs: [{backend}]}}]\n"
    )
}

pub(super) const OURS: &str = "{group: agentgateway.dev, kind: AgentgatewayBackend, name: x}";

pub(super) fn ours(spec: &str) -> String {
    format!(
        "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayBackend\n\
         metadata: {{name: x, namespace: web}}\nspec: {spec}\n"
    )
}

pub(super) fn service(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata: {{name: s, namespace: web}}\nspec: {spec}\n")
}

pub(super) fn first(texts: &[&str]) -> Outcome {
    with(texts, &Options::default())
}

fn with(texts: &[&str], options: &Options) -> Outcome {
    let found = compile(&store(texts), options);
    let rules = rules(&found, "http");
    let Action::Forward(backends) = &rules[0].action else {
        panic!("{rules:?}");
    };
    backends[0].outcome.clone()
}

pub(super) fn backend(texts: &[&str]) -> Backend {
    match first(texts) {
        Outcome::Backend(backend) => backend.as_ref().clone(),
        other => panic!("{other:?}"),
    }
}

pub(super) fn name(host: &str, port: u16) -> Endpoints {
    Endpoints::Name(HostPort::new(host, port))
}

#[test]
fn a_service_speaks_what_its_port_says() {
    let at = || name("s.web.svc.cluster.local", 80);
    let spoken = |protocol: &str| {
        let service = service(&format!(
            "{{ports: [{{port: 80, appProtocol: {protocol}}}]}}"
        ));
        backend(&[EDGE, &service, &to("{name: s, port: 80}")])
    };
    assert_eq!(spoken("http").kind, BackendKind::Http(at()));
    assert_eq!(spoken("agentgateway.dev/a2a").kind, BackendKind::A2a(at()));
    assert_eq!(spoken("kgateway.dev/a2a").kind, BackendKind::A2a(at()));
    let h2c = spoken("kubernetes.io/h2c");
    assert_eq!(h2c.settings.version, Some(HttpVersion::Http2));
    assert!(spoken("https").settings.tls);
    let BackendKind::Mcp(mcp) = spoken("agentgateway.dev/mcp").kind else {
        panic!();
    };
    assert_eq!(mcp.targets[0].name, "s-80");
    assert_eq!(mcp.targets[0].server, McpServer::http(at(), "/mcp"));
}

/// Fault C03: a server of MCP that is not served yet is told as such at backend and route, and answers 500.
#[test]
fn servers_of_every_transport_are_served() {
    let targets = "{name: local, static: {backendRef: {group: gateway.agentgateway.dev, kind: \
        LocalProcess, name: p}}}, {name: sse, static: {host: h, port: 1, protocol: SSE}}, {name: new, \
        static: {host: h, port: 2}}";
    let options = Options {
        local_processes: true,
        ..Options::default()
    };
    let spec = format!("{{mcp: {{targets: [{targets}]}}}}");
    let found = compile(&store(&[EDGE, PROCESS, &ours(&spec), &to(OURS)]), &options);
    assert_eq!(shares(&rules(&found, "http")[0]), ["x:1"]);
    let reference = Reference::new("agentgateway.dev", "AgentgatewayBackend", "web", "x");
    let said = message(&statuses(&found), &reference, "", "Accepted");
    assert_eq!(said, "Backend successfully accepted");
    let service = service("{ports: [{port: 80, appProtocol: agentgateway.dev/mcp-sse}]}");
    let found = compiled(&[EDGE, &service, &to("{name: s, port: 80}")]);
    assert_eq!(shares(&rules(&found, "http")[0]), ["s:1"]);
}

#[test]
fn a_server_of_mcp_may_have_its_era_named() {
    let spec = |fields: &str| {
        format!("{{mcp: {{targets: [{{name: a, static: {{host: h, port: 1{fields}}}}}]}}}}")
    };
    for (fields, era) in [
        ("", None),
        (", era: Legacy", Some(McpEra::Legacy)),
        (", protocol: SSE, era: Legacy", Some(McpEra::Legacy)),
        (", era: Modern", Some(McpEra::Modern)),
    ] {
        let found = backend(&[EDGE, &ours(&spec(fields)), &to(OURS)]);
        let BackendKind::Mcp(mcp) = found.kind else {
            panic!()
        };
        assert_eq!(mcp.targets[0].era, era, "{fields}");
    }
}

#[test]
fn all_modes_of_mcp_are_served() {
    let spec = |modes: &str| {
        format!("{{mcp: {{{modes}, targets: [{{name: a, static: {{host: h, port: 1}}}}]}}}}")
    };
    let reference = Reference::new("agentgateway.dev", "AgentgatewayBackend", "web", "x");
    let said = |modes: &str| {
        let found = compiled(&[EDGE, &ours(&spec(modes)), &to(OURS)]);
        message(&statuses(&found), &reference, "", "Accepted")
    };
    for served in [
        "prefixMode: Conditional, sessionRouting: Stateful, failureMode: FailClosed",
        "prefixMode: Always, failureMode: FailOpen, sessionRouting: Stateless",
    ] {
        assert_eq!(said(served), "Backend successfully accepted");
    }
}

#[test]
fn annotations_name_and_place_an_mcp_server() {
    let service = service("{ports: [{port: 80, appProtocol: agentgateway.dev/mcp}]}").replace(
        "namespace: web}",
        "namespace: web, annotations: {agentgateway.dev/mcp-path: /x, agentgateway.dev/mcp-target-name: named}}",
    );
    let BackendKind::Mcp(mcp) = backend(&[EDGE, &service, &to("{name: s, port: 80}")]).kind else {
        panic!();
    };
    assert_eq!(mcp.targets[0].name, "named");
    let at = name("s.web.svc.cluster.local", 80);
    assert_eq!(mcp.targets[0].server, McpServer::http(at, "/x"));
}

#[test]
fn says_why_a_reference_leads_nowhere() {
    let service =
        service("{ports: [{port: 80}, {port: 81, appProtocol: mysql}, {port: 82, protocol: UDP}]}");
    let named = |name: &str, spec: &str| super::backends::service(spec).replace("name: s", name);
    let external = "{type: ExternalName, externalName: api.example.com, ports: [{port: 80}]}";
    let (external, none) = (
        named("name: elsewhere", external),
        named("name: none", "{}"),
    );
    let cases = [
        (
            "{name: z, port: 80}",
            "BackendNotFound",
            "Service web/z not found; did you mean \"s\"?",
        ),
        (
            "{name: s, port: 8}",
            "BackendNotFound",
            "Service web/s has no port 8; it has 80, 81, 82",
        ),
        (
            "{name: s, port: 81}",
            "UnsupportedProtocol",
            "appProtocol \"mysql\"",
        ),
        (
            "{name: s, port: 82}",
            "UnsupportedProtocol",
            "of protocol UDP",
        ),
        (
            "{name: elsewhere, port: 80}",
            "UnsupportedProtocol",
            "of type ExternalName, which is not forwarded to; name api.example.com in an \
             AgentgatewayBackend",
        ),
        (
            "{name: none, port: 80}",
            "BackendNotFound",
            "Service web/none has no port 80; it has none",
        ),
        (
            "{name: s, kind: Pod, port: 80}",
            "InvalidKind",
            "Pod is no backend; use",
        ),
        (
            OURS,
            "BackendNotFound",
            "AgentgatewayBackend web/x not found",
        ),
        (
            "{name: planner, port: 80}",
            "BackendNotFound",
            "AgentgatewayBackend web/planner exists: it is of group \"agentgateway.dev\" and kind \
             AgentgatewayBackend",
        ),
        (
            "{group: agentgateway.dev, kind: AgentgatewayBackend, name: s}",
            "BackendNotFound",
            "Service web/s exists: it is of group \"\" and kind Service",
        ),
    ];
    let planner = ours("{static: {host: h, port: 80}}").replace("name: x,", "name: planner,");
    for (reference, reason, text) in cases {
        let found = compiled(&[EDGE, &service, &external, &none, &planner, &to(reference)]);
        assert_eq!(shares(&rules(&found, "http")[0]), ["500:1"]);
        let set = statuses(&found);
        let all = conditions(&set, &route("web", "r"));
        assert_eq!(
            all[1],
            format!("edge ResolvedRefs=False/{reason}"),
            "{reference}"
        );
        let message = message(&set, &route("web", "r"), "edge", "ResolvedRefs");
        assert!(message.contains(text), "{message}");
    }
}

/// A slice of Service `s`, whose endpoints are ready or not.
pub(super) fn slice(ready: &str) -> String {
    format!(
        "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: e, namespace: web, \
         labels: {{kubernetes.io/service-name: s}}}}\naddressType: IPv4\nports: [{{name: p, port: \
         3000}}, {{name: q, port: 1}}]\nendpoints:\n- {{addresses: [10.0.0.2], conditions: {{ready: \
         {ready}}}}}\n- {{addresses: [10.0.0.1], conditions: {{ready: {ready}}}}}\n"
    )
}

#[test]
fn slices_beat_the_name_and_none_ready_is_503() {
    let service = service("{ports: [{name: p, port: 80, targetPort: 3000}]}");
    let route = to("{name: s, port: 80}");
    let found = backend(&[EDGE, &service, &slice("true"), &route]);
    let at = HostPort::new("s.web.svc.cluster.local", 80);
    let addresses = vec![
        "10.0.0.1:3000".parse().unwrap(),
        "10.0.0.2:3000".parse().unwrap(),
    ];
    assert_eq!(
        found.kind,
        BackendKind::Http(Endpoints::Addresses(at, addresses))
    );
    let found = compiled(&[EDGE, &service, &slice("false"), &route]);
    assert_eq!(shares(&rules(&found, "http")[0]), ["503:1"]);
    let all = conditions(&statuses(&found), &super::support::route("web", "r"));
    assert_eq!(all[1], "edge ResolvedRefs=True/ResolvedRefs");
    let mut options = Options::default();
    let at = vec!["127.0.0.1:9".parse().unwrap()];
    options.resolve.insert(("web/s".to_owned(), 80), at.clone());
    let outcome = with(&[EDGE, &service, &slice("false"), &route], &options);
    let Outcome::Backend(backend) = outcome else {
        panic!("{outcome:?}");
    };
    let host = HostPort::new("s.web.svc.cluster.local", 80);
    assert_eq!(
        backend.kind,
        BackendKind::Http(Endpoints::Addresses(host, at))
    );
}

#[test]
fn a_backend_finds_a_service_by_its_name_in_dns() {
    const HOST: &str = "s.web.svc.cluster.local";
    let kinds = |host: &str| {
        [
            format!("{{a2a: {{host: {host}, port: 80}}}}"),
            format!("{{static: {{host: {host}, port: 80}}}}"),
            format!("{{mcp: {{targets: [{{name: t, static: {{host: {host}, port: 80}}}}]}}}}"),
            format!(
                "{{ai: {{provider: {{custom: {{formats: [{{type: Completions}}]}}, host: {host}, \
                 port: 80}}}}}}"
            ),
        ]
    };
    let at = |backend: &Backend| match &backend.kind {
        BackendKind::A2a(at) | BackendKind::Http(at) => at.clone(),
        BackendKind::Mcp(mcp) => match &mcp.targets[0].server {
            McpServer::Http { endpoints, .. } => endpoints.clone(),
            other => panic!("{other:?}"),
        },
        BackendKind::Ai(ai) => ai.groups[0][0].endpoints.clone(),
        BackendKind::Agents(_) => panic!("{backend:?}"),
    };
    let named = || HostPort::new(HOST, 80);
    let service = service("{ports: [{name: p, port: 80, targetPort: 3000}]}");
    let headless = service.replace("{ports", "{clusterIP: None, ports");
    let (ready, unready) = (slice("true"), slice("false"));
    let addresses = ["10.0.0.1:3000", "10.0.0.2:3000"].map(|at| at.parse().unwrap());
    let elsewhere = vec!["127.0.0.1:9".parse().unwrap()];
    let mut options = Options::default();
    let key = ("web/s".to_owned(), 80);
    options.resolve.insert(key, elsewhere.clone());
    for kind in kinds(HOST) {
        let own = ours(&kind);
        let found = |texts: &[&str]| at(&backend(&[texts, &[EDGE, &own, &to(OURS)]].concat()));
        // Neither the Service nor its slices are known, or they do not say where its port is.
        for known in [vec![], vec![&*service], vec![&*headless, &*ready]] {
            assert_eq!(found(&known), Endpoints::Name(named()), "{kind}");
        }
        let expected = Endpoints::Addresses(named(), addresses.to_vec());
        assert_eq!(found(&[&service, &ready]), expected, "{kind}");
        let texts = [EDGE, &own, &to(OURS), &service, &unready];
        assert!(matches!(first(&texts), Outcome::Unavailable(_)), "{kind}");
        let Outcome::Backend(backend) = with(&texts, &options) else {
            panic!("{kind}");
        };
        let expected = Endpoints::Addresses(named(), elsewhere.clone());
        assert_eq!(at(&backend), expected, "{kind}");
    }
    for host in ["s.svc.cluster.local", "x.s.web.svc.cluster.local", "s.web"] {
        for kind in kinds(host) {
            let own = ours(&kind);
            let texts = [EDGE, &own, &to(OURS), &service, &ready];
            assert_eq!(at(&backend(&texts)), name(host, 80), "{kind}");
        }
    }
}

#[test]
fn a_headless_service_is_followed_to_the_port_of_its_pods() {
    let headless = service("{clusterIP: None, ports: [{port: 80, targetPort: 3000}]}");
    let route = to("{name: s, port: 80}");
    let found = backend(&[EDGE, &headless, &route]);
    assert_eq!(
        found.kind,
        BackendKind::Http(name("s.web.svc.cluster.local", 3000))
    );
}

const MCP: &str = "{mcp: {targets: [{name: chosen, selector: {services: {matchLabels: {m: x}}}}, \
    {name: fixed, static: {host: h, port: 1}}, {name: local, static: {backendRef: {group: \
    gateway.agentgateway.dev, kind: LocalProcess, name: p}}}]}}";

const PROCESS: &str = "apiVersion: gateway.agentgateway.dev/v1alpha1\nkind: LocalProcess\n\
    metadata: {name: p, namespace: web}\nspec: {command: /bin/mcp, args: [x]}\n";

#[test]
fn named_targets_go_before_chosen_ones_and_processes_need_leave() {
    let chosen = service("{ports: [{port: 80, name: m, appProtocol: agentgateway.dev/mcp}]}")
        .replace("namespace: web}", "namespace: web, labels: {m: x}}");
    let texts = [EDGE, &chosen, PROCESS, &ours(MCP), &to(OURS)];
    let names = |options: &Options| {
        let Outcome::Backend(backend) = with(&texts, options) else {
            panic!()
        };
        let BackendKind::Mcp(mcp) = &backend.kind else {
            panic!()
        };
        mcp.targets
            .iter()
            .map(|it| it.name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&Options::default()), ["fixed", "s-m"]);
    let options = Options {
        local_processes: true,
        ..Options::default()
    };
    assert_eq!(names(&options), ["fixed", "local", "s-m"]);
    let found = compiled(&texts);
    let reference = Reference::new("agentgateway.dev", "AgentgatewayBackend", "web", "x");
    let message = message(&statuses(&found), &reference, "", "Accepted");
    assert!(
        message.contains("LocalProcess web/p is not started"),
        "{message}"
    );
}

/// Looking for what was meant costs a comparison with every name: it is done for some, not for
/// thousands.
#[test]
fn hints_for_references_to_nothing_are_bounded() {
    let rules: Vec<String> = (0..300)
        .map(|at| {
            format!(
                "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: r{at:03}, \
                 namespace: web}}\nspec:\n  parentRefs: [{{name: edge, namespace: infra}}]\n  rules: \
                 [{{backendRefs: [{{name: aaaa{at:03}, port: 80}}]}}]\n"
            )
        })
        .collect();
    let named = WEB.replace("name: a,", "name: aaaa1000,");
    let found = compiled(&[EDGE, &named, &rules.join("---\n")]);
    let set = statuses(&found);
    let said = |name: &str| message(&set, &route("web", name), "edge", "ResolvedRefs");
    assert_eq!(
        said("r001"),
        "Service web/aaaa001 not found; did you mean \"aaaa1000\"?"
    );
    assert_eq!(said("r299"), "Service web/aaaa299 not found");
}

/// Fault C01: what an exchange cannot do closes its backend.
#[test]
fn an_exchange_that_cannot_be_made_as_it_is_asked_for_closes_its_backend() {
    let reference = Reference::new("agentgateway.dev", "AgentgatewayBackend", "web", "x");
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: own, namespace: web}\n\
        stringData: {clientSecret: hidden}\n";
    let with = |exchange: &str| {
        let spec = format!(
            "{{mcp: {{targets: [{{name: a, static: {{host: h, port: 1}}}}]}}, policies: {{auth: \
             {{oauthTokenExchange: {{{exchange}}}}}}}}}"
        );
        let found = compiled(&[EDGE, secret, &ours(&spec), &to(OURS)]);
        let said = message(&statuses(&found), &reference, "", "Accepted");
        (shares(&rules(&found, "http")[0]), said)
    };
    let url = "url: 'https://id/token'";
    let (answers, said) = with(&format!(
        "{url}, clientAuth: {{clientId: c, secretRef: {{name: own}}}}, subjectToken: {{tokenType: \
         Jwt}}, requestedTokenType: IdToken, cache: {{inMemory: {{maxEntries: 0, defaultTtl: 1m}}}}"
    ));
    assert_eq!(answers, ["x:1"], "{said}");
    assert_eq!(said, "Backend successfully accepted");
    for (exchange, told) in [
        (
            format!("{url}, actorToken: {{source: {{header: {{name: a}}}}}}"),
            "actorToken",
        ),
        (
            format!("{url}, subjectToken: {{source: {{header: {{name: a}}}}}}"),
            "subjectToken.source",
        ),
        (
            format!("{url}, location: {{header: {{name: a}}}}"),
            "location",
        ),
        (
            format!("{url}, additionalParams: {{a: '\"b\"'}}"),
            "additionalParams",
        ),
        (
            format!("{url}, clientAuth: {{clientId: c, secretRef: {{name: own, key: other}}}}"),
            "no key \"other\"",
        ),
        (
            format!("{url}, cache: {{inMemory: {{maxEntries: -1}}}}"),
            "maxEntries",
        ),
        (
            "backendRef: {group: agentgateway.dev, kind: AgentgatewayBackend, name: x}".to_owned(),
            "",
        ),
    ] {
        let (answers, said) = with(&exchange);
        assert_eq!(answers, ["500:1"], "{exchange}: {said}");
        assert!(said.contains(told), "{exchange}: {said}");
        assert!(!said.contains("hidden"));
    }
}

#[test]
fn a_backends_own_exchange_is_not_given_the_key_of_a_policy() {
    let spec = "{static: {host: h, port: 1}, policies: {auth: {oauthTokenExchange: {url: \
        'https://id/token'}}}}";
    let policy = "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayPolicy\nmetadata: {name: p, \
        namespace: web}\nspec: {targetRefs: [{group: agentgateway.dev, kind: AgentgatewayBackend, \
        name: x}], backend: {auth: {key: of-the-policy}}}\n";
    let found = backend(&[EDGE, &ours(spec), policy, &to(OURS)]);
    assert!(found.settings.exchange.is_some());
    assert!(found.settings.credential.is_none());
}
