use std::time::Duration;

use super::View;
use crate::{
    admin::Served,
    observe::Request,
    overview::{Condition, Health, Item, Overview},
};

const EVIL: &str = "<script>alert('x')</script>\"";

#[test]
fn a_name_from_a_client_or_a_manifest_cannot_run() {
    let condition = Condition::new(EVIL, EVIL, EVIL, EVIL);
    let item = Item::new(EVIL, EVIL, EVIL, vec![condition])
        .detail(EVIL)
        .remedies([EVIL.to_owned()]);
    let mut view = View::default();
    view.served = vec![Served::new(
        EVIL,
        ([127, 0, 0, 1], 1).into(),
        vec![EVIL.to_owned()],
    )];
    view.overview = Some(Overview::new(vec![item]));
    view.configuration = vec![(EVIL.to_owned(), EVIL.to_owned(), Health::Fine)];
    view.tracing = vec![super::Tracing::new(
        EVIL,
        Health::Failing,
        view.configuration.clone(),
    )];
    view.requests = vec![Request::sample(EVIL, Duration::from_millis(12))];
    let page = view.html();
    assert!(!page.contains("<script>") && !page.contains("alert('x')"));
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)"));
    assert!(page.contains("12.0 ms"));
}

#[test]
fn what_fails_is_open_and_first_and_the_rest_is_closed() {
    let item = |name: &str, status: &str| {
        Item::new(
            "Gateway",
            "ns",
            name,
            vec![Condition::new("Accepted", status, "R", "m")],
        )
    };
    let view = View {
        overview: Some(Overview::new(vec![
            item("good", "True"),
            item("bad", "False"),
        ])),
        ..View::default()
    };
    let page = view.html();
    let at = |text: &str| page.find(text).unwrap();
    assert!(at("bad</strong>") < at("good</strong>"));
    assert_eq!(page.matches("<details open>").count(), 1);
    assert!(page.contains("\u{2717} agentgateway"));
}
