//! Servers of MCP that are resources of OAuth.

use agentgateway_core::route::Head;
use http::{HeaderMap, Method};

use super::policies::{GATEWAY, HTTP, ROUTE, SERVICE, on};
use super::support::{EDGE, compiled, conditions, message, policy, rules, shares, statuses};
use crate::config::compile::Compiled;
use crate::config::explain::{Where, explain};
use crate::config::snapshot::{Action, Outcome};

const TOOLS: &str = "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayBackend\n\
    metadata: {name: x, namespace: infra}\n\
    spec: {mcp: {targets: [{name: a, static: {host: h, port: 1}}]}}\n";
const TO_TOOLS: &str = "{group: agentgateway.dev, kind: AgentgatewayBackend, name: x}";
const JWKS: &str = "issuer: 'https://id.example.org', jwks: {url: 'http://id/jwks.json'}";
const URL: &str = "https://mcp.example.org/team";

/// A route to the server below this path.
fn route(path: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
         metadata: {{name: r, namespace: infra}}\nspec:\n  parentRefs: [{{name: edge}}]\n  \
         hostnames: [mcp.example.org]\n  rules:\n  - {{matches: [{{path: {{value: {path}}}}}], \
         backendRefs: [{TO_TOOLS}]}}\n"
    )
}

fn asks(target: &str, fields: &str) -> String {
    on(
        "p",
        target,
        &format!("backend: {{mcp: {{authentication: {{{fields}}}}}}}"),
    )
}

fn metadata(members: &str) -> String {
    format!("{JWKS}, resourceMetadata: {{resource: '{URL}'{members}}}")
}

/// What `explain request` says of a request for this path.
fn shown(found: &Compiled, path: &str) -> String {
    let head = Head {
        host: "mcp.example.org",
        authority: None,
        method: &Method::GET,
        path,
        query: None,
        headers: &HeaderMap::new(),
    };
    explain(&found.snapshot, &Where::port(80), &head).to_string()
}

/// What the first backend's policies say of its callers.
fn line(found: &Compiled) -> Vec<String> {
    let rules = rules(found, "http");
    let Action::Forward(backends) = &rules[0].action else {
        panic!("{rules:?}")
    };
    let Outcome::Backend(backend) = &backends[0].outcome else {
        panic!("{backends:?}")
    };
    backend.served().policies.lines()
}

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

#[test]
fn callers_are_asked_for_tokens_and_find_the_metadata_beside_the_route() {
    for target in [GATEWAY, HTTP, TO_TOOLS] {
        let (text, route) = (asks(target, &metadata("")), route("/team"));
        let found = compiled(&[EDGE, &route, TOOLS, &text]);
        let expected = format!(
            "infra/p backend.mcp.authentication: refuses who is not known; tokens are those for {URL}"
        );
        assert_eq!(line(&found), [expected.as_str()], "{target}");
        assert!(shown(&found, "/team").contains(&expected));
        for path in [WELL_KNOWN.to_owned(), format!("{WELL_KNOWN}/team")] {
            let shown = shown(&found, &path);
            assert!(
                shown.contains("rule 0 (protected resource metadata)")
                    && shown.contains(&format!("the gateway answers 200: the metadata of {URL}")),
                "{shown}"
            );
        }
        assert!(shown(&found, &format!("{WELL_KNOWN}/other")).contains("no rule takes it"));
        let (set, of) = (statuses(&found), policy("infra", "p"));
        assert_eq!(conditions(&set, &of)[0], "edge Accepted=True/Valid");
    }
}

#[test]
fn what_a_route_says_of_the_path_holds() {
    let own = format!("{}---\n{SERVICE}---\n{}", route("/team"), "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: own, namespace: infra}
spec:
  parentRefs: [{name: edge}]
  hostnames: [mcp.example.org]
  rules:
  - {matches: [{path: {type: Exact, value: /.well-known/oauth-protected-resource}}], backendRefs: [{name: s, port: 80}]}
");
    let found = compiled(&[EDGE, &own, TOOLS, &asks(TO_TOOLS, &metadata(""))]);
    assert!(shown(&found, WELL_KNOWN).contains("Service infra/s"));
    assert!(shown(&found, &format!("{WELL_KNOWN}/team")).contains("the metadata of"));
}

#[test]
fn the_resource_may_stand_among_the_audiences_and_members_in_either_spelling() {
    let route = route("/");
    let named = format!("{JWKS}, audiences: ['api://x', '{URL}']");
    let spelled = metadata(
        ", scopesSupported: [mcp], resource_name: Team, bearerMethodsSupported: [header, query], \
         authorizationServers: ['https://login.example.org'], tlsClientCertificateBoundAccessTokens: true",
    );
    for (fields, expected) in [
        (
            named,
            r#"{"authorization_servers":["https://id.example.org"],"#,
        ),
        (
            spelled,
            r#"{"authorization_servers":["https://login.example.org"],"#,
        ),
    ] {
        let found = compiled(&[EDGE, &route, TOOLS, &asks(TO_TOOLS, &fields)]);
        let rules = rules(&found, "http");
        let Action::Describe(resource) = &rules[1].action else {
            panic!("{rules:?}")
        };
        assert_eq!(resource.url(), URL);
        let text = String::from_utf8(resource.metadata().to_vec()).unwrap();
        assert!(text.starts_with(expected), "{text}");
        assert!(text.contains(r#""bearer_methods_supported":["header"]"#));
        if fields.contains("scopesSupported") {
            let members = [
                r#""scopes_supported":["mcp"]"#,
                r#""resource_name":"Team""#,
                r#""tls_client_certificate_bound_access_tokens":true"#,
            ];
            assert!(members.iter().all(|member| text.contains(member)), "{text}");
        }
    }
}

/// Fault C01: a resource that is not said as it must be leaves its servers closed, and its condition
/// says why.
#[test]
fn a_fault_in_the_resource_closes_its_servers() {
    let route = route("/team");
    let jwks = "jwks: {url: 'http://id/jwks.json'}";
    for (fields, words) in [
        (
            format!("{jwks}, resourceMetadata: {{resource: '{URL}'}}"),
            "an issuer is needed",
        ),
        (JWKS.to_owned(), "resource is needed"),
        (
            format!("{JWKS}, audiences: ['api://x']"),
            "resource is needed",
        ),
        (
            format!("{JWKS}, resourceMetadata: {{resource: 'ftp://x'}}"),
            "resource begins with",
        ),
        (
            format!("{JWKS}, resourceMetadata: {{resource: 7}}"),
            "resource must be a string",
        ),
        (
            metadata(", scopesSupported: mcp"),
            "scopes_supported must be a list of strings",
        ),
        (
            metadata(", scopesSupported: [a], scopes_supported: [b]"),
            "is there twice",
        ),
        (
            metadata(", bearerMethodsSupported: [query]"),
            "must have header",
        ),
        (
            metadata(", resourceDocumentation: 'javascript:x'"),
            "resource_documentation",
        ),
        (
            metadata(", authorizationServers: []"),
            "authorization_servers names none",
        ),
        (
            format!("issuer: 'javascript:x', {jwks}, resourceMetadata: {{resource: '{URL}'}}"),
            "authorization_servers",
        ),
        (
            format!(
                "issuer: a, jwks: {{backendRef: {{name: none, port: 1}}, jwksPath: /k}}, \
                 resourceMetadata: {{resource: '{URL}', authorizationServers: ['https://id']}}"
            ),
            "none",
        ),
    ] {
        let found = compiled(&[EDGE, &route, TOOLS, &asks(TO_TOOLS, &fields)]);
        let rules = rules(&found, "http");
        assert_eq!(shares(&rules[0]), ["500:1"], "{fields}");
        assert_eq!(rules.len(), 1, "no metadata lead to it");
        let (set, of) = (statuses(&found), policy("infra", "p"));
        assert_eq!(
            conditions(&set, &of)[0],
            "edge Accepted=False/Invalid",
            "{fields}"
        );
        let said = message(&set, &of, "edge", "Accepted");
        assert!(said.contains(words), "{fields}: {said}");
    }
}

#[test]
fn what_is_special_to_a_product_is_named_as_not_served() {
    let fields = format!("{}, provider: Keycloak, clientId: gateway", metadata(""));
    let route = route("/team");
    let found = compiled(&[EDGE, &route, TOOLS, &asks(TO_TOOLS, &fields)]);
    let (set, of) = (statuses(&found), policy("infra", "p"));
    assert_eq!(
        conditions(&set, &of)[0],
        "edge Accepted=True/PartiallyValid"
    );
    let said = message(&set, &of, "edge", "Accepted");
    assert!(
        said.contains("provider") && said.contains("clientId"),
        "{said}"
    );
    assert_eq!(line(&found).len(), 1);
}

#[test]
fn what_speaks_no_mcp_has_no_such_callers_and_is_closed_where_it_is_named() {
    for target in [GATEWAY, HTTP] {
        let text = asks(target, &metadata(""));
        let found = compiled(&[EDGE, ROUTE, SERVICE, &text]);
        assert_eq!(line(&found), [""; 0]);
        assert!(!shown(&found, WELL_KNOWN).contains("metadata"));
    }
    let plain = "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayBackend\n\
        metadata: {name: x, namespace: infra}\nspec: {static: {host: h, port: 1}}\n";
    let (route, text) = (route("/"), asks(TO_TOOLS, &metadata("")));
    let found = compiled(&[EDGE, &route, plain, &text]);
    assert_eq!(shares(&rules(&found, "http")[0]), ["500:1"]);
    let said = message(&statuses(&found), &policy("infra", "p"), "edge", "Accepted");
    assert!(said.contains("speaks no MCP"), "{said}");
}

/// A policy whose callers are known by tokens of one issuer, for a resource.
fn of_route(target: &str, fields: &str) -> String {
    let provider = "issuer: 'https://id.example.org', jwks: {remote: {url: 'http://id/jwks.json'}}";
    let jwt =
        format!("providers: [{{{provider}}}], mcp: {{resourceMetadata: {{resource: '{URL}'}}}}");
    on(
        "p",
        target,
        &format!("traffic: {{jwtAuthentication: {{{jwt}}}{fields}}}"),
    )
}

#[test]
fn a_route_that_asks_for_tokens_describes_their_resource_too() {
    for target in [GATEWAY, HTTP] {
        let found = compiled(&[EDGE, TOOLS, &route("/team"), &of_route(target, "")]);
        let rules = rules(&found, "http");
        assert!(rules[0].policies.mcp.is_some() && rules[0].policies.jwt.is_none());
        let described = rules
            .iter()
            .filter(|rule| matches!(rule.action, Action::Describe(_)));
        assert_eq!(described.count(), 1, "{target}");
    }
    // One of the two kinds of callers counts: that of the nearer policy.
    let plain =
        "providers: [{issuer: 'https://other.example.org', jwks: {remote: {url: 'http://o/j'}}}]";
    let nearer = on(
        "q",
        HTTP,
        &format!("traffic: {{jwtAuthentication: {{{plain}}}}}"),
    );
    let found = compiled(&[
        EDGE,
        TOOLS,
        &route("/team"),
        &of_route(GATEWAY, ""),
        &nearer,
    ]);
    let rules = rules(&found, "http");
    assert!(rules[0].policies.mcp.is_none() && rules[0].policies.jwt.is_some());
}

#[test]
fn a_resource_is_no_matter_of_what_is_decided_before_a_route_is_chosen() {
    let early = of_route(GATEWAY, ", phase: PreRouting");
    let elsewhere = of_route(HTTP, "").replace(
        "jwtAuthentication: {",
        "jwtAuthentication: {location: {cookie: {name: t}}, ",
    );
    for (text, told) in [
        (early, "phase PostRouting alone"),
        (elsewhere, "leave location out"),
    ] {
        let found = compiled(&[EDGE, TOOLS, &route("/team"), &text]);
        let said = message(&statuses(&found), &policy("infra", "p"), "edge", "Accepted");
        assert!(said.contains(told), "{said}");
        assert!(
            shares(&rules(&found, "http")[0])[0].starts_with("500"),
            "{told}"
        );
    }
}
