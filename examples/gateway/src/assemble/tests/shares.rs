use super::*;

fn split(shares: Vec<(u32, Outcome)>) -> Action {
    let shares = shares.into_iter();
    Action::Forward(
        shares
            .map(|(weight, to)| WeightedBackend::new(weight, to))
            .collect(),
    )
}

async fn counted(table: &Table, requests: usize) -> (usize, usize, usize) {
    let mut counts = (0, 0, 0);
    for _ in 0..requests {
        match status(table, get("/")).await {
            200 => counts.0 += 1,
            500 => counts.1 += 1,
            503 => counts.2 += 1,
            other => panic!("{other}"),
        }
    }
    counts
}

#[tokio::test]
async fn each_share_is_answered_by_its_weight_and_broken_ones_with_500_and_503() {
    let (parts, sent) = parts();
    let action = split(vec![
        (5, Outcome::Backend(service("a"))),
        (2, Outcome::Backend(service("b"))),
        (0, Outcome::Backend(service("none"))),
        (2, Outcome::Invalid("no grant".to_owned())),
        (1, Outcome::Unavailable("no endpoint".to_owned())),
    ]);
    let table = serving(&parts, vec![rule("/", action)]);
    let (served, invalid, unavailable) = counted(&table, 10_000).await;
    let to = |host: &str| {
        let sent = sent.lock().unwrap();
        sent.iter()
            .filter(|sent| sent.uri.host() == Some(host))
            .count()
    };
    // Eight standard deviations at most.
    for (count, expected) in [(served, 7_000), (invalid, 2_000), (unavailable, 1_000)] {
        assert!(count.abs_diff(expected) < 400, "{count} of {expected}");
    }
    assert!(to("a.ns.svc").abs_diff(5_000) < 400);
    assert!(to("b.ns.svc").abs_diff(2_000) < 400);
    assert_eq!(to("none.ns.svc"), 0);
}

#[tokio::test]
async fn nothing_to_choose_from_is_500() {
    let (parts, sent) = parts();
    let table = serving(
        &parts,
        vec![
            rule("/none", split(vec![])),
            rule("/zero", split(vec![(0, Outcome::Backend(service("a")))])),
            rule(
                "/invalid",
                Action::Invalid("an unsupported filter".to_owned()),
            ),
        ],
    );
    for path in ["/none", "/zero", "/invalid"] {
        let response = ask(&table, get(path)).await;
        assert_eq!(response.status(), 500, "{path}");
        let said = text(response).await;
        assert!(
            !said.contains("filter") && said.contains("internal"),
            "{said}"
        );
    }
    assert_eq!(status(&table, get("/other")).await, 404);
    assert!(sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_service_is_sent_the_clients_host_and_another_backend_its_own() {
    let (parts, sent) = parts();
    let at = Endpoints::Name(HostPort::new("api.example.org", 81));
    let own = Outcome::Backend(backend(BackendKind::Http(at)));
    let mut kept = rule("/kept", split(vec![(1, own.clone())]));
    kept.filters.backend_host = Some(false);
    let mut own_host = rule("/own", Action::Forward(to("a")));
    own_host.filters.backend_host = Some(true);
    let table = serving(
        &parts,
        vec![
            rule("/service", Action::Forward(to("a"))),
            rule("/static", split(vec![(1, own)])),
            kept,
            own_host,
        ],
    );
    let cases = [
        ("/service", Some("example.com:8080")),
        ("/static", None),
        ("/kept", Some("example.com:8080")),
        ("/own", None),
    ];
    for (path, expected) in cases {
        assert_eq!(status(&table, get(path)).await, 200);
        let sent = sent.lock().unwrap().pop().unwrap();
        let host = sent
            .host
            .as_ref()
            .map(|host| host.value().to_str().unwrap());
        assert_eq!(host, expected, "{path}");
    }
    let h2 = Request::get("http://h2.example/service")
        .body(Body::empty())
        .unwrap();
    assert_eq!(status(&table, h2).await, 200);
    let sent = sent.lock().unwrap().pop().unwrap();
    assert_eq!(sent.host.unwrap().value(), "h2.example");
}
