//! Which routes come to which listeners.

use super::support::{
    EDGE, WEB, compiled, conditions, gateway, message, objects, route, rules, shares, statuses,
    store,
};
use crate::config::compile::{Compiled, Options, compile};
use crate::config::object::{Generations, Spec, Store};

/// A route `web/r` with this parentRef and these hostnames.
pub(super) fn to(parent: &str, hostnames: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
         metadata: {{name: r, namespace: web}}\nspec:\n  parentRefs: [{parent}]\n  \
         hostnames: [{hostnames}]\n  rules: [{{backendRefs: [{{name: a, port: 80}}]}}]\n"
    )
}

/// A Gateway `infra/g` with these listeners.
pub(super) fn with(listeners: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\n\
         metadata: {{name: g, namespace: infra}}\nspec:\n  gatewayClassName: agw\n  \
         listeners:\n{listeners}"
    )
}

pub(super) const CLASS: &str = "apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\n\
    metadata: {name: agw}\nspec: {controllerName: agentgateway.dev/agentgateway}\n";

#[test]
fn intersects_hostnames_by_the_table() {
    let cases = [
        ("", "", Some("")),
        ("", "a.ex.com", Some("a.ex.com")),
        ("test.ex.com", "", Some("test.ex.com")),
        ("test.ex.com", "\"*.ex.com\"", Some("test.ex.com")),
        (
            "*.ex.com",
            "test.ex.com, foo.test.ex.com, \"*.ex.com\"",
            Some("foo.test.ex.com test.ex.com *.ex.com"),
        ),
        ("*.ex.com", "ex.com, test.ex.net", None),
        ("*.ex.com", "test.ex.com, test.ex.net", Some("test.ex.com")),
        ("*.a.ex.com", "\"*.ex.com\"", Some("*.a.ex.com")),
    ];
    for (listener, hostnames, wanted) in cases {
        let own = match listener {
            "" => String::new(),
            name => format!("hostname: \"{name}\", "),
        };
        let gateway = with(&format!(
            "  - {{name: l, port: 80, protocol: HTTP, {own}\
             allowedRoutes: {{namespaces: {{from: All}}}}}}\n"
        ));
        let route = to("{name: g, namespace: infra}", hostnames);
        let found = compiled(&[CLASS, WEB, &gateway, &route]);
        let rules = rules(&found, "l");
        let names = rules.first().map(|rule| {
            let names: Vec<_> = rule.hostnames.iter().map(ToString::to_string).collect();
            names.join(" ")
        });
        assert_eq!(names.as_deref(), wanted, "{listener} {hostnames}");
        let accepted = &conditions(&statuses(&found), &super::support::route("web", "r"))[0];
        let reason = match wanted {
            Some(_) => "g Accepted=True/Accepted",
            None => "g Accepted=False/NoMatchingListenerHostname",
        };
        assert_eq!(accepted, reason);
    }
}

#[test]
fn says_why_a_route_is_not_attached() {
    let cases = [
        (
            "{name: edge, namespace: infra, sectionName: htp}",
            "edge/htp",
            "NoMatchingParent",
        ),
        (
            "{name: edge, namespace: infra, port: 81}",
            "edge",
            "NoMatchingParent",
        ),
        (
            "{name: edge, namespace: infra, sectionName: http, port: 81}",
            "edge/http",
            "NoMatchingParent",
        ),
        (
            "{name: edge, namespace: infra, sectionName: http, port: 80}",
            "edge/http",
            "Accepted",
        ),
    ];
    for (parent, part, reason) in cases {
        let found = compiled(&[EDGE, WEB, &to(parent, "")]);
        let status = if reason == "Accepted" {
            "True"
        } else {
            "False"
        };
        let all = conditions(&statuses(&found), &route("web", "r"));
        assert_eq!(
            all[0],
            format!("{part} Accepted={status}/{reason}"),
            "{parent}"
        );
    }
    let found = compiled(&[
        EDGE,
        WEB,
        &to("{name: edge, namespace: infra, sectionName: htp}", ""),
    ]);
    assert_eq!(
        message(
            &statuses(&found),
            &route("web", "r"),
            "edge/htp",
            "Accepted"
        ),
        "Gateway infra/edge has no listener htp; did you mean \"http\"?"
    );
}

#[test]
fn names_the_gateway_that_was_meant_and_leaves_foreign_parents_alone() {
    let found = compiled(&[EDGE, WEB, &to("{name: edge}", "")]);
    assert_eq!(conditions(&statuses(&found), &route("web", "r")), [""; 0]);
    let diagnoses = found.facts.diagnoses();
    assert_eq!(
        diagnoses[0].to_string(),
        "2.yaml:5:16, HTTPRoute web/r: spec.parentRefs[0]: Gateway web/edge not found; it exists \
         in namespace infra (NoMatchingParent)"
    );
    let foreign = to("{name: mesh, kind: Service, group: \"\"}", "");
    let found = compiled(&[EDGE, WEB, &foreign]);
    assert_eq!(conditions(&statuses(&found), &route("web", "r")), [""; 0]);
    let class = EDGE.replace("agentgateway.dev/agentgateway", "example.com/other");
    let found = compiled(&[&class, WEB, &to("{name: edge, namespace: infra}", "")]);
    assert_eq!(statuses(&found).objects.len(), 0);
    assert_eq!(found.snapshot.gateways, []);
}

#[test]
fn a_selector_reads_the_labels_of_namespaces() {
    let gateway = with(
        "  - {name: l, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, \
         selector: {matchLabels: {team: x}}}}}\n",
    );
    let namespace = |team: &str| {
        format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: web, labels: {{team: {team}}}}}\n"
        )
    };
    for (team, wanted) in [("x", "True/Accepted"), ("z", "False/NotAllowedByListeners")] {
        let route = to("{name: g, namespace: infra}", "");
        let found = compiled(&[CLASS, WEB, &gateway, &namespace(team), &route]);
        let all = conditions(&statuses(&found), &super::support::route("web", "r"));
        assert_eq!(all[0], format!("g Accepted={wanted}"));
    }
}

#[test]
fn each_parent_has_its_own_entry_with_the_parent_as_it_was_written() {
    let parents = "{name: edge, namespace: infra, sectionName: http}, {name: edge, namespace: infra, sectionName: other, port: 7}";
    let found = compiled(&[EDGE, WEB, &to(parents, "")]);
    let set = serde_json::to_value(statuses(&found).get(&route("web", "r"))).unwrap();
    let refs: Vec<_> = set["parents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["parentRef"])
        .collect();
    let group = "gateway.networking.k8s.io";
    let base = serde_json::json!({"group": group, "kind": "Gateway", "namespace": "infra", "name": "edge"});
    let mut first = base.clone();
    first["sectionName"] = "http".into();
    let mut second = base;
    second["sectionName"] = "other".into();
    second["port"] = 7.into();
    assert_eq!(refs, [&first, &second]);
    assert_eq!(rules(&found, "http").len(), 1);
}

#[test]
fn listeners_in_conflict_are_all_refused() {
    let text = with(
        "  - {name: a, port: 80, protocol: HTTP}\n  - {name: b, port: 80, protocol: HTTP, hostname: \
         b.com}\n  - {name: c, port: 81, protocol: HTTP, hostname: c.com}\n  \
         - {name: d, port: 81, protocol: HTTP, hostname: d.com}\n  \
         - {name: e, port: 82, protocol: HTTP}\n  - {name: f, port: 82, protocol: HTTPS, hostname: \
         f.com, tls: {certificateRefs: [{name: x}]}}\n",
    );
    let mut all = objects(&[CLASS, &text]);
    for object in &mut all {
        // What a file cannot say, since it is refused there, an API server of old may.
        if let Spec::Gateway(spec) = &mut object.spec {
            spec.listeners[1].hostname = None;
        }
    }
    let (all, _) = Store::new(all, &Generations::default());
    let found = compile(&all, &Options::default());
    let set = statuses(&found);
    let all = conditions(&set, &gateway("infra", "g"));
    for wanted in [
        "Accepted=True/ListenersNotValid",
        "a Conflicted=True/HostnameConflict",
        "b Accepted=False/HostnameConflict",
        "b Programmed=False/Invalid",
        "c Accepted=True/Accepted",
        "d Conflicted=False/NoConflicts",
        "d Programmed=True/Programmed",
        "e Conflicted=True/ProtocolConflict",
        "f Accepted=False/ProtocolConflict",
    ] {
        assert!(all.contains(&wanted.to_owned()), "{wanted}: {all:#?}");
    }
    let served: Vec<_> = found.snapshot.gateways[0]
        .listeners
        .iter()
        .map(|it| &*it.name)
        .collect();
    assert_eq!(served, ["c", "d"]);
}

#[test]
fn a_listener_of_an_unserved_protocol_is_in_nobodys_way() {
    let text = with(
        "  - {name: a, port: 80, protocol: HTTP}\n  - {name: tcp, port: 80, protocol: TCP}\n  \
         - {name: udp, port: 80, protocol: UDP}\n  - {name: tls, port: 80, protocol: TLS, hostname: \
         x.com, tls: {mode: Passthrough}}\n",
    );
    let found = compiled(&[CLASS, &text]);
    let all = conditions(&statuses(&found), &gateway("infra", "g"));
    for wanted in [
        "Accepted=True/ListenersNotValid",
        "Programmed=True/Programmed",
        "a Accepted=True/Accepted",
        "a Conflicted=False/NoConflicts",
        "a Programmed=True/Programmed",
        "tcp Accepted=False/UnsupportedProtocol",
        "udp Accepted=False/UnsupportedProtocol",
        "tls Accepted=False/UnsupportedProtocol",
        "tls Conflicted=False/NoConflicts",
    ] {
        assert!(all.contains(&wanted.to_owned()), "{wanted}: {all:#?}");
    }
}

#[test]
fn the_older_gateway_has_the_port() {
    let second = EDGE
        .replace("name: edge", "name: b")
        .replace("name: agw}\nspec: {c", "name: agw2}\nspec: {c");
    let born = |text: &str, name: &str, year: &str| {
        let from = format!("name: {name},");
        let to = format!("creationTimestamp: \"{year}-01-01T00:00:00Z\", {from}");
        text.replace(&from, &to)
    };
    let of = |edge: &str, b: &str| [born(EDGE, "edge", edge), born(&second, "b", b)];
    for (texts, loser, winner) in [
        ([EDGE.to_owned(), second.clone()], "edge", "b"),
        (of("2025", "2025"), "edge", "b"),
        (of("2026", "2025"), "edge", "b"),
        (of("2025", "2026"), "b", "edge"),
    ] {
        let found = compiled(&texts.each_ref().map(String::as_str));
        let set = statuses(&found);
        let all = conditions(&set, &gateway("infra", loser));
        assert!(
            all.contains(&"http Accepted=False/PortUnavailable".to_owned()),
            "{all:?}"
        );
        assert!(all.contains(&"Accepted=False/ListenersNotValid".to_owned()));
        assert!(all.contains(&"Programmed=False/Invalid".to_owned()));
        assert_eq!(
            message(&set, &gateway("infra", loser), "http", "Accepted"),
            format!("port 80 of this address is used by Gateway infra/{winner}")
        );
    }
}

/// Two processes with a Gateway each may have one port, and none is told of what the other serves.
#[test]
fn a_gateway_that_is_served_alone_shares_nothing_with_others() {
    let second = EDGE.replace("name: edge", "name: b");
    let more = |gateway: &str| {
        format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
             metadata: {{name: {gateway}, namespace: infra}}\n\
             spec: {{parentRefs: [{{name: {gateway}}}], rules: [{{}}]}}\n---\n\
             apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayPolicy\n\
             metadata: {{name: {gateway}, namespace: infra}}\n\
             spec:\n  targetRefs: [{{group: gateway.networking.k8s.io, kind: HTTPRoute, name: {gateway}}}]\n  \
             traffic: {{timeouts: {{request: 5s}}}}\n"
        )
    };
    let second = second.replace(
        "kind: GatewayClass\nmetadata: {name: agw}",
        "kind: GatewayClass\nmetadata: {name: other}",
    );
    let store = store(&[EDGE, &second, &more("edge"), &more("b")]);
    for (name, other) in [("edge", "b"), ("b", "edge")] {
        let options = Options {
            only: [gateway("infra", name)].into(),
            ..Options::default()
        };
        let found = compile(&store, &options);
        let served: Vec<_> = found
            .snapshot
            .gateways
            .iter()
            .map(|it| &it.reference.name)
            .collect();
        assert_eq!(served, [name]);
        assert_eq!(found.facts.gateways.len(), 1);
        assert_eq!(found.facts.diagnoses(), []);
        let routes: Vec<_> = found.facts.routes.keys().map(|it| &it.name).collect();
        assert_eq!(routes, [name]);
        let ancestors = |name: &str| {
            let mut policies = found.facts.policies.iter();
            let of = policies.find(|(it, _)| it.name == name);
            of.map_or(0, |(_, facts)| facts.ancestors.len())
        };
        assert_eq!((ancestors(name), ancestors(other)), (1, 0));
        assert!(options.missing(&found.facts).is_empty());
    }
    let options = Options {
        only: [gateway("infra", "none")].into(),
        ..Options::default()
    };
    let missing = options.missing(&compile(&store, &options).facts);
    assert_eq!(
        missing,
        ["there is no Gateway infra/none of a class of agentgateway.dev/agentgateway"]
    );
}

const HTTPS: &str =
    "  - {name: l, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: pair}]}}\n";

/// The Secret with this chain and this key.
fn pair(chain: &str, key: &str) -> String {
    let data = serde_json::json!({"tls.crt": chain, "tls.key": key});
    format!(
        "{{apiVersion: v1, kind: Secret, metadata: {{name: pair, namespace: infra}}, \
         type: kubernetes.io/tls, stringData: {data}}}\n"
    )
}

/// Fault C03: a certificate that is missing or broken costs its listener, and nothing else.
/// Fault C09: while chain and key are changed one after the other, the last good pair is served.
#[test]
fn a_pair_that_does_not_belong_together_leaves_the_last_one() {
    let make = || rcgen::generate_simple_self_signed(["a.com".to_owned()]).unwrap();
    let (old, new) = (make(), make());
    let gateway_text = with(&format!(
        "{HTTPS}  - {{name: plain, port: 80, protocol: HTTP}}\n"
    ));
    let run = |chain: &str, key: &str, options: &Options| {
        compile(&store(&[CLASS, &gateway_text, &pair(chain, key)]), options)
    };
    let (old_chain, old_key) = (old.cert.pem(), old.signing_key.serialize_pem());
    let (new_chain, new_key) = (new.cert.pem(), new.signing_key.serialize_pem());
    let served = |found: &Compiled| {
        let listeners = found.snapshot.gateways[0].listeners.iter();
        listeners.map(|it| it.name.clone()).collect::<Vec<_>>()
    };
    let good = run(&old_chain, &old_key, &Options::default());
    assert_eq!(served(&good), ["l", "plain"]);
    let mixed = run(&new_chain, &old_key, &Options::default());
    assert_eq!(served(&mixed), ["plain"]);
    let options = Options {
        last_certificates: good.certificates(),
        ..Options::default()
    };
    let mixed = run(&new_chain, &old_key, &options);
    assert_eq!(mixed.snapshot, good.snapshot);
    let all = conditions(&statuses(&mixed), &gateway("infra", "g"));
    assert!(
        all.contains(&"l ResolvedRefs=False/InvalidCertificateRef".to_owned()),
        "{all:?}"
    );
    let next = run(&new_chain, &new_key, &options);
    assert_ne!(next.snapshot, good.snapshot);
    assert_eq!(served(&next), ["l", "plain"]);
}

#[test]
fn a_rule_that_cannot_be_served_answers_500_and_the_others_are_served() {
    let text = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
        metadata: {name: r, namespace: web}\nspec:\n  parentRefs: [{name: edge, namespace: infra}]\n  \
        rules:\n  - backendRefs: [{name: a, port: 80}]\n  - filters: [{type: ExtensionRef, \
        extensionRef: {group: x, kind: Other, name: z}}]\n    backendRefs: [{name: b, port: 80}]\n  \
        - matches: [{path: {type: RegularExpression, value: \"(\"}}]\n";
    let found = compiled(&[EDGE, WEB, text]);
    let rules = rules(&found, "http");
    let answers: Vec<_> = rules.iter().flat_map(shares).collect();
    assert_eq!(answers, ["a:1", "500"]);
    let set = statuses(&found);
    let all = conditions(&set, &route("web", "r"));
    assert_eq!(all[0], "edge Accepted=True/Accepted");
    assert_eq!(all[2], "edge PartiallyInvalid=True/UnsupportedValue");
    let message = message(&set, &route("web", "r"), "edge", "PartiallyInvalid");
    assert!(
        message.starts_with("Dropped Rule 1 (a filter of type ExtensionRef"),
        "{message}"
    );
    let whole = text.replace("  - backendRefs: [{name: a, port: 80}]\n", "");
    let found = compiled(&[EDGE, WEB, &whole]);
    let all = conditions(&statuses(&found), &route("web", "r"));
    assert_eq!(all[0], "edge Accepted=False/UnsupportedValue");
    assert_eq!(shares(&super::support::rules(&found, "http")[0]), ["500"]);
    assert_eq!(
        found.facts.gateways[&gateway("infra", "edge")].listeners[0]
            .routes
            .len(),
        0
    );
}

#[test]
fn rules_come_in_the_order_of_age_then_names_then_places() {
    let one = |name: &str, time: &str| {
        let text = to("{name: edge, namespace: infra}", "");
        text.replace("name: r,", &format!("name: {name}, {time}"))
    };
    let texts = [
        one("b", ""),
        one("a", ""),
        one("z", "creationTimestamp: \"2026-01-01T00:00:00Z\","),
        one("w", "creationTimestamp: \"2025-01-01T00:00:00Z\","),
    ];
    let mut all = vec![EDGE, WEB];
    all.extend(texts.iter().map(String::as_str));
    let found = compiled(&all);
    let rules = rules(&found, "http");
    let names: Vec<_> = rules.iter().map(|rule| &*rule.route.name).collect();
    assert_eq!(names, ["w", "z", "a", "b"]);
}

/// A name is compared with its namespace as one text, in which `-` comes before `/`.
#[test]
fn names_are_compared_as_namespace_slash_name() {
    let of = |namespace: &str, name: &str| {
        to("{name: edge, namespace: infra}", "").replace(
            "name: r, namespace: web",
            &format!("name: {name}, namespace: {namespace}"),
        )
    };
    let texts = [of("team", "a"), of("team-a", "z"), of("teama", "c")];
    let mut all = vec![EDGE];
    all.extend(texts.iter().map(String::as_str));
    let rules = rules(&compiled(&all), "http");
    let names: Vec<_> = rules.iter().map(|rule| &*rule.route.namespace).collect();
    assert_eq!(names, ["team-a", "team", "teama"]);
}

#[test]
fn a_route_that_is_refused_still_names_what_has_no_effect() {
    let text = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r, namespace: web}\n\
        spec:\n  parentRefs: [{name: edge, namespace: infra, sectionName: none}]\n  \
        rules: [{sessionPersistence: {}, backendRefs: [{name: a, port: 80}]}]\n";
    let set = statuses(&compiled(&[EDGE, WEB, text]));
    let of = route("web", "r");
    assert_eq!(
        conditions(&set, &of)[0],
        "edge/none Accepted=False/NoMatchingParent"
    );
    let said = message(&set, &of, "edge/none", "Accepted");
    assert!(
        said.contains("without effect: spec.rules[0].sessionPersistence"),
        "{said}"
    );
}

#[test]
fn a_gateway_names_what_of_its_parameters_has_no_effect() {
    let edge = EDGE.replace(
        "gatewayClassName: agw",
        "gatewayClassName: agw\n  infrastructure: {parametersRef: {group: agentgateway.dev, kind: AgentgatewayParameters, name: p}}",
    );
    let parameters = "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayParameters\n\
        metadata: {name: p, namespace: infra}\nspec: {istio: {enabled: true}}\n";
    let set = statuses(&compiled(&[&edge, parameters]));
    let of = gateway("infra", "edge");
    let said = message(&set, &of, "", "Accepted");
    assert_eq!(
        said,
        "the Gateway is valid; of AgentgatewayParameters infra/p not implemented and without effect: spec.istio"
    );
}
