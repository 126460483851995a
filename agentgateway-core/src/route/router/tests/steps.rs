//! What a search costs does not grow with the number of rules.

use super::*;
use crate::route::steps::of;

type Rule = fn(usize) -> (Option<Hostname>, RequestMatch);
type Target = fn(usize) -> String;

fn host(name: &str) -> Option<Hostname> {
    Some(Hostname::parse(name).unwrap())
}

/// The most steps that the request of any rule takes.
fn steps(rules: usize, rule: Rule, target: Target) -> usize {
    let mut builder = Router::builder();
    for at in 0..rules {
        let (hostname, asked) = rule(at);
        builder = builder.route(Vec::from_iter(hostname), vec![asked], at);
    }
    let router = builder.build();
    let steps = (0..rules).map(|at| {
        let request = Request::get(target(at)).body(()).unwrap();
        let head = Head::new(&request);
        let (steps, found) = of(|| router.find(&head));
        assert_eq!(found.map(|found| *found.value), Some(at), "{}", target(at));
        steps
    });
    steps.max().unwrap()
}

#[test]
fn ten_thousand_rules_are_searched_in_as_many_steps_as_ten() {
    let shapes: [(&str, usize, Rule, Target); 5] = [
        (
            "hostnames",
            2,
            |at| (host(&format!("h{at}.a.com")), prefix("/")),
            |at| format!("http://h{at}.a.com/x/y"),
        ),
        (
            "wildcards",
            5,
            |at| (host(&format!("*.h{at}.a.com")), prefix("/")),
            |at| format!("http://x.h{at}.a.com/x/y"),
        ),
        (
            "exact paths",
            1,
            |at| (None, exact(&format!("/api/{at}/call"))),
            |at| format!("http://h/api/{at}/call"),
        ),
        (
            "prefixes",
            6,
            |at| (None, prefix(&format!("/api/{at}/v1"))),
            |at| format!("http://h/api/{at}/v1/x/y"),
        ),
        (
            "calls of gRPC",
            4,
            |at| (None, RequestMatch::grpc(Some(&format!("p.S{at}")), None)),
            |at| format!("http://h/p.S{at}/Say"),
        ),
    ];
    for (shape, most, rule, target) in shapes {
        let (few, many) = (steps(10, rule, target), steps(10_000, rule, target));
        assert_eq!(few, many, "{shape}");
        assert!((1..=most).contains(&many), "{shape}: {many}");
    }
}
