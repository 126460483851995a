//! Random configurations and requests over few words, so that they meet often.

use std::sync::{Arc, LazyLock};

use agentgateway::config::{
    resource::Reference,
    snapshot::{
        Action, Backend, BackendKind, Endpoints, Gateway, HostPort, Listener, Outcome, Protocol,
        Rule, Snapshot, WeightedBackend,
    },
};
use agentgateway_core::route::{
    HeaderMatch, Hostname, PathMatch, Pattern, QueryMatch, RequestMatch, ValueMatch,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

/// Listeners of one port, with rules in their order.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) listeners: Vec<(Option<&'static str>, Vec<Ruled>)>,
}

/// A rule: its hostnames and matches, as a manifest would write them.
#[derive(Clone, Debug)]
pub(crate) struct Ruled {
    pub(crate) hostnames: Vec<&'static str>,
    pub(crate) matches: Vec<Matched>,
}

#[derive(Clone, Debug)]
pub(crate) struct Matched {
    pub(crate) path: Pathed,
    pub(crate) method: Option<&'static str>,
    pub(crate) headers: Vec<(&'static str, Valued)>,
    pub(crate) query: Vec<(&'static str, Valued)>,
}

#[derive(Clone, Debug)]
pub(crate) enum Pathed {
    Exact(String),
    Prefix(String),
    /// One of [`EXPRESSIONS`].
    Regex(usize),
    /// Calls of gRPC.
    Calls {
        service: Option<usize>,
        method: Option<usize>,
        /// By expressions: both are of [`WORDS`].
        regex: bool,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Valued {
    Exact(&'static str),
    /// One or more `a` or `b`.
    Regex,
}

/// Expressions, and what they mean.
pub(crate) const EXPRESSIONS: [(&str, fn(&str) -> bool); 4] = [
    ("/a.*", |path| path.starts_with("/a")),
    (".*/b", |path| path.ends_with("/b")),
    ("/[ab]", |path| path == "/a" || path == "/b"),
    ("/", |path| path == "/"),
];

/// What may be asked of a service or a method by an expression, and what it means. By the first alone
/// it may be asked for exactly that.
pub(crate) const WORDS: [(&str, fn(&str) -> bool); 3] = [
    ("a", |word| word == "a"),
    ("ab?", |word| word == "a" || word == "ab"),
    ("[ab]|x", |word| word == "a" || word == "b"),
];

/// They are compiled once, and behind them that of [`Valued::Regex`].
static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let texts = EXPRESSIONS.iter().map(|(text, _)| *text);
    texts
        .chain(["[ab]+"])
        .map(|text| Pattern::new(text).unwrap())
        .collect()
});

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) host: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    pub(crate) parameters: Vec<(&'static str, &'static str)>,
}

impl Ask {
    pub(crate) fn query(&self) -> Option<String> {
        let pairs = self
            .parameters
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let text = pairs.collect::<Vec<_>>().join("&");
        (!text.is_empty()).then_some(text)
    }
}

const LISTENERS: [Option<&str>; 4] = [None, Some("*.com"), Some("*.a.com"), Some("b.a.com")];
const HOSTNAMES: [&str; 6] = ["b.a.com", "*.a.com", "*.com", "a.com", "c.b.a.com", "x.org"];
const HOSTS: [&str; 8] = [
    "b.a.com",
    "a.com",
    "B.a.Com",
    "z.a.com",
    "c.b.a.com",
    "x.org",
    "",
    "com",
];
const NAMES: [&str; 3] = ["x-a", "x-b", "x-c"];

fn path() -> impl Strategy<Value = String> {
    let segments = vec(select(vec!["a", "b", "ab", "A", "a.b"]), 0..4);
    (segments, prop::bool::weighted(0.3)).prop_map(|(segments, closed)| {
        let path = format!("/{}", segments.join("/"));
        if closed && path.len() > 1 {
            format!("{path}/")
        } else {
            path
        }
    })
}

fn pathed() -> impl Strategy<Value = Pathed> {
    prop_oneof![
        2 => path().prop_map(Pathed::Exact),
        5 => path().prop_map(Pathed::Prefix),
        2 => (0..EXPRESSIONS.len()).prop_map(Pathed::Regex),
        3 => (word(), word(), any::<bool>()).prop_map(|(service, method, regex)| {
            // A text is its own expression.
            let exact = |word: Option<usize>| word.map(|word| if regex { word } else { 0 });
            let (service, method) = (exact(service), exact(method));
            Pathed::Calls { service, method, regex }
        }),
    ]
}

fn word() -> impl Strategy<Value = Option<usize>> {
    option::of(0..WORDS.len())
}

fn value() -> impl Strategy<Value = Valued> {
    prop_oneof![
        3 => select(vec!["a", "b", "a,b", "c"]).prop_map(Valued::Exact),
        1 => Just(Valued::Regex),
    ]
}

fn values() -> impl Strategy<Value = Vec<(&'static str, Valued)>> {
    prop_oneof![
        2 => Just(Vec::new()),
        1 => vec((select(NAMES.to_vec()), value()), 1..4),
    ]
}

fn matched() -> impl Strategy<Value = Matched> {
    let method = option::weighted(0.3, select(vec!["GET", "POST"]));
    (pathed(), method, values(), values()).prop_map(|(path, method, headers, query)| Matched {
        path,
        method,
        headers,
        query,
    })
}

fn ruled() -> impl Strategy<Value = Ruled> {
    let hostnames = prop_oneof![Just(Vec::new()), vec(select(HOSTNAMES.to_vec()), 1..3)];
    (hostnames, vec(matched(), 1..4)).prop_map(|(hostnames, matches)| Ruled { hostnames, matches })
}

pub(crate) fn scene() -> impl Strategy<Value = Scene> {
    let listeners = proptest::sample::subsequence(LISTENERS.to_vec(), 1..=4).prop_shuffle();
    let rules = vec(vec(ruled(), 0..6), 4);
    (listeners, rules).prop_map(|(listeners, rules)| Scene {
        listeners: listeners.into_iter().zip(rules).collect(),
    })
}

pub(crate) fn ask() -> impl Strategy<Value = Ask> {
    let pairs = || {
        vec(
            (select(NAMES.to_vec()), select(vec!["a", "b", "c", "ab"])),
            0..5,
        )
    };
    let method = select(vec!["GET", "POST", "PUT"]);
    (select(HOSTS.to_vec()), method, path(), pairs(), pairs()).prop_map(
        |(host, method, path, headers, parameters)| Ask {
            host,
            method,
            path,
            headers,
            parameters,
        },
    )
}

impl Scene {
    /// The same as what is served. The route of rule `r` of listener `l` is called `l-r`.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut gateway = Gateway::new(Reference::new("", "Gateway", "ns", "edge"));
        for (l, (hostname, rules)) in self.listeners.iter().enumerate() {
            let mut listener = Listener::new(format!("l{l}"), super::PORT, Protocol::Http);
            listener.hostname = hostname.and_then(Hostname::parse);
            for (r, ruled) in rules.iter().enumerate() {
                listener.rules.push(ruled.rule(&name(l, r)));
            }
            gateway.listeners.push(listener);
        }
        let mut snapshot = Snapshot::default();
        snapshot.gateways.push(gateway);
        snapshot
    }
}

pub(crate) fn name(listener: usize, rule: usize) -> String {
    format!("{listener}-{rule}")
}

impl Ruled {
    /// A rule that takes everything.
    pub(crate) fn any() -> Self {
        Self {
            hostnames: Vec::new(),
            matches: vec![Matched {
                path: Pathed::Prefix("/".to_owned()),
                method: None,
                headers: Vec::new(),
                query: Vec::new(),
            }],
        }
    }

    fn rule(&self, name: &str) -> Rule {
        let at = Endpoints::Name(HostPort::new("localhost", 1));
        let service = Reference::new("", "Service", "ns", name);
        let backend = Arc::new(Backend::new(service, Some(1), BackendKind::Http(at)));
        let share = WeightedBackend::new(1, Outcome::Backend(backend));
        let route = Reference::new("", "HTTPRoute", "ns", name);
        let mut rule = Rule::new(route, 0, Action::Forward(vec![share]));
        rule.hostnames = self
            .hostnames
            .iter()
            .filter_map(|name| Hostname::parse(name))
            .collect();
        rule.matches = self.matches.iter().map(Matched::asked).collect();
        rule
    }
}

impl Matched {
    fn asked(&self) -> RequestMatch {
        let mut asked = RequestMatch::default();
        match &self.path {
            Pathed::Exact(path) => asked.path = PathMatch::Exact(path.clone()),
            Pathed::Prefix(path) => asked.path = PathMatch::Prefix(path.clone()),
            Pathed::Regex(at) => asked.path = PathMatch::Regex(PATTERNS[*at].clone()),
            Pathed::Calls {
                service,
                method,
                regex,
            } => {
                let [service, method] = [service, method].map(|word| word.map(|at| WORDS[at].0));
                asked = if *regex {
                    RequestMatch::grpc_regex(service, method).unwrap()
                } else {
                    RequestMatch::grpc(service, method)
                };
            }
        }
        asked.method = self.method.map(|method| method.parse().unwrap());
        let value = |value: Valued| match value {
            Valued::Exact(value) => ValueMatch::Exact(value.to_owned()),
            Valued::Regex => ValueMatch::Regex(PATTERNS[EXPRESSIONS.len()].clone()),
        };
        for (name, valued) in &self.headers {
            let name = name.parse().unwrap();
            let value = value(*valued);
            asked.headers.push(HeaderMatch { name, value });
        }
        for (name, valued) in &self.query {
            let name = (*name).to_owned();
            let value = value(*valued);
            asked.query.push(QueryMatch { name, value });
        }
        asked
    }
}
