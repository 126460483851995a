use agentgateway_core::{
    authz::{Authorization, Condition, Rule, Undecided},
    context::{AuthMethod, CallFacts, Fact, Principal},
    policy::{Decision, Policy},
};
use http::{Request, request};

use super::*;
use crate::{
    call::{Facts, McpCall, McpKind},
    policy::{Allows, Caller, CallerHead, Item, ItemKind},
    wire::McpMethod,
};

fn head() -> request::Parts {
    Request::new(()).into_parts().0
}

fn allowed(rules: &impl Allows, head: &request::Parts, kind: ItemKind, name: &str) -> bool {
    rules
        .judge(&Caller::from(head), &Item::new("files", kind, name))
        .is_ok()
}

#[test]
fn the_last_rule_that_matches_decides() {
    let rules = ToolRules::allow_all()
        .deny("delete_*")
        .allow("delete_draft")
        .deny_if("search", |caller, server, _| {
            caller.is_none() && server == "files"
        });
    let head = head();
    for (tool, expected) in [
        ("read", true),
        ("delete_all", false),
        ("delete_draft", true),
        ("search", false),
    ] {
        assert_eq!(
            allowed(&rules, &head, ItemKind::Tool, tool),
            expected,
            "{tool}"
        );
    }
    let rules = rules.deny("*");
    assert!(!allowed(&rules, &head, ItemKind::Tool, "read"));
    assert!(allowed(&rules, &head, ItemKind::Prompt, "read"));
    assert!(allowed(&rules, &head, ItemKind::Resource, "x:/../y"));
    let rules = rules.resources(ToolRules::allow_all());
    assert!(!allowed(&rules, &head, ItemKind::Resource, "x:/../y"));
}

/// Fault M25: a denied resource under a URI that its server reads as the same one.
#[test]
fn a_denied_resource_stays_denied_however_its_uri_is_written() {
    let deny = ToolRules::allow_all().resources(ToolRules::allow_all().deny("file:///etc/*"));
    let allow = ToolRules::allow_all().resources(ToolRules::deny_all().allow("file:///data/*"));
    let head = head();
    for uri in [
        "file:///etc/passwd",
        "file:///e\ttc/passwd",
        "file:///etc\r\n/passwd",
        " file:///etc/passwd",
        "file:///etc/passwd ",
        "file:///./etc/passwd",
        "file:///%2e/etc/passwd",
        "FILE:///etc/passwd",
        "file:/etc/passwd",
        "file://localhost/etc/passwd",
        "file:////etc/passwd",
        "file:etc/passwd",
    ] {
        assert!(!allowed(&deny, &head, ItemKind::Resource, uri), "{uri:?}");
        assert!(!allowed(&allow, &head, ItemKind::Resource, uri), "{uri:?}");
    }
    for uri in [
        "file:///data/x",
        "FILE:/data/x",
        "file://localhost/data/%78",
    ] {
        assert!(allowed(&deny, &head, ItemKind::Resource, uri), "{uri}");
        assert!(allowed(&allow, &head, ItemKind::Resource, uri), "{uri}");
    }
    // Without rules about resources nothing is held against a URI.
    let none = ToolRules::deny_all();
    assert!(allowed(&none, &head, ItemKind::Resource, "file:///./x"));
}

#[test]
fn both_of_two_must_allow_it_and_a_closure_is_a_rule() {
    let tools = |_: &Caller<'_>, item: &Item<'_>| item.kind() == ItemKind::Tool;
    let both = (ToolRules::deny_all().allow("a*"), tools);
    let head = head();
    assert!(allowed(&both, &head, ItemKind::Tool, "ab"));
    assert!(!allowed(&both, &head, ItemKind::Tool, "b"));
    assert!(!allowed(&both, &head, ItemKind::Prompt, "ab"));
}

/// As an expression is: what the call lacks is missing.
struct Tool(&'static str);

impl Condition for Tool {
    fn holds(&self, head: &request::Parts) -> Result<bool, Undecided> {
        let call = head.extensions.get::<McpCall>();
        match call
            .and_then(|call| call.fact("tool"))
            .and_then(Fact::as_str)
        {
            Some(tool) => Ok(tool == self.0),
            None => Err(Undecided::missing("tool")),
        }
    }
}

fn from_home(head: &request::Parts) -> bool {
    head.headers.contains_key("x-home")
}

#[test]
fn rules_of_requests_are_asked_about_each_item() {
    let rules = ToolAuthorization::new(Authorization::new([
        Rule::allow("echo", Tool("echo")),
        Rule::allow("add", Tool("add")),
        Rule::deny("home", |head: &request::Parts| !from_home(head)),
        Rule::require("target", |head: &request::Parts| {
            let call = head.extensions.get::<McpCall>().unwrap();
            call.target() == Some("files") && call.is(&McpMethod::TOOLS_CALL)
        }),
    ]));
    let mut asked = head();
    asked.headers.insert("x-home", "1".parse().unwrap());
    assert!(allowed(&rules, &asked, ItemKind::Tool, "echo"));
    assert!(allowed(&rules, &asked, ItemKind::Tool, "add"));
    assert!(!allowed(&rules, &asked, ItemKind::Tool, "rm"));
    assert!(!allowed(&rules, &asked, ItemKind::Prompt, "echo"));
    assert!(!allowed(&rules, &head(), ItemKind::Tool, "echo"));
    // What has been kept of the head speaks for a request that was changed since.
    CallerHead::keep(&mut asked);
    let item = Item::new("files", ItemKind::Tool, "echo");
    assert!(rules.judge(&Caller::from(&asked.extensions), &item).is_ok());
    let denied = rules.judge(&Caller::from(&head().extensions), &item);
    assert_eq!(&**denied.unwrap_err().rule(), "home");
}

#[test]
fn calls_that_name_nothing_are_under_the_rules_that_can_speak_of_them() {
    let decides = |rules: Vec<Rule>, method: Option<McpMethod>| {
        let mut head = head();
        Principal::new(AuthMethod::ApiKey, "alice").insert(&mut head.extensions);
        if let Some(method) = method {
            let mut facts = Facts::new(McpKind::Request);
            facts.name = (method == McpMethod::TOOLS_CALL).then(|| "rm".into());
            facts.method = Some(method);
            head.extensions.insert(McpCall::from(facts));
        }
        let policy = ToolAuthorization::new(Authorization::new(rules));
        matches!(policy.decide(&mut head), Decision::Pass)
    };
    let list = || Some(McpMethod::TOOLS_LIST);
    for (rules, method, passes) in [
        (vec![Rule::allow("a", Tool("echo"))], list(), true),
        (vec![Rule::require("r", Tool("echo"))], list(), true),
        (vec![Rule::deny("d", Tool("echo"))], list(), true),
        (
            vec![Rule::deny("d", |_: &request::Parts| true)],
            list(),
            false,
        ),
        (vec![Rule::require("r", from_home)], list(), false),
        (vec![Rule::allow("a", from_home)], list(), false),
        (
            vec![Rule::allow("a", from_home), Rule::allow("b", Tool("echo"))],
            list(),
            true,
        ),
        // What names a tool has been judged by it; and what is no call is under all of them.
        (
            vec![Rule::allow("a", Tool("echo"))],
            Some(McpMethod::TOOLS_CALL),
            true,
        ),
        (vec![Rule::allow("a", Tool("echo"))], None, false),
    ] {
        let told = format!("{rules:?} {method:?}");
        assert_eq!(decides(rules, method), passes, "{told}");
    }
}
