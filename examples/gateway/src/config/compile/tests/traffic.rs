//! What decides about requests: what is read of it, and what is said of its faults.

use super::policies::{GATEWAY, HTTP, ROUTE, SERVICE, on};
use super::support::{EDGE, compiled, message, policy, rules, shares, statuses};

/// What `explain` says of the policies of the only rule.
fn lines(traffic: &str) -> Vec<String> {
    let text = on("p", HTTP, &format!("traffic: {traffic}"));
    let found = compiled(&[EDGE, ROUTE, SERVICE, &text]);
    let rules = rules(&found, "http");
    assert_eq!(shares(&rules[0]), ["s:1"], "{:?}", statuses(&found));
    rules[0].policies.lines()
}

/// What is said of a policy that has faults; its requests are answered 500.
fn fault(traffic: &str) -> String {
    let text = on("p", HTTP, &format!("traffic: {traffic}"));
    let found = compiled(&[EDGE, ROUTE, SERVICE, &text]);
    assert!(
        shares(&rules(&found, "http")[0])[0].starts_with("500"),
        "{traffic}"
    );
    let told = found.facts.diagnoses().iter();
    let told: Vec<String> = told.map(ToString::to_string).collect();
    told.join("\n")
}

#[test]
fn each_policy_is_told_in_the_order_in_which_it_decides() {
    let all = lines(
        "{transformation: {request: {set: [{name: x, value: \"'y'\"}], remove: [z]}, response: {body: \
         \"''\"}}, directResponse: {status: 503}, delay: {duration: 2s}, rateLimit: {local: [{requests: 60, \
         unit: Minutes, burst: 5}, {tokens: 100, unit: Hours}]}, extAuth: {url: 'https://a:1', grpc: \
         {}, failureMode: FailOpen}, csrf: {}, budgets: [{tokens: 9000, window: 1h, key: \
         principal.name, reserve: '4096'}, {requests: 5, window: 90s}], concurrency: [{requests: 20}, \
         {requests: 2, key: principal.name}], buffer: {request: {maxBytes: 1Ki}, response: {failureMode: \
         FailOpen}}}",
    );
    let expected = [
        "infra/p traffic.csrf: refuses what browsers send for pages of other origins",
        "infra/p traffic.extAuth: asks a:1 by gRPC, and lets pass what it does not answer",
        "infra/p traffic.buffer: reads requests of up to 1024 bytes whole, and refuses longer ones; answers \
         whole, and passes longer ones",
        "infra/p traffic.transformation: writes of requests x, z (removed); of answers the body",
        "infra/p traffic.concurrency: lets at most 20, 2 for each principal.name at once",
        "infra/p traffic.budgets: lets spend at most 9000 tokens in 3600s for each principal.name, \
         reserving 4096, 5 requests in 90s",
        "infra/p traffic.rateLimit: lets pass at most 60 requests in 60 s, 65 at once, 100 tokens in \
         3600 s, 100 at once",
        "infra/p traffic.delay: lets it wait for 2s",
        "infra/p traffic.directResponse: answers 503 Service Unavailable",
    ];
    assert_eq!(all, expected);
}

#[test]
fn a_case_is_told_with_its_condition() {
    let all = lines(
        "{rateLimit: {conditional: [{condition: 'mcp.tool == \"x\"', policy: {local: [{requests: 1, \
         unit: Seconds}]}}, {policy: {global: {url: 'http://l', domain: d, descriptors: [{entries: \
         [{name: who, expression: request.method}]}]}}}]}}",
    );
    let expected = [
        "infra/p traffic.rateLimit: lets pass at most 1 requests in 1 s, 1 at once, if mcp.tool == \"x\"",
        "infra/p traffic.rateLimit: lets pass at most what l:80 says of domain d",
    ];
    assert_eq!(all, expected);
}

#[test]
fn a_limit_is_told_with_whose_it_is() {
    let all = lines(
        "{rateLimit: {local: [{requests: 9, unit: Seconds}, {requests: 1, unit: Seconds, key: \
         principal.name}, {tokens: 5, unit: Hours, key: principal.name}]}}",
    );
    let expected = [
        "infra/p traffic.rateLimit: lets pass at most 1 requests in 1 s, 1 at once for each \
         principal.name, 5 tokens in 3600 s, 5 at once for each principal.name",
        "infra/p traffic.rateLimit: lets pass at most 9 requests in 1 s, 9 at once",
    ];
    assert_eq!(all, expected);
}

#[test]
fn the_nearest_policy_wins_the_whole_field() {
    let gateway = "traffic: {concurrency: [{requests: 9}], budgets: [{requests: 9, window: 1h}]}";
    let gateway = on("g", GATEWAY, gateway);
    let route = on("r", HTTP, "traffic: {concurrency: [{requests: 1}]}");
    let found = compiled(&[EDGE, ROUTE, SERVICE, &gateway, &route]);
    let expected = [
        "infra/r traffic.concurrency: lets at most 1 at once",
        "infra/g traffic.budgets: lets spend at most 9 requests in 3600s",
    ];
    for rule in rules(&found, "http") {
        assert_eq!(rule.policies.lines(), expected);
    }
    // Of two for one target the older one, or the first by its name, wins.
    let second = on("s", HTTP, "traffic: {concurrency: [{requests: 2}]}");
    let found = compiled(&[EDGE, ROUTE, SERVICE, &second, &route]);
    assert_eq!(rules(&found, "http")[0].policies.lines(), expected[..1]);
    let set = statuses(&found);
    let told = message(&set, &policy("infra", "s"), "edge", "Attached");
    assert!(told.contains("traffic.concurrency is that of"), "{told}");
}

#[test]
fn each_fault_names_its_field_and_closes_the_route() {
    let faults = [
        (
            "{csrf: {additionalOrigins: [a b]}}",
            "traffic.csrf.additionalOrigins[0]",
        ),
        (
            "{directResponse: {status: 200, bodyExpression: 'request.'}}",
            "traffic.directResponse.bodyExpression",
        ),
        (
            "{directResponse: {conditional: [{condition: '1', policy: {status: 200}}]}}",
            "traffic.directResponse.conditional[0].condition",
        ),
        (
            "{extAuth: {url: 'http://a', http: {path: mcp.tool}}}",
            "traffic.extAuth.http.path",
        ),
        (
            "{transformation: {request: {set: [{name: ':scheme', value: request.scheme}]}}}",
            "traffic.transformation.request.set[0].name",
        ),
        (
            "{transformation: {request: {set: [{name: x, value: response.code}]}}}",
            "traffic.transformation.request.set[0].value",
        ),
        (
            "{transformation: {conditional: [{policy: {response: {metadata: {a: 'request.'}}}}]}}",
            "traffic.transformation.conditional[0].policy.response.metadata[a]",
        ),
        (
            "{extAuth: {backendRef: {name: nobody, port: 1}, grpc: {}}}",
            "nobody not found",
        ),
        (
            "{extAuth: {url: 'http://a', http: {}, cache: {key: [request.path], ttl: soon}}}",
            "traffic.extAuth.cache.ttl",
        ),
        (
            "{rateLimit: {global: {url: 'http://a', domain: d, descriptors: [{entries: [{name: who, \
             expression: request.nope}]}]}}}",
            "traffic.rateLimit.global.descriptors[0].entries[0].expression",
        ),
        (
            "{rateLimit: {global: {url: 'http://a', domain: d, descriptors: [{unit: Tokens, cost: '1', \
             entries: [{name: who, expression: request.path}]}]}}}",
            "a cost of tokens is not served",
        ),
        (
            "{rateLimit: {local: [{requests: 1, unit: Hours}, {requests: 1, unit: Hours, key: principal.id}]}}",
            "traffic.rateLimit.local[1].key",
        ),
        (
            "{rateLimit: {conditional: [{policy: {local: [{tokens: 1, unit: Hours, key: 'a b'}]}}]}}",
            "traffic.rateLimit.conditional[0].policy.local[0].key",
        ),
        (
            "{concurrency: [{requests: 1}, {requests: 1, key: 'principal.nam'}]}",
            "traffic.concurrency[1].key: line 1, column 1",
        ),
        (
            "{budgets: [{requests: 1, window: 1h, key: 'null'}]}",
            "traffic.budgets[0].key: it is null for every request",
        ),
        (
            "{budgets: [{requests: 1, window: 1h, key: 'request.path + '}]}",
            "traffic.budgets[0].key: line 1, column",
        ),
        (
            "{budgets: [{tokens: 1, window: 1h, reserve: 'llm.maxToken'}]}",
            "traffic.budgets[0].reserve: line 1, column 1",
        ),
        (
            "{budgets: [{tokens: 9, window: 1h, reserve: '10'}]}",
            "reserve is no whole number from 1 to the 9 of the budget",
        ),
        (
            "{budgets: [{tokens: 9, window: 1h, reserve: \"'1'\"}]}",
            "reserve is no whole number",
        ),
        (
            "{budgets: [{tokens: 9, window: 0s}]}",
            "traffic.budgets[0].window",
        ),
        (
            "{budgets: [{tokens: 9, window: 1h}, {tokens: 5, window: 60m}]}",
            "traffic.budgets[1]: another budget has the same",
        ),
    ];
    for (traffic, expected) in faults {
        let said = fault(traffic);
        assert!(said.contains(expected), "{traffic}: {said}");
    }
}

#[test]
fn a_delay_that_cannot_be_read_keeps_nobody_out() {
    let text = on("p", HTTP, "traffic: {delay: {duration: request.nope}}");
    let found = compiled(&[EDGE, ROUTE, SERVICE, &text]);
    assert_eq!(shares(&rules(&found, "http")[0]), ["s:1"]);
    let told = found.facts.diagnoses().iter().map(ToString::to_string);
    let told: Vec<String> = told.collect();
    assert!(
        told.join(" ").contains("traffic.delay.duration"),
        "{told:?}"
    );
}
