use std::time::Duration;

use super::Objects;
use crate::{
    admin::Served,
    observe::Request,
    overview::{Condition, Health, Item, Overview},
};

const EVIL: &str = "<script>alert('x')</script>\"";

fn text(pieces: &[bytes::Bytes; 3]) -> String {
    String::from_utf8(pieces.concat()).unwrap()
}

fn item(name: &str, status: &str) -> Item {
    let condition = Condition::new("Accepted", status, "R", "m");
    Item::new("Gateway", "ns", name, vec![condition])
}

#[test]
fn a_name_from_a_client_or_a_manifest_cannot_run() {
    let condition = Condition::new(EVIL, EVIL, EVIL, EVIL);
    let item = Item::new(EVIL, EVIL, EVIL, vec![condition])
        .detail(EVIL)
        .notes([EVIL.to_owned()])
        .remedies([EVIL.to_owned()]);
    let routes = vec![EVIL.to_owned()];
    let served = [Served::new(EVIL, ([127, 0, 0, 1], 1).into(), routes)];
    let configuration = vec![(EVIL.to_owned(), EVIL.to_owned(), Health::Fine)];
    let tracing = [super::Tracing::new(
        EVIL,
        Health::Failing,
        configuration.clone(),
    )];
    let requests = [Request::sample(EVIL, Duration::from_millis(12))];
    let overview = Overview::new(vec![item]);
    let objects = Objects::new(&configuration, Some(&overview), &served);
    let page = text(&objects.page(&tracing, &requests));
    assert!(!page.contains("<script>") && !page.contains("alert('x')"));
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)"));
    assert!(page.contains("12.0 ms"));
}

#[test]
fn what_fails_is_open_and_first_and_the_rest_is_closed() {
    let overview = Overview::new(vec![item("good", "True"), item("bad", "False")]);
    let page = text(&Objects::new(&Vec::new(), Some(&overview), &[]).page(&[], &[]));
    let at = |text: &str| page.find(text).unwrap();
    assert!(at("bad</strong>") < at("good</strong>"));
    assert_eq!(page.matches("<details open>").count(), 1);
    assert!(page.contains("\u{2717} agentgateway"));
}

/// Fault O10 (part): the page of thousands of objects is bounded, and shows those that fail.
#[test]
fn of_many_objects_those_that_fail_are_shown() {
    let below = |name: &str, failing: usize| {
        let children = (0..2_000).map(|nth| {
            let status = if nth == failing { "False" } else { "True" };
            item(&format!("{name}-{nth}"), status)
        });
        item(name, "True").children(children.collect())
    };
    let overview = Overview::new(vec![below("a", 1_999), below("b", 1_500)]);
    let routes = (0..2_000).map(|nth| format!("route-{nth}")).collect();
    let served = [Served::new("web", ([127, 0, 0, 1], 1).into(), routes)];
    let page = text(&Objects::new(&Vec::new(), Some(&overview), &served).page(&[], &[]));
    for shown in [
        "a-1999<",
        "b-1500<",
        "3502 more are left out",
        "and 1500 more",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    assert_eq!(page.matches("<details").count(), 500);
    assert!(page.len() < 300_000, "{}", page.len());
}
